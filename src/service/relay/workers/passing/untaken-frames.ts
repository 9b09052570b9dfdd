import type { BacklogOwner } from './frame-sender.ts';

/** A frame that the receiver has not taken yet, as far as is known. */
export interface UntakenFrame {
  readonly owner: BacklogOwner;
  readonly bytes: number;
  /** How it went: in the ring, which must have been read up to there, or with so many messages of the port. */
  readonly went: 'ring' | 'port';
  readonly until: number;
}

/** So many that were taken stay in the list at most. */
const MAX_TAKEN = 1024;

/** Frames on their way to another thread, which takes them in their order. */
export class UntakenFrames {
  readonly #frames: UntakenFrame[] = [];
  /** The first that was not taken. */
  #next = 0;

  add(frame: UntakenFrame): void {
    this.#frames.push(frame);
  }

  /** Tells the owners of those that were taken. */
  settle(isTaken: (frame: UntakenFrame) => boolean): void {
    for (let frame = this.#frames[this.#next]; frame !== undefined; frame = this.#frames[this.#next]) {
      if (!isTaken(frame)) break;
      this.#next++;
      frame.owner.onTaken(frame.bytes);
    }
    if (this.#next < MAX_TAKEN && this.#next < this.#frames.length) return;
    this.#frames.splice(0, this.#next);
    this.#next = 0;
  }
}
