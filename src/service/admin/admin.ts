import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { Server, Socket } from 'node:net';
import type { TlsOptions, Server as TlsServer } from 'node:tls';
import { nodeHttp, nodeHttps } from '../../built-in.ts';
import type { Log } from '../../log.ts';
import { hasSeveralHosts, SEVERAL_HOSTS } from '../../session/http/request-head.ts';
import { endsOf } from '../listen/listener.ts';
import type { OperationLoader } from './api/operation.ts';
import { type ProbeAnswer, probes } from './probes.ts';
import { safeHeaders } from './safe-headers.ts';
import type { ServiceControl } from './service-control.ts';
import { isByUnixSocket } from './unix-connections.ts';

/** A connection on which nothing moves for this long is cut, milliseconds. */
const IDLE_MS = 10_000;

/** Connections at a time. */
const MAX_CONNECTIONS = 64;

/**
 * Requests of a connection that are answered at a time. Who sends more ahead is cut off: all that one packet holds would be answered in one
 * go, in which no media is sent.
 */
const MAX_UNANSWERED = 4;

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

/** What the admin listener's server needs. */
export interface AdminServerParts<C extends ServiceControl> {
  readonly service: C;
  /** What it can be asked for beyond metrics and health. */
  readonly operations: OperationLoader<C>;
  readonly log: Log;
  /** Names of its own beside addresses and loopback names. */
  readonly names: readonly string[];
}

/** The admin listener's HTTP server. It is not for the public. */
export function createAdminServer<C extends ServiceControl>(parts: AdminServerParts<C>): AdminServer {
  return keepingRoom(nodeHttp.createServer(options, inTurn(answering(parts))));
}

/** The same over TLS. */
export function createSecureAdminServer<C extends ServiceControl>(
  parts: AdminServerParts<C>,
  tls: TlsOptions,
): AdminServer<TlsServer> {
  const { headersTimeout: handshakeTimeout } = options;
  return keepingRoom(
    nodeHttps().createServer({ ...options, ...tls, handshakeTimeout }, inTurn(answering(parts))),
  );
}

/** Answers so many requests of a connection at a time as {@link MAX_UNANSWERED} says. */
function inTurn(answer: RequestListener): RequestListener {
  const unanswered = new WeakMap<Socket, number>();
  return (request, response) => {
    const { socket } = request;
    const count = unanswered.get(socket) ?? 0;
    const isUnknown = socket.remoteAddress === undefined && !isByUnixSocket(socket); // it was gone before it was looked at
    if (isUnknown || count >= MAX_UNANSWERED) socket.destroy();
    if (socket.destroyed) return;
    unanswered.set(socket, count + 1);
    response.on('close', () => unanswered.set(socket, (unanswered.get(socket) ?? 1) - 1));
    answer(request, response);
  };
}

/** Probes are answered here; what answers everything else is loaded for the first request that needs it. */
function answering<C extends ServiceControl>(parts: AdminServerParts<C>): RequestListener {
  let app: Promise<RequestListener> | undefined;
  return (request, response) => {
    const [path = ''] = (request.url ?? '').split('?', 1);
    const probe = probes.get(path);
    if (probe !== undefined) {
      answerProbe(request, parts.service, probe).then(
        (found) => send(request, response, found),
        (error: unknown) => send(request, response, { status: 500, body: `${String(error)}\n` }),
      );
      return;
    }
    app ??= loadApp(parts);
    app.then(
      (answer) => answer(request, response),
      (error: unknown) => {
        app = undefined;
        send(request, response, { status: 500, body: `${String(error)}\n` });
      },
    );
  };
}

async function loadApp<C extends ServiceControl>(parts: AdminServerParts<C>): Promise<RequestListener> {
  const [{ makeApp }, operations] = await Promise.all([import('./api/app.ts'), parts.operations()]);
  const { routing } = await makeApp({ ...parts, operations });
  return routing;
}

/**
 * Who connects and asks for nothing makes room, the oldest first: else a few could keep every probe out. A connection is
 * known by its ends, since node:tls puts a socket of its own around it.
 */
function keepingRoom<S extends AdminServer>(server: S): S {
  server.setTimeout(IDLE_MS); // a client that does not read its answer
  const open = new Set<string | Socket>();
  const waiting = new Map<string | Socket, Socket>(); // for a whole request
  server.on('connection', (socket: Socket) => {
    const ends = nameOf(socket);
    open.add(ends);
    waiting.set(ends, socket);
    if (open.size > MAX_CONNECTIONS) waiting.values().next().value?.destroy();
    socket.on('close', () => {
      open.delete(ends);
      waiting.delete(ends);
    });
  });
  server.on('request', ({ socket }: IncomingMessage, response: ServerResponse) => {
    const ends = nameOf(socket);
    waiting.delete(ends);
    response.on('close', () => {
      if (!socket.destroyed) waiting.set(ends, socket);
    });
  });
  return server;
}

/** What tells an open connection from the others: its ends, where it has any. */
function nameOf(socket: Socket): string | Socket {
  return isByUnixSocket(socket) ? socket : endsOf(socket);
}

async function answerProbe(
  request: IncomingMessage,
  service: ServiceControl,
  probe: (service: ServiceControl) => ProbeAnswer | Promise<ProbeAnswer>,
): Promise<ProbeAnswer> {
  const { method } = request;
  if (hasSeveralHosts(request)) return { status: 400, body: `${SEVERAL_HOSTS}\n` };
  if (method !== 'GET' && method !== 'HEAD')
    return { status: 405, body: 'only GET and HEAD are supported here\n' };
  return probe(service);
}

function send({ method }: IncomingMessage, response: ServerResponse, answer: ProbeAnswer): void {
  const { status, contentType, body } = answer;
  response.writeHead(status, {
    'content-type': contentType ?? 'text/plain; charset=utf-8',
    'content-length': Buffer.byteLength(body),
    ...safeHeaders,
    ...(status === 405 ? { allow: 'GET, HEAD' } : {}),
  });
  response.end(method === 'HEAD' ? undefined : body);
}
