import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { WebSocket } from 'ws';
import { prologueOf } from '../../stream/fan-out/wire-form.ts';
import type { Play } from '../../stream/stream-registry.ts';
import type { Challenge, Refusal } from '../access.ts';
import { Connection, type ConnectionOwner } from '../connection.ts';
import { Deadline } from '../deadline.ts';
import type { HttpSite } from '../http/http-activity.ts';
import { closeCodeOf, closeReason, statusOf } from '../http/http-status.ts';
import type { HttpTarget } from '../http/http-target.ts';
import { wishOf } from '../http/http-wish.ts';
import { type PlayEnd, Playing, type PlayWire } from '../playing.ts';
import type { SessionActivity, SessionContext, SessionRole } from '../session.ts';
import type { MediaWriter } from '../socket-writer.ts';
import type { StreamFormat } from '../stream-format.ts';
import { TrafficWatch } from '../traffic-watch.ts';

/** Close codes. @see RFC 6455 section 7.4.1 */
const CLOSE_NORMAL = 1000;
const CLOSE_GOING_AWAY = 1001;
const CLOSE_BUG = 1011;

/** What is asked for with an upgrade. */
export type WsTarget = Exclude<HttpTarget, { is: 'page' | 'server' }>;

/**
 * A WebSocket that plays a stream. Handshake, pings and closing are left to `ws`; media goes in whole frames, which all
 * players share, straight to the socket.
 */
export class WsSession implements ConnectionOwner, PlayWire {
  readonly id: string;
  readonly protocol = 'ws-flv';
  readonly address: string;
  readonly connection: Connection;
  readonly writer: MediaWriter;
  readonly name: string;
  readonly #webSocket: WebSocket;
  readonly #request: IncomingMessage;
  readonly #target: WsTarget;
  readonly #site: HttpSite;
  /** Until it is known whether the connection may be used at all. */
  readonly #deadline: Deadline;
  readonly #watch: TrafficWatch;
  #playing: Playing | undefined;

  /** @param socket - the WebSocket's, to which media is written */
  constructor(
    webSocket: WebSocket,
    socket: Socket,
    request: IncomingMessage,
    target: WsTarget,
    context: SessionContext,
    site: HttpSite,
  ) {
    this.id = context.id;
    this.address = context.address;
    this.connection = new Connection(this, socket, context);
    this.connection.client = request.headers['user-agent'] ?? '';
    this.name = target.is === 'stream' ? target.reading.key : '';
    this.#webSocket = webSocket;
    this.#request = request;
    this.#target = target;
    this.#site = site;
    const { writer } = this.connection;
    this.writer = {
      get backlogBytes() {
        return writer.backlogBytes;
      },
      write(bytes, onTaken) {
        if (webSocket.readyState === WebSocket.OPEN) writer.write(bytes, onTaken);
      },
      cork: () => writer.cork(),
      uncork: () => writer.uncork(),
    };
    this.#deadline = new Deadline(context.clock, (what) => {
      this.connection.miss(what);
      this.destroy();
    });
    this.#watch = new TrafficWatch(this.connection, this);
    webSocket.on('error', (error) => this.#onBroken(error));
    socket.on('close', () => this.#onClosed());
  }

  /** Acts on the request; to be called once the session is counted. */
  begin(): void {
    this.#deadline.expect('decision about the request', this.connection.context.deadlines.idleMs);
    this.connection.atDoor(
      () => this.#admit(),
      (refusal) => this.onDenied(refusal),
    );
  }

  get role(): SessionRole {
    return this.#playing?.role ?? 'pending';
  }

  get receivedBytes(): number {
    return this.connection.receivedBytes;
  }

  get sentBytes(): number {
    return this.connection.sentBytes;
  }

  *activities(): Generator<SessionActivity> {
    if (this.#playing !== undefined) yield this.#playing;
  }

  askToReconnect(): boolean {
    return false;
  }

  dismiss(reason: string): void {
    this.#playing?.leave('shutdown');
    this.#close(CLOSE_GOING_AWAY, reason);
  }

  destroy(): void {
    this.#webSocket.terminate();
  }

  // --- what the play tells

  onAccepted(): void {
    this.#watch.start();
  }

  onDenied(denial: Refusal | Challenge): void {
    this.#close(closeCodeOf(statusOf(denial, 'play')), denial.description);
  }

  onMissed(): void {
    this.destroy();
  }

  onStarted(play: Play, path: readonly string[]): void {
    const format = this.#format;
    if (format === undefined) return;
    this.writer.write(prologueOf(format.forms.webSocket, play.kinds()));
    if (this.#playing?.isRelay) this.onPath(path);
  }

  onPath(path: readonly string[]): void {
    const format = this.#format;
    const ids = [this.connection.context.streams.relayId, ...path];
    if (format !== undefined) this.writer.write(format.pathNotice(format.forms.webSocket, ids));
  }

  onEnded(end: PlayEnd, sentence: string): void {
    switch (end) {
      case 'ended':
        this.#close(CLOSE_NORMAL, 'the stream has ended');
        return;
      case 'not-found':
        this.#close(closeCodeOf(404), sentence);
        return;
      case 'format':
        this.#close(closeCodeOf(406), sentence);
        return;
      case 'revoked':
        this.#close(closeCodeOf(403), sentence);
        return;
      case 'stalled':
        this.destroy();
        return;
      case 'shutdown':
        this.#close(CLOSE_GOING_AWAY, sentence);
        return;
      default:
        end satisfies never;
    }
  }

  onFailed(): void {
    this.#playing?.leave('closed');
    this.#close(CLOSE_BUG, 'the server has failed');
  }

  ping(): void {
    this.#webSocket.ping();
  }

  // --- the connection

  get #format(): StreamFormat | undefined {
    return this.#target.is === 'stream' ? this.#target.format : undefined;
  }

  #admit(): void {
    this.#deadline.clear();
    const { headers } = this.#request;
    const target = this.#target;
    if (this.#webSocket.readyState !== WebSocket.OPEN) return;
    if (target.is === 'no-stream') this.#refuse(target.refusal);
    else if (!this.#site.origins.mayPlay(headers.origin, headers.host)) {
      const description = `pages of ${headers.origin} may not play: the server's setting http.corsOrigins does not list them`;
      this.#refuse({ refused: 'access', description });
    } else {
      this.#playing = new Playing(this.connection, this, target.format.forms.webSocket);
      this.#playing.begin(wishOf(headers, target.reading));
    }
  }

  #refuse(refusal: Refusal): void {
    this.connection.reject(refusal);
    this.onDenied(refusal);
  }

  /** The peer breaks the protocol, or sends more than a player has to say; `ws` tells it so and closes. */
  #onBroken(error: Error): void {
    this.connection.farewell = 'protocol';
    this.connection.log.warn('protocol-error', error.message, { code: 'WEBSOCKET_FRAME_INVALID' });
    this.#playing?.leave('protocol');
    this.#watch.stop();
  }

  /** Says farewell behind all that was written. The peer answers, or `ws` cuts the connection after a while. */
  #close(code: number, reason: string): void {
    this.#deadline.clear();
    this.#watch.stop();
    this.#webSocket.close(code, closeReason(reason));
  }

  #onClosed(): void {
    this.#deadline.clear();
    this.#watch.stop();
    this.#playing?.leave(this.connection.farewell);
    this.connection.context.events.onClosed(this);
  }
}
