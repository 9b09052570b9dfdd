import { flvScript } from '../family/flv/flv-wire-form.ts';
import type { Log } from '../log.ts';
import { encodeAmf0 } from '../protocol/amf/amf0.ts';
import { encodePath, PATH_NAME } from '../protocol/rtmp/relay-path.ts';
import { prologueOf, type WireForm } from '../stream/fan-out/wire-form.ts';
import type { PlayEndReason, Player } from '../stream/player.ts';
import type { StreamKeyReading } from '../stream/stream-key.ts';
import type { Play } from '../stream/stream-registry.ts';
import type { PlayerLeft, SessionContext, SessionRole } from './session.ts';
import { settle } from './settle.ts';
import type { MediaWriter } from './socket-writer.ts';
import { isRefusal, type Refusal } from './stream-gate.ts';

/** What somebody wants to play, and as which bytes. */
export interface FlvPlayWish {
  readonly reading: StreamKeyReading;
  /** Ids of the relays that wait behind the peer; none where it is no relay. */
  readonly path: readonly string[];
  readonly form: WireForm;
  /** The client's software, for people. */
  readonly client: string;
}

/** The connection that a play belongs to. */
export interface FlvPlayOwner {
  readonly context: SessionContext;
  readonly log: Log;
  readonly writer: MediaWriter;
  readonly sentBytes: number;
  /** The play was accepted; the stream may be there or not. */
  onPlayAccepted(): void;
  onPlayRefused(refusal: Refusal): void;
  /** The stream is there: the FLV header follows as soon as this returns. @param path - ids of the relays that bring it */
  onPlayStart(path: readonly string[]): void;
  onFirstMedia(): void;
  /** The play is over, not by the owner's wish. */
  onPlayEnd(reason: PlayEndReason): void;
  /** Something went wrong that must not. */
  onBug(error: unknown): void;
}

interface Held {
  readonly bytes: Buffer;
  readonly onTaken: (() => void) | undefined;
}

/** One play of a stream as FLV, whatever transport is around it. */
export class FlvPlay implements Player {
  readonly path: readonly string[];
  readonly isRelay: boolean;
  readonly #owner: FlvPlayOwner;
  readonly #wish: FlvPlayWish;
  #play: Play | undefined;
  /** The path of the stream, once it is there. */
  #streamPath: readonly string[] | undefined;
  /** What came before the gate's answer had arrived, and with it the play that knows the kinds of media. */
  #held: Held[] = [];
  #heldEnd: PlayEndReason | undefined;
  #hasMedia = false;
  #isOver = false;

  constructor(owner: FlvPlayOwner, wish: FlvPlayWish) {
    this.#owner = owner;
    this.#wish = wish;
    this.path = wish.path;
    this.isRelay = wish.path.length > 0;
  }

  get role(): SessionRole {
    if (this.#play === undefined) return 'pending';
    if (this.#streamPath === undefined) return 'waiting';
    return this.isRelay ? 'relay' : 'player';
  }

  get backlogBytes(): number {
    const { backlogBytes } = this.#owner.writer;
    if (this.#held.length === 0) return backlogBytes;
    return this.#held.reduce((sum, { bytes }) => sum + bytes.length, backlogBytes);
  }

  /** Asks the gate. */
  begin(): void {
    const { context } = this.#owner;
    const { reading, path, form } = this.#wish;
    const wish = { readings: [reading], address: context.address, path };
    settle(
      context.gate.play(wish, this, form),
      (settled) => this.#onSettled(settled),
      (error) => this.#owner.onBug(error),
    );
  }

  /** Ends the play by the owner's wish; nothing is written any more. */
  leave(reason: PlayerLeft): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#held = [];
    this.#play?.stop();
    this.#report(reason);
  }

  // --- what the stream tells

  write(bytes: Buffer, onTaken?: () => void): void {
    if (this.#isOver) return;
    if (this.#play === undefined) {
      this.#held.push({ bytes, onTaken });
      return;
    }
    if (!this.#hasMedia) {
      this.#hasMedia = true;
      this.#owner.onFirstMedia();
    }
    this.#owner.writer.write(bytes, onTaken);
  }

  cork(): void {
    this.#owner.writer.cork?.();
  }

  uncork(): void {
    this.#owner.writer.uncork?.();
  }

  onStart(path: readonly string[]): void {
    this.#streamPath = path;
    if (this.#play !== undefined) this.#open(this.#play, path);
  }

  onPath(path: readonly string[]): void {
    if (this.#streamPath === undefined) return;
    this.#streamPath = path;
    if (this.#play !== undefined) this.#tellPath(path);
  }

  onEnd(reason: PlayEndReason): void {
    if (this.#isOver) return;
    if (this.#play === undefined) {
      this.#heldEnd = reason;
      return;
    }
    this.#isOver = true;
    this.#report(reason);
    this.#owner.onPlayEnd(reason);
  }

  #onSettled(settled: Play | Refusal): void {
    if (isRefusal(settled)) {
      if (!this.#isOver) this.#owner.onPlayRefused(settled);
      this.#isOver = true;
      return;
    }
    if (this.#isOver) {
      settled.stop(); // who asked has gone meanwhile
      return;
    }
    this.#play = settled;
    this.#owner.onPlayAccepted();
    const { key } = settled;
    const text = settled.isLive ? `plays ${key}` : `waits for ${key}`;
    this.#owner.log.info('play', text, { stream: key, client: this.#wish.client });
    if (this.#streamPath !== undefined) this.#open(settled, this.#streamPath);
    const held = this.#held;
    this.#held = [];
    for (const { bytes, onTaken } of held) this.write(bytes, onTaken);
    if (this.#heldEnd !== undefined) this.onEnd(this.#heldEnd);
  }

  #open(play: Play, path: readonly string[]): void {
    this.#owner.onPlayStart(path);
    if (this.#isOver) return;
    this.#owner.writer.write(prologueOf(this.#wish.form, play.kinds()));
    this.#tellPath(path);
  }

  /** Tells a relay who brings the stream, in a script tag as RTMP has it: a head, where there is one, is too early for changes. */
  #tellPath(path: readonly string[]): void {
    if (this.#isOver || !this.isRelay) return;
    const ids = encodePath([this.#owner.context.gate.relayId, ...path]);
    this.#owner.writer.write(flvScript(this.#wish.form, encodeAmf0(PATH_NAME, ids)));
  }

  #report(reason: PlayerLeft): void {
    if (this.#play === undefined) return;
    const { key } = this.#play;
    const { context, log, sentBytes } = this.#owner;
    context.events.onPlayerLeft(reason);
    const did = this.#streamPath === undefined ? 'waited for' : 'played';
    log.info('play-end', `${did} ${key}: ${reason}`, { stream: key, reason, sent: sentBytes });
  }
}
