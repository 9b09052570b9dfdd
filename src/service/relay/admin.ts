import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';

/** What the admin listener shows. */
export interface AdminSource {
  /** The text of /metrics and its content type. */
  metrics(): Promise<{ readonly contentType: string; readonly text: string }>;
  /** Whether new publishers and players are let in. */
  isReady(): boolean;
}

interface Answer {
  readonly status: number;
  readonly contentType?: string;
  readonly body: string;
}

/** The admin listener's HTTP server: /metrics, /healthz, /readyz. It is not for the public. */
export function createAdminServer(source: AdminSource): Server {
  const server = createServer({ maxHeaderSize: 8192, requestTimeout: 10_000 }, (request, response) => {
    answer(request, source).then(
      (found) => send(request, response, found),
      (error: unknown) => send(request, response, { status: 500, body: `${String(error)}\n` }),
    );
  });
  server.headersTimeout = 5000;
  server.maxConnections = 64;
  return server;
}

async function answer({ method, url = '' }: IncomingMessage, source: AdminSource): Promise<Answer> {
  if (method !== 'GET' && method !== 'HEAD') return { status: 405, body: 'only GET is possible here\n' };
  const [path] = url.split('?', 1);
  if (path === '/metrics') {
    const { contentType, text } = await source.metrics();
    return { status: 200, contentType, body: text };
  }
  if (path === '/healthz') return { status: 200, body: 'ok\n' };
  if (path === '/readyz') {
    return source.isReady() ? { status: 200, body: 'ready\n' } : { status: 503, body: 'draining\n' };
  }
  return { status: 404, body: 'there are /metrics, /healthz and /readyz here\n' };
}

function send(
  request: IncomingMessage,
  response: ServerResponse,
  { status, contentType, body }: Answer,
): void {
  response.writeHead(status, {
    'content-type': contentType ?? 'text/plain; charset=utf-8',
    'content-length': Buffer.byteLength(body),
    'cache-control': 'no-store',
    ...(status === 405 ? { allow: 'GET, HEAD' } : {}),
  });
  response.end(request.method === 'HEAD' ? undefined : body);
}
