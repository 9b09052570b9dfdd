import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { ForwardStatus } from '../relay/forwarding/forward.ts';
import type { PullStatus } from '../relay/pulling/pull-status.ts';

/** A connection on which nothing moves for this long is cut, milliseconds. */
const IDLE_MS = 10_000;

/** Few connections are let in, so none may take its time. */
const options = {
  maxHeaderSize: 8192,
  headersTimeout: 5000,
  requestTimeout: 10_000,
  connectionsCheckingInterval: 1000,
};

/** What the admin listener shows. */
export interface AdminSource {
  /** The text of /metrics and its content type. */
  metrics(): Promise<{ readonly contentType: string; readonly text: string }>;
  /** Whether new publishers and players are let in. */
  isReady(): boolean;
  /** Every upstream and how it is doing. */
  upstreams(): Promise<readonly PullStatus[]>;
  /** Every forward and how it is doing. */
  forwards(): Promise<readonly ForwardStatus[]>;
}

interface Answer {
  readonly status: number;
  readonly contentType?: string;
  readonly body: string;
}

/** The admin listener's HTTP server: /metrics, /healthz, /readyz. It is not for the public. */
export function createAdminServer(source: AdminSource): Server {
  const server = createServer(options, (request, response) => {
    answer(request, source).then(
      (found) => send(request, response, found),
      (error: unknown) => send(request, response, { status: 500, body: `${String(error)}\n` }),
    );
  });
  server.maxConnections = 64;
  server.setTimeout(IDLE_MS); // a client that does not read its answer
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
  if (path === '/api/v1/upstreams') return json(await source.upstreams());
  if (path === '/api/v1/forwards') return json(await source.forwards());
  return {
    status: 404,
    body: 'there are /metrics, /healthz, /readyz, /api/v1/upstreams and /api/v1/forwards here\n',
  };
}

function json(value: unknown): Answer {
  return { status: 200, contentType: 'application/json', body: `${JSON.stringify(value)}\n` };
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
