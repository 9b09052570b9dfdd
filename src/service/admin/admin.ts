import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import type { Server, Socket } from 'node:net';
import { TLSSocket, type TlsOptions, type Server as TlsServer } from 'node:tls';
import { normalizeAddress } from '../../config/networks.ts';
import { certificateOf } from '../../credentials/client-certificate.ts';
import type { Challenge, Refusal } from '../../session/access.ts';
import { denialHeaders, statusOf } from '../../session/http/http-status.ts';
import { showing } from '../../session/http/http-wish.ts';
import { hasSeveralHosts, SEVERAL_HOSTS } from '../../session/http/request-head.ts';
import type { OperatorRequest } from '../access/credentials/operators.ts';
import { endsOf } from '../listen/listener.ts';
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

/** A server that answers HTTP, not listening yet. */
export type AdminServer<S extends Server = Server> = S & {
  closeAllConnections(): void;
  setTimeout(ms: number): unknown;
};

/**
 * The admin listener's HTTP server. It is not for the public.
 * @param names - those of its own beside addresses and loopback names
 */
export function createAdminServer(relay: RelayControl, names: readonly string[]): AdminServer {
  return keepingRoom(createServer(options, answering(relay, names)));
}

/** The same over TLS. */
export function createSecureAdminServer(
  relay: RelayControl,
  names: readonly string[],
  tls: TlsOptions,
): AdminServer<TlsServer> {
  const { headersTimeout: handshakeTimeout } = options;
  return keepingRoom(createHttpsServer({ ...options, ...tls, handshakeTimeout }, answering(relay, names)));
}

function answering(relay: RelayControl, names: readonly string[]): RequestListener {
  return (request, response) => {
    answer(request, response, relay, names).then(
      (found) => send(request, response, found),
      (error: unknown) => send(request, response, { status: 500, body: `${String(error)}\n` }),
    );
  };
}

/**
 * Who connects and asks for nothing makes room, the oldest first: else a few could keep every probe out. A connection is
 * known by its ends, since node:tls puts a socket of its own around it.
 */
function keepingRoom<S extends AdminServer>(server: S): S {
  server.setTimeout(IDLE_MS); // a client that does not read its answer
  const open = new Set<string>();
  const waiting = new Map<string, Socket>(); // for a whole request
  server.on('connection', (socket: Socket) => {
    const ends = endsOf(socket);
    open.add(ends);
    waiting.set(ends, socket);
    if (open.size > MAX_CONNECTIONS) waiting.values().next().value?.destroy();
    socket.on('close', () => {
      open.delete(ends);
      waiting.delete(ends);
    });
  });
  server.on('request', ({ socket }: IncomingMessage, response: ServerResponse) => {
    const ends = endsOf(socket);
    waiting.delete(ends);
    response.on('close', () => {
      if (!socket.destroyed) waiting.set(ends, socket);
    });
  });
  return server;
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
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
    const objection = await relay.operators.objectionTo(operatorOf(request, query), leaving(response));
    if (objection !== undefined) return denied(objection);
  }
  return resource.get(relay, new URLSearchParams(relay.operators.publicQuery(query)));
}

function operatorOf(request: IncomingMessage, query: string): OperatorRequest {
  const { socket, headers } = request;
  const { credentials, origin } = showing(request);
  const certificate = certificateOf(socket);
  return {
    address: normalizeAddress(socket.remoteAddress ?? ''),
    isForwarded: isForwarded(headers),
    credentials: certificate === undefined ? credentials : { ...credentials, certificate },
    query,
    origin,
    isTls: socket instanceof TLSSocket,
  };
}

/** The signal is that the client has gone, or has its answer: the connection may go on for long. */
function leaving(response: ServerResponse): AbortSignal {
  const leaving = new AbortController();
  response.once('close', () => leaving.abort());
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
