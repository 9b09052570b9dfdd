import type { IncomingMessage, Server, ServerOptions } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { ServerOptions as WebSocketOptions, WebSocketServer } from 'ws';
import { nodeHttp } from '../../built-in.ts';
import type { HttpExchange, HttpSite } from '../../session/http/http-activity.ts';
import { ALLOWED_METHODS, nothingAt } from '../../session/http/http-routes.ts';
import { HttpSession } from '../../session/http/http-session.ts';
import { pathOf, readTarget } from '../../session/http/http-target.ts';
import { hasSeveralHosts, SEVERAL_HOSTS } from '../../session/http/request-head.ts';
import { UpgradedSession } from '../../session/http/upgraded-session.ts';
import type { PacedInput } from '../../session/reading/paced-input.ts';
import type { SessionContext } from '../../session/session.ts';
import { heartbeatOptions } from '../../session/ws/heartbeat.ts';
import { RpcSession } from '../../session/ws/rpc-session.ts';
import { webSocketLibrary } from '../../session/ws/web-socket-library.ts';
import { WsSession } from '../../session/ws/ws-session.ts';
import type { Arrival, Door } from './door.ts';

/** Where connections come in and are counted. */
export type HttpDoor = Pick<Door, 'admit' | 'replace'>;

/** A player has nothing to say over WebSocket; so much of it is passed over, bytes in a message. */
const MAX_MESSAGE_BYTES = 1024;

/** A text of JSON-RPC may have so many bytes. */
const MAX_CALL_BYTES = 64 * 1024;

/** Options of the servers of the media path: the sessions have deadlines of their own, which tell slow from busy. */
const httpServerOptions: ServerOptions = {
  noDelay: true,
  keepAlive: true,
  keepAliveInitialDelay: 60_000,
  maxHeaderSize: 16 * 1024,
  headersTimeout: 0,
  requestTimeout: 0,
  keepAliveTimeout: 0,
  // An offer of something else, such as h2c, is passed over.
  shouldUpgradeCallback: ({ headers }) => headers.upgrade?.toLowerCase() === 'websocket',
};

