import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { WebSocket } from 'ws';
import { flvWireForm } from '../../family/flv/flv-wire-form.ts';
import type { Log } from '../../log.ts';
import type { PlayEndReason } from '../../stream/player.ts';
import { Deadline } from '../deadline.ts';
import { FlvPlay, type FlvPlayOwner } from '../flv-play.ts';
import type { HttpOrigins } from '../http/http-origins.ts';
import { closeCodeOf, closeReason, statusOf } from '../http/http-status.ts';
import type { HttpTarget } from '../http/http-target.ts';
import { decodePathHeader, PATH_HEADER } from '../http/relay-path-header.ts';
import type { PlayerLeft, Session, SessionContext, SessionRole } from '../session.ts';
import { settle } from '../settle.ts';
import { type MediaWriter, SocketWriter } from '../socket-writer.ts';
import type { Refusal } from '../stream-gate.ts';

/** Close codes. @see RFC 6455 section 7.4.1 */
const CLOSE_NORMAL = 1000;
const CLOSE_GOING_AWAY = 1001;
const CLOSE_BUG = 1011;

const PING_ANSWER = 'answer to a ping';

/** What is asked for with an upgrade. */
export type WsTarget = Exclude<HttpTarget, { is: 'page' | 'server' }>;

/**
 * A WebSocket that plays a stream. Handshake, pings and closing are left to `ws`; media goes in whole frames, which all
 * players share, straight to the socket.
 */
export class WsFlvSession implements Session, FlvPlayOwner {
  readonly id: string;
  readonly protocol = 'ws-flv';
  readonly address: string;
  readonly context: SessionContext;
  readonly log: Log;
  readonly writer: MediaWriter;
  readonly #webSocket: WebSocket;
  readonly #socket: Socket;
  readonly #request: IncomingMessage;
  readonly #deadline: Deadline;
  readonly #pinging: Deadline;
  readonly #openedAt: number;
  /** What the connection had received and sent before it was this session's. */
  readonly #receivedBefore: number;
  readonly #sentBefore: number;
  /** How much went to and fro when it was last looked at. */
  #trafficBytes = 0;
  #play: FlvPlay | undefined;
  /** Why the player leaves when the connection closes. */
  #farewell: PlayerLeft = 'closed';

