import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import type { WebSocket } from 'ws';
import { Work } from '../../protocol/work-meter.ts';
import { type MediaKinds, prologueOf, type WireForm } from '../../stream/fan-out/wire-form.ts';
import type { ResumePoint } from '../../stream/resuming/resume-point.ts';
import type { Challenge, Refusal } from '../access.ts';
import { Connection } from '../connection.ts';
import { Deadline } from '../deadline.ts';
import type { HttpSite } from '../http/http-activity.ts';
import { closeCodeOf, closeReason, statusOf } from '../http/http-status.ts';
import type { HttpTarget, StreamTarget } from '../http/http-target.ts';
import { wishOf } from '../http/http-wish.ts';
import { type PlayEnd, Playing, type PlayWire } from '../playing.ts';
import type { InputReader, PacedInput } from '../reading/paced-input.ts';
import { decodeResume, RESUME_HEADER } from '../resume-text.ts';
import type { SessionActivity, SessionContext, SessionRole } from '../session.ts';
import { SocketWriter } from '../socket-writer.ts';
import { TrafficWatch } from '../traffic-watch.ts';
import { mindHeartbeat } from './heartbeat.ts';

/** Close codes. @see RFC 6455 section 7.4.1 */
const CLOSE_NORMAL = 1000;
const CLOSE_GOING_AWAY = 1001;
const CLOSE_BUG = 1011;

const closeCodes: Readonly<Record<Exclude<PlayEnd, 'stalled'>, number>> = {
  ended: CLOSE_NORMAL,
  format: closeCodeOf(406),
  kicked: closeCodeOf(403),
  'not-found': closeCodeOf(404),
  revoked: closeCodeOf(403),
  shutdown: CLOSE_GOING_AWAY,
};

/** What is asked for with an upgrade. */
export type WsTarget = Exclude<HttpTarget, { is: 'page' | 'server' }>;

/** Writes media to the socket of a WebSocket, until that is closing. */
class WsWriter extends SocketWriter {
  readonly #webSocket: WebSocket;

  constructor(socket: Socket, webSocket: WebSocket) {
    super(socket);
    this.#webSocket = webSocket;
  }

  override write(bytes: Buffer, onTaken?: () => void): void {
    if (this.#webSocket.readyState === this.#webSocket.OPEN) super.write(bytes, onTaken);
  }
}

/**
 * A WebSocket that plays a stream. Handshake, pings and closing are left to `ws`; media goes in whole frames, which all
 * players share, straight to the socket.
 */
export class WsSession extends Connection implements PlayWire, InputReader {
  readonly #webSocket: WebSocket;
  /** Until it is known whether the connection may be used at all. */
  readonly #deadline: Deadline;
  readonly #watch: TrafficWatch;
  #target: (StreamTarget & { readonly form: WireForm }) | undefined;
  #playing: Playing | undefined;
  resume: ResumePoint | undefined;

  /**
   * @param socket - the WebSocket's, to which media is written
   * @param input - what it brings
   */
  constructor(webSocket: WebSocket, socket: Socket, context: SessionContext, input: PacedInput) {
    super('ws-flv', socket, context, new WsWriter(socket, webSocket));
    this.#webSocket = webSocket;
    this.#deadline = new Deadline(context.clock, (what) => {
      this.miss(what);
      this.destroy();
    });
    this.#watch = new TrafficWatch(this);
    this.input = input;
    input.handTo(this);
    webSocket.on('message', () => this.meter.spend(Work.libraryPiece, 0));
    mindHeartbeat(webSocket, this.meter);
    webSocket.on('error', (error) => this.#onBroken(error));
    socket.on('close', () => this.#onClosed());
  }

  /** Acts on the request; to be called once the session is counted. */
  begin(request: IncomingMessage, target: WsTarget, site: HttpSite): void {
    this.identify(request.headers['user-agent'] ?? '');
    this.#deadline.expect('decision about the request', this.context.deadlines.idleMs);
    this.atDoor(
      () => this.#admit(request, target, site),
      (refusal) => this.onDenied(refusal),
    );
  }

  get isOpen(): boolean {
    return this.#webSocket.readyState === this.#webSocket.OPEN;
  }

  get role(): SessionRole {
    return this.#playing?.role ?? 'pending';
  }

  /** What the client calls the stream. */
  get name(): string {
    return this.#target?.reading.key ?? '';
  }

  *activities(): Generator<SessionActivity> {
    if (this.#playing !== undefined) yield this.#playing;
  }

  dismiss(reason: string): void {
    this.#playing?.leave('shutdown');
    this.#close(CLOSE_GOING_AWAY, reason);
  }

  override destroy(): void {
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

  onStarted(kinds: MediaKinds, path: readonly string[]): void {
    if (this.#target !== undefined) this.writer.write(prologueOf(this.#target.form, kinds));
    if (path.length > 0) this.onPath(path);
  }

  onPath(path: readonly string[]): void {
    if (this.#target === undefined) return;
    const { format, form } = this.#target;
    this.writer.write(format.pathNotice(form, path));
  }

  onEnded(end: PlayEnd, sentence: string): void {
    if (end === 'stalled') this.destroy();
    else this.#close(closeCodes[end], end === 'ended' ? 'the stream has ended' : sentence);
  }

  protected onFailed(): void {
    this.#playing?.leave('closed');
    this.#close(CLOSE_BUG, 'internal error');
  }

  ping(): void {
    this.#webSocket.ping();
  }

  // --- what comes in

  /** A player has nothing to say that would have to wait. */
  readonly isHeld = false;

  proceed(): void {}

  // --- the connection

  #admit(request: IncomingMessage, target: WsTarget, { origins }: HttpSite): void {
    const { headers } = request;
    this.#deadline.clear();
    if (target.is === 'no-stream') {
      this.#refuse(target.refusal);
      return;
    }
    const form = target.format.forms.webSocket;
    if (form === undefined) {
      const description = 'this format is not available over WebSocket: ask for it over HTTP';
      this.#refuse({ refused: 'format', description }, target.reading.key);
    } else if (!origins.mayPlay(headers.origin, headers.host)) {
      const description = `pages from ${headers.origin} may not play: http.corsOrigins of the server does not list this origin`;
      this.#refuse({ refused: 'access', description }, target.reading.key);
    } else {
      this.#target = { ...target, form };
      this.resume = decodeResume(headers[RESUME_HEADER]);
      this.#playing = new Playing(this, this, form);
      this.#playing.begin(wishOf(request, target.reading));
    }
  }

  #refuse(refusal: Refusal, stream?: string): void {
    this.reject(refusal, stream);
    this.onDenied(refusal);
  }

  /** The peer breaks the protocol, or sends more than a player has to say; `ws` tells it so and closes. */
  #onBroken(error: Error): void {
    this.endReason = 'protocol';
    this.complain(error.message, 'WEBSOCKET_FRAME_INVALID');
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
    this.#playing?.leave(this.endReason);
    this.context.events.onClosed(this);
  }
}