/** Makes a server, not listening yet, that answers HTTP and WebSocket. */
export function createHttpServer(door: HttpDoor, site: HttpSite): Server {
  const server = nodeHttp.createServer(httpServerOptions);
  const sessions = new WeakMap<Duplex, HttpSession>();
  const options: WebSocketOptions = {
    ...heartbeatOptions,
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false,
    maxPayload: MAX_MESSAGE_BYTES,
    maxFragments: 16,
    maxBufferedChunks: 64,
  };
  const callOptions: WebSocketOptions = { ...options, maxPayload: MAX_CALL_BYTES };
  let webSockets: WebSocketServer | undefined; // from the first that comes
  let callSockets: WebSocketServer | undefined;
  server.on('connection', (socket: Socket, arrival?: Arrival) => {
    const session = door.admit(socket, (context) => new HttpSession(socket, context, site), arrival);
    if (session !== undefined) sessions.set(socket, session);
  });
  const onExchange = (exchange: HttpExchange): void =>
    sessions.get(exchange.request.socket)?.onRequest(exchange);
  server.on('request', (request, response) => onExchange({ request, response, expectsContinue: false }));
  server.on('checkContinue', (request, response) => onExchange({ request, response, expectsContinue: true }));
  server.on('clientError', (error: ClientError, socket) => {
    const code = error.code ?? '';
    const session = sessions.get(socket);
    if (session !== undefined && isMmsOverTcp(error)) session.onTried('MMS over TCP');
    else if (session !== undefined && /^(?:HPE|ERR_HTTP)_/.test(code)) session.onBroken(code, faultOf(error));
    else socket.destroy(); // the connection has failed
  });
  server.on('connect', (_request, socket) => {
    const session = sessions.get(socket);
    if (session === undefined || !session.isIdle) {
      socket.destroy(); // behind another request, perhaps in the middle of its answer
      return;
    }
    ignoreInput(socket);
    session.farewell(405, 'this server is not a proxy', { allow: ALLOWED_METHODS });
  });
  /** Undefined where a proxy does not say for whom it asks, and was told. */
  const contextOf = (session: HttpSession, request: IncomingMessage): SessionContext | undefined => {
    const context = session.run(() => session.contextOf(request));
    if (context === undefined) ignoreInput(request.socket);
    return context;
  };
  const release = (session: HttpSession, socket: Duplex): PacedInput => {
    sessions.delete(socket);
    return session.release();
  };
  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    const session = sessions.get(socket);
    const target = readTarget(request.url ?? '', site.formats);
    const take = site.upgrades?.get(pathOf(request.url ?? ''));
    if (session === undefined || !session.isIdle) {
      socket.destroy();
    } else if (hasSeveralHosts(request)) {
      ignoreInput(socket);
      session.farewell(400, SEVERAL_HOSTS);
    } else if (take !== undefined) {
      const context = contextOf(session, request);
      if (context === undefined) return;
      const upgraded = new UpgradedSession(socket as Socket, context, release(session, socket));
      door.replace(upgraded);
      upgraded.begin(request, head, take);
    } else if (pathOf(request.url ?? '') === site.calls?.rpcPath) {
      const context = contextOf(session, request);
      if (context === undefined) return;
      callSockets ??= new (webSocketLibrary().WebSocketServer)(callOptions);
      Object.assign(callSockets.options, { closeTimeout: site.deadlines.idleMs });
      callSockets.handleUpgrade(request, socket, head, (webSocket) => {
        const caller = new RpcSession(webSocket, socket as Socket, context, release(session, socket));
        door.replace(caller);
        caller.begin(request, site);
      });
    } else if (target.is === 'page' || target.is === 'server') {
      ignoreInput(socket);
      session.farewell(404, nothingAt(request.url ?? '', 'there is no WebSocket here', site));
    } else {
      const context = contextOf(session, request);
      if (context === undefined) return;
      webSockets ??= new (webSocketLibrary().WebSocketServer)(options);
      Object.assign(webSockets.options, { closeTimeout: site.deadlines.idleMs }); // which may have changed
      webSockets.handleUpgrade(request, socket, head, (webSocket) => {
        const player = new WsSession(webSocket, socket as Socket, context, release(session, socket));
        door.replace(player);
        player.begin(request, target, site);
      });
    }
  });
  return server;
}

/** What node:http says of input that is no HTTP: all that came with the fault, and how much of it was good. */
interface ClientError extends NodeJS.ErrnoException {
  readonly rawPacket?: Buffer;
  readonly bytesParsed?: number;
}

/** Whether it begins as MMS over TCP does, which VLC tries on the same port before it asks by HTTP. @see MS-MMSP section 2.2.3 */
function isMmsOverTcp({ rawPacket, bytesParsed }: ClientError): boolean {
  return bytesParsed === 0 && (rawPacket?.length ?? 0) >= 8 && rawPacket?.readUInt32LE(4) === 0xb0_0b_fa_ce;
}

/** What is wrong with the input, for people: whoever has mixed up two ports is told so. */
function faultOf({ message, rawPacket, bytesParsed }: ClientError): string {
  const start = rawPacket?.toString('latin1', 0, 6);
  if (start === 'PROXY ' || start === '\r\n\r\n\0\r')
    return 'this looks like the PROXY protocol: the setting proxyProtocol does not list this address';
  const first = bytesParsed === 0 ? rawPacket?.[0] : undefined;
  if (first === 0x03) return 'first byte 0x3, this looks like RTMP: use http:// or the RTMP port'; // C0
  if (first === 0x16) return 'first byte 0x16, this looks like TLS: use http:// or the HTTPS port'; // a handshake record
  return message;
}

/** What node:http does no longer do for a socket that it has given away. */
function ignoreInput(socket: Duplex): void {
  socket.on('error', () => {});
  socket.resume();
}
