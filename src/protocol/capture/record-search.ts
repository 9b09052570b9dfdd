import { ByteQueue } from '../../bytes/byte-queue.ts';
import type { DamageListener } from './captured-packet.ts';

/** So many bytes are looked at a time: more than what is needed to tell of the longest record whether it is one. */
const WINDOW_BYTES: number = 2 ** 20;

/** A search that needs more bytes waits for so many. */
const STEP_BYTES: number = 2 ** 14;

/**
 * Whether a record begins at a place in a window; `more` where that cannot be told without the bytes behind the window.
 * @param isAll - the window ends where the capture does
 */
export type RecordTest = (
  window: Buffer,
  at: number,
  isAll: boolean,
) => 'certain' | 'likely' | 'more' | undefined;

interface Lost {
  readonly at: number;
  readonly reason: string;
  /** The reason where a record is found before `at`. */
  readonly before: string;
}

/** The bytes of a capture that are not read yet, and the search for the next record behind what is broken. */
export class RecordSearch {
  readonly bytes: ByteQueue = new ByteQueue();
  readonly #damaged: DamageListener;
  readonly #headerBytes: number;
  /** Where the next unread byte stands. */
  offset = 0;
  /** Whether nothing more comes. */
  isAll = false;
  /** Nothing can be told before so many bytes are there. */
  #wantedBytes = 0;
  /** What a search is for, until it is told. */
  #lost: Lost | undefined;

  /** @param headerBytes - what a record has at the least */
  constructor(headerBytes: number, damaged: DamageListener) {
    this.#headerBytes = headerBytes;
    this.#damaged = damaged;
  }

  skip(size: number): void {
    this.bytes.skip(size);
    this.offset += size;
    this.#wantedBytes = 0;
  }

  /** Has {@link find} wait for so many unread bytes: to look at them whenever a byte comes would cost a copy of them each time. */
  want(bytes: number): undefined {
    this.#wantedBytes = bytes;
  }

  /** Tells of what is broken at the next unread byte, and does not search. */
  tell(reason: string): void {
    this.#damaged({ is: 'fault', at: this.offset, reason });
  }

  /**
   * Begins a search.
   * @param at - where something is broken
   * @param skipped - so many unread bytes are not looked at
   * @param before - what is wrong instead, where a record is found before `at`
   */
  lose(reason: string, at: number, skipped: number, before: string = reason): void {
    this.#lost = { at, reason, before };
    this.skip(Math.min(skipped, this.bytes.length));
  }

  /** Whether the next unread byte is one of a record: false where that has to be looked for in bytes to come. */
  find(test: RecordTest): boolean {
    if (this.bytes.length < this.#wantedBytes && !this.isAll) return false;
    const lost = this.#lost;
    if (lost === undefined) return true;
    for (;;) {
      const window = this.bytes.peek(Math.min(this.bytes.length, WINDOW_BYTES)) as Buffer;
      const isAll = this.isAll && window.length === this.bytes.length;
      const last = window.length - this.#headerBytes;
      let at = 0;
      let found: ReturnType<RecordTest>;
      for (; at <= last; at++) {
        found = test(window, at, isAll);
        if (found !== undefined) break;
      }
      const isCut = window.length < this.bytes.length;
      this.skip(isAll && found === undefined ? window.length : Math.min(at, window.length));
      if (found === 'certain' || found === 'likely') {
        this.#resume(lost, found);
        return true;
      }
      if (isCut) continue;
      if (found === 'more') this.want(this.bytes.length + STEP_BYTES);
      break;
    }
    if (this.isAll) {
      this.#lost = undefined;
      this.#damaged({ is: 'fault', at: lost.at, reason: lost.reason });
    }
    return false;
  }

  #resume({ at, reason, before }: Lost, sureness: 'certain' | 'likely'): void {
    this.#lost = undefined;
    const isBefore = this.offset < at;
    this.#damaged({ is: 'fault', at, reason: isBefore ? before : reason });
    const skippedBytes = Math.max(0, this.offset - at);
    this.#damaged({ is: 'resumed', at: this.offset, sureness, skippedBytes });
  }
}
