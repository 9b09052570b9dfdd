import type { Frame } from './frame.ts';

/** Takes the frames of a stream one by one as they go out, before any window: the way to another thread. */
export interface FrameTap {
  /** Ids of the relays that wait for the stream behind it. */
  readonly path: readonly string[];
  /** The stream is there, and has begun anew if it was there before. @param path - ids of the relays that bring it */
  onBegin(path: readonly string[]): void;
  onFrame(frame: Frame): void;
  onPath(path: readonly string[]): void;
  onDry(isDry: boolean): void;
  /** Nobody has the stream. */
  onNotFound(): void;
  /** The stream is over; it may begin again. */
  onEnd(): void;
}

/** The taps of one stream. */
export class FrameTaps {
  readonly #taps = new Set<FrameTap>();

  get size(): number {
    return this.#taps.size;
  }

  [Symbol.iterator](): IterableIterator<FrameTap> {
    return this.#taps.values();
  }

  add(tap: FrameTap): void {
    this.#taps.add(tap);
  }

  delete(tap: FrameTap): void {
    this.#taps.delete(tap);
  }

  onFrame(frame: Frame): void {
    if (this.#taps.size > 0) for (const tap of this.#taps) tap.onFrame(frame);
  }
}
