import { rtmpPublishForm } from '../../../family/flv/rtmp-wire-form.ts';
import type { Log } from '../../../log.ts';
import type { ChunkReaderLimits } from '../../../protocol/rtmp/chunk/chunk-reader.ts';
import type { ServerRefusal } from '../../../protocol/rtmp/dialogue/client-dialogue.ts';
import { encodePath, PATH_NAME } from '../../../protocol/rtmp/relay-path.ts';
import { parseRtmpUrl } from '../../../protocol/rtmp/rtmp-url.ts';
import { Deadline } from '../../../session/deadline.ts';
import {
  RtmpClientConnection,
  type RtmpClientHandler,
} from '../../../session/upstream/rtmp-client-connection.ts';
import type { Connect } from '../../../session/upstream/server-connector.ts';
import type { Clock } from '../../../stream/clock.ts';
import type { LiveStream } from '../../../stream/live-stream.ts';
import type { PlayEndReason, Player } from '../../../stream/player.ts';
import { displayForwardUrl, hideForwardSecrets } from '../../../url-secrets.ts';
import type { ForwardStatus } from '../../admin/relay-status.ts';
import { Backoff } from '../../listen/backoff.ts';

/** A server must have accepted the stream within this time, milliseconds. */
const ACCEPT_MS = 15_000;

/** What a forward needs of the relay. */
export interface ForwardHost {
  readonly clock: Clock;
  readonly log: Log;
  readonly relayId: string;
  readonly limits: ChunkReaderLimits;
  /** Opens connections to other servers; straight unless it is given. */
  readonly connect?: Connect;
}

/**
 * Publishes a stream to another server for as long as it is live: a player like any other, whose socket leads to a server. It
 * falls behind and catches up as players do, and comes back by itself when the connection is lost.
 */
export class Forward implements Player, RtmpClientHandler {
  readonly isRelay = true;
  readonly isForward = true;
  readonly #stream: LiveStream;
  readonly #url: string;
  readonly #host: ForwardHost;
  readonly #backoff = new Backoff();
  readonly #deadline: Deadline;
  #connection: RtmpClientConnection | undefined;
  #isFlowing = false;
  #isOver = false;
  #lastError: string | undefined;
  #reconnects = 0;
  #stopWaiting: () => void = () => {};

  constructor(stream: LiveStream, url: string, host: ForwardHost) {
    this.#stream = stream;
    this.#url = url;
    this.#host = host;
    this.#deadline = new Deadline(host.clock, (what) => this.onClosed(`no ${what} within ${ACCEPT_MS} ms`));
    this.#connect();
  }

  get backlogBytes(): number {
    return this.#connection?.writer.backlogBytes ?? 0;
  }

  /** Whether it has ended for good. */
  get isOver(): boolean {
    return this.#isOver;
  }

  status(): ForwardStatus {
    return {
      stream: this.#stream.key,
      url: displayForwardUrl(this.#url),
      state: this.#isFlowing ? 'flowing' : this.#connection === undefined ? 'waiting' : 'connecting',
      lastError: this.#lastError,
      reconnects: this.#reconnects,
      sentBytes: this.#connection?.sentBytes ?? 0,
    };
  }

  write(bytes: Buffer, onTaken?: () => void): void {
    this.#connection?.writer.write(bytes, onTaken);
  }

  cork(): void {
    this.#connection?.writer.cork?.();
  }

  uncork(): void {
    this.#connection?.writer.uncork?.();
  }

  /** Ends the publication there. */
  stop(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#stopWaiting();
    this.#leave();
  }

  // --- what the stream tells

  onStart(): void {}

  onEnd(reason: PlayEndReason): void {
    this.#isFlowing = false;
    if (reason === 'stalled') this.#retry('the server takes nothing');
    else this.stop();
  }

  // --- what the server tells

  onStarted(): void {
    if (this.#connection === undefined || this.#isFlowing) return;
    this.#deadline.clear();
    this.#backoff.reset();
    this.#isFlowing = true;
    this.#log('info', 'the stream is forwarded');
    const form = rtmpPublishForm(this.#connection.dialogue.messageStreamId);
    this.#stream.play(this, { form, lateJoin: 'keyframeGroup' });
  }

  onMedia(): void {}

  onRefused({ code, description }: ServerRefusal): void {
    this.#retry(`${description} (${code})`);
  }

  onEnded(reason: string): void {
    this.#retry(reason);
  }

  onClosed(description: string): void {
    this.#retry(description);
  }

  #connect(): void {
    const target = parseRtmpUrl(this.#url);
    if (target === undefined || this.#isOver) return;
    const path = [this.#host.relayId, ...this.#stream.path];
    const intent = { does: 'publish', target, connectProperties: { [PATH_NAME]: encodePath(path) } } as const;
    this.#connection = new RtmpClientConnection(this, intent, this.#host);
    this.#deadline.expect('answer to publish', ACCEPT_MS);
  }

  #retry(why: string): void {
    if (this.#isOver) return;
    const shown = hideForwardSecrets(why, this.#url);
    this.#lastError = shown;
    this.#reconnects++;
    this.#log('warn', shown);
    this.#leave();
    this.#stopWaiting = this.#host.clock.after(this.#backoff.next(), () => this.#connect());
  }

  #leave(): void {
    this.#deadline.clear();
    if (this.#isFlowing) this.#stream.stop(this);
    this.#isFlowing = false;
    this.#connection?.close();
    this.#connection = undefined;
  }

  #log(level: 'info' | 'warn', text: string): void {
    const target = displayForwardUrl(this.#url);
    this.#host.log[level]('forward', `${target}: ${text}`, { stream: this.#stream.key, target });
  }
}
