import type { RtmpWish } from '../../family/flv/rtmp-wire-form.ts';
import type { PlayEndReason, Player } from '../../stream/player.ts';
import type { Play } from '../../stream/stream-registry.ts';
import type { SocketWriter } from '../socket-writer.ts';

/** What a player tells its session. */
export interface RtmpPlayerOwner {
  onPlayStart(player: RtmpPlayer, path: readonly string[]): void;
  onPlayEnd(player: RtmpPlayer, reason: PlayEndReason): void;
  onPlayDry(player: RtmpPlayer, isDry: boolean): void;
  onPlayPath(player: RtmpPlayer, path: readonly string[]): void;
  onFirstMedia(): void;
}

/** One play on one message stream of an RTMP session. */
export class RtmpPlayer implements Player {
  readonly isRelay: boolean;
  readonly path: readonly string[];
  readonly messageStreamId: number;
  readonly #writer: SocketWriter;
  readonly #owner: RtmpPlayerOwner;
  #hasMedia = false;
  /** Which kinds the client wants. */
  wish: RtmpWish;
  /** Whether the stream was there. */
  isStarted = false;
  play: Play | undefined;

  constructor(owner: RtmpPlayerOwner, writer: SocketWriter, wish: RtmpWish, path: readonly string[]) {
    this.#owner = owner;
    this.#writer = writer;
    this.messageStreamId = wish.messageStreamId;
    this.wish = wish;
    this.isRelay = path.length > 0;
    this.path = path;
  }

  get backlogBytes(): number {
    return this.#writer.backlogBytes;
  }

  write(bytes: Buffer, onTaken?: () => void): void {
    if (!this.#hasMedia) {
      this.#hasMedia = true;
      this.#owner.onFirstMedia();
    }
    this.#writer.write(bytes, onTaken);
  }

  cork(): void {
    this.#writer.cork();
  }

  uncork(): void {
    this.#writer.uncork();
  }

  onStart(path: readonly string[]): void {
    this.isStarted = true;
    this.#owner.onPlayStart(this, path);
  }

  onDry(isDry: boolean): void {
    if (this.isRelay) this.#owner.onPlayDry(this, isDry);
  }

  onPath(path: readonly string[]): void {
    if (this.isRelay) this.#owner.onPlayPath(this, path);
  }

  onEnd(reason: PlayEndReason): void {
    this.#owner.onPlayEnd(this, reason);
  }
}