  constructor(webSocket: WebSocket, socket: Socket, request: IncomingMessage, context: SessionContext) {
    this.id = context.id;
    this.address = context.address;
    this.context = context;
    this.log = context.log.with({ connection: context.id, peer: context.peer });
    this.#webSocket = webSocket;
    this.#socket = socket;
    this.#request = request;
    this.#openedAt = context.clock.now();
    this.#receivedBefore = socket.bytesRead;
    this.#sentBefore = socket.bytesWritten - socket.writableLength;
    const socketWriter = new SocketWriter(socket);
    this.writer = {
      get backlogBytes() {
        return socketWriter.backlogBytes;
      },
      write(bytes, onTaken) {
        if (webSocket.readyState === WebSocket.OPEN) socketWriter.write(bytes, onTaken);
      },
      cork: () => socketWriter.cork(),
      uncork: () => socketWriter.uncork(),
    };
    this.#deadline = new Deadline(context.clock, (what) => this.#onMissed(what));
    this.#pinging = new Deadline(context.clock, (what) => this.#onPingDue(what));
    webSocket.on('error', (error) => this.#onBroken(error));
    socket.on('close', () => this.#onClosed());
  }

  /** Acts on the request; to be called once the session is counted. */
  begin(target: WsTarget, origins: HttpOrigins): void {
    this.#deadline.expect('decision about the request', this.context.deadlines.idleMs);
    settle(
      this.context.refusal,
      (refusal) => this.#admit(refusal, target, origins),
      (error) => this.onBug(error),
    );
  }

  get role(): SessionRole {
    return this.#play?.role ?? 'pending';
  }

  get receivedBytes(): number {
    return this.#socket.bytesRead - this.#receivedBefore;
  }

  get sentBytes(): number {
    return this.#socket.bytesWritten - this.#socket.writableLength - this.#sentBefore;
  }

  askToReconnect(): boolean {
    return false;
  }

  dismiss(reason: string): void {
    this.#leave('shutdown');
    this.#close(CLOSE_GOING_AWAY, reason);
  }

  destroy(): void {
    this.#webSocket.terminate();
  }

  // --- what the play tells

  onPlayAccepted(): void {
    this.#deadline.clear();
    this.context.events.onAccepted(this);
    this.#watchTraffic('sign of life');
  }

  onPlayRefused(refusal: Refusal): void {
    this.context.events.onRejected(refusal.refused);
    const client = this.#request.headers['user-agent'];
    this.log.warn('refused', refusal.description, { reason: refusal.refused, client });
    this.#close(closeCodeOf(statusOf(refusal, 'play')), refusal.description);
  }

  onPlayStart(): void {}

  onFirstMedia(): void {
    this.context.events.onFirstMedia(this.context.clock.now() - this.#openedAt);
  }

  onPlayEnd(reason: PlayEndReason): void {
    switch (reason) {
      case 'ended':
      case 'format':
        this.#close(CLOSE_NORMAL, 'the stream has ended');
        return;
      case 'not-found':
        this.#close(closeCodeOf(404), 'there is no such stream, and none came in time');
        return;
      case 'stalled':
        this.log.warn('stalled', 'took nothing for too long: disconnected');
        this.destroy();
        return;
      case 'shutdown':
        this.#close(CLOSE_GOING_AWAY, 'the relay stops');
        return;
      default:
        reason satisfies never;
    }
  }

  onBug(error: unknown): void {
    this.log.error('bug', error instanceof Error ? (error.stack ?? error.message) : String(error));
    this.#leave('closed');
    this.#close(CLOSE_BUG, 'the server has failed');
  }

  // --- the connection

  #admit(refusal: Refusal | undefined, target: WsTarget, origins: HttpOrigins): void {
    const { headers } = this.#request;
    if (this.#webSocket.readyState !== WebSocket.OPEN) return;
    if (refusal !== undefined) this.onPlayRefused(refusal);
    else if (target.is === 'no-stream') this.onPlayRefused(target.refusal);
    else if (!origins.mayPlay(headers.origin, headers.host)) {
      const description = `pages of ${headers.origin} may not play: the server's setting http.corsOrigins does not list them`;
      this.onPlayRefused({ refused: 'access', description });
    } else {
      this.#play = new FlvPlay(this, {
        reading: target.reading,
        path: decodePathHeader(headers[PATH_HEADER]),
        form: flvWireForm.webSocket,
        client: headers['user-agent'] ?? '',
      });
      this.#socket.cork();
      try {
        this.#play.begin();
      } catch (error) {
        this.onBug(error);
      } finally {
        this.#socket.uncork();
      }
    }
  }

  /** Looks at the player again after a while. @param what - what it owes until then if nothing moves at all */
  #watchTraffic(what: string): void {
    this.#trafficBytes = this.receivedBytes + this.sentBytes;
    this.#pinging.expect(what, this.context.deadlines.pingMs);
  }

  /** Asks a peer that is silent and takes nothing whether it is still there; one that does not answer is not. */
  #onPingDue(what: string): void {
    if (this.receivedBytes + this.sentBytes !== this.#trafficBytes) this.#watchTraffic('sign of life');
    else if (what === PING_ANSWER) this.#onMissed(what);
    else {
      this.#webSocket.ping();
      this.#watchTraffic(PING_ANSWER); // after the ping, which is no sign of life
    }
  }

  #onMissed(what: string): void {
    this.#farewell = 'timeout';
    this.log.warn('deadline', `no ${what} in time: disconnected`, { missed: what });
    this.destroy();
  }

  /** The peer breaks the protocol, or sends more than a player has to say; `ws` tells it so and closes. */
  #onBroken(error: Error): void {
    this.#farewell = 'protocol';
    this.log.warn('protocol-error', error.message, { code: 'WEBSOCKET_FRAME_INVALID' });
    this.#leave('protocol');
    this.#pinging.clear();
  }

  /** Says farewell behind all that was written. The peer answers, or `ws` cuts the connection after a while. */
  #close(code: number, reason: string): void {
    this.#deadline.clear();
    this.#pinging.clear();
    this.#webSocket.close(code, closeReason(reason));
  }

  #leave(reason: PlayerLeft): void {
    this.#play?.leave(reason);
  }

  #onClosed(): void {
    this.#deadline.clear();
    this.#pinging.clear();
    this.#leave(this.#farewell);
    this.context.events.onClosed(this);
  }
}
