import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { normalizeAddress } from '../../config/networks.ts';
import type { Challenge, Refusal } from '../../session/access.ts';
import { denialHeaders, statusOf } from '../../session/http/http-status.ts';
import { showing } from '../../session/http/http-wish.ts';
import { hasSeveralHosts, SEVERAL_HOSTS } from '../../session/http/request-head.ts';
import type { OperatorRequest } from '../access/credentials/operators.ts';
import { type AdminAnswer, adminResources } from './admin-resources.ts';
import { isAskedByOwnName, isForwarded } from './own-name.ts';
import type { RelayControl } from './relay-control.ts';

/** A connection on which nothing moves for this long is cut, milliseconds. */
const IDLE_MS = 10_000;

/** Connections at a time. */
const MAX_CONNECTIONS = 64;

/** Few connections are let in, so none may take its time. */
const options = {
  maxHeaderSize: 8192,
  headersTimeout: 5000,
  requestTimeout: 10_000,
  connectionsCheckingInterval: 1000,
};

/**
 * The admin listener's HTTP server. It is not for the public.
 * @param names - those of its own beside addresses and loopback names
 */
export function createAdminServer(relay: RelayControl, names: readonly string[]): Server {
  const server = createServer(options, (request, response) => {
    answer(request, relay, names).then(
      (found) => send(request, response, found),
      (error: unknown) => send(request, response, { status: 500, body: `${String(error)}\n` }),
    );
  });
  keepRoom(server);
  server.setTimeout(IDLE_MS); // a client that does not read its answer
  return server;
}

/** Who connects and asks for nothing makes room, the oldest first: else a few could keep every probe out. */
function keepRoom(server: Server): void {
  const open = new Set<Socket>();
  const waiting = new Set<Socket>(); // for a whole request
  server.on('connection', (socket: Socket) => {
    open.add(socket);
    waiting.add(socket);
    if (open.size > MAX_CONNECTIONS) waiting.values().next().value?.destroy();
    socket.on('close', () => {
      open.delete(socket);
      waiting.delete(socket);
    });
  });
  server.on('request', ({ socket }: IncomingMessage, response: ServerResponse) => {
    waiting.delete(socket);
    response.on('close', () => {
      if (!socket.destroyed) waiting.add(socket);
    });
  });
}

async function answer(
  request: IncomingMessage,
  relay: RelayControl,
  names: readonly string[],
): Promise<AdminAnswer> {
  const { method, url = '', headers } = request;
  if (hasSeveralHosts(request)) return { status: 400, body: `${SEVERAL_HOSTS}\n` };
  if (method !== 'GET' && method !== 'HEAD')
    return { status: 405, body: 'only GET and HEAD are supported here\n' };
  const [path = ''] = url.split('?', 1);
  const resource = adminResources.get(path);
  if (resource === undefined) return { status: 404, body: `there is nothing here; try ${paths}\n` };
  const query = url.slice(path.length + 1);
  if (resource.askedBy === 'own name') {
    if (!isAskedByOwnName(headers, names)) return misdirected;
    const objection = await relay.operators.objectionTo(operatorOf(request, query), leaving(request));
    if (objection !== undefined) return denied(objection);
  }
  return resource.get(relay, new URLSearchParams(relay.operators.publicQuery(query)));
}

function operatorOf(request: IncomingMessage, query: string): OperatorRequest {
  const { credentials, origin } = showing(request);
  // where the proxy is says nothing of who asks: no network of a rule is meant by it
  const address = isForwarded(request.headers)
    ? 'a proxy'
    : normalizeAddress(request.socket.remoteAddress ?? '');
  return { address, credentials, query, origin, isTls: false };
}

/** The signal is that the client has gone. */
function leaving({ socket }: IncomingMessage): AbortSignal {
  const leaving = new AbortController();
  socket.once('close', () => leaving.abort());
  return leaving.signal;
}

function denied(denial: Refusal | Challenge): AdminAnswer {
  return {
    status: statusOf(denial, 'play'),
    headers: denialHeaders(denial),
    body: `${denial.description}\n`,
  };
}

const paths = [...adminResources.keys()].join(', ');

const misdirected: AdminAnswer = {
  status: 421,
  body: 'use an IP address, localhost or a name in listen.admin.names to ask for this; by a proxy only such a name\n',
};

/** Nobody else's page shows what is here inside of it, and nobody takes a text for anything else. */
const safety = {
  'content-security-policy': "frame-ancestors 'self'",
  'x-frame-options': 'SAMEORIGIN',
  'x-content-type-options': 'nosniff',
};

function send({ method }: IncomingMessage, response: ServerResponse, answer: AdminAnswer): void {
  const { status, contentType, headers, body } = answer;
  response.writeHead(status, {
    'content-type': contentType ?? 'text/plain; charset=utf-8',
    'content-length': Buffer.byteLength(body),
    'cache-control': 'no-store',
    ...safety,
    ...headers,
    ...(status === 405 ? { allow: 'GET, HEAD' } : {}),
  });
  response.end(method === 'HEAD' ? undefined : body);
}
