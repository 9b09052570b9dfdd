import { WINDOW_REQUESTS } from '../../protocol/rtmpt/request-window.ts';
import type { FlowContentReader } from '../flow-content-reader.ts';
import { type BodySink, unread } from './body-sink.ts';
import type { HeldBody } from './held-body.ts';

/** Of one number so many bodies may wait: clients send a request again when its connection breaks. */
const MAX_REPEATED = 4;

/** A body in its place among the others. */
export interface NumberedBody {
  readonly number: number;
  readonly body: HeldBody;
  /** So many bytes at its beginning are none of the tunnel's. */
  readonly passedBytes: number;
  /** Whether nothing comes behind it. */
  readonly isLast: boolean;
}

/**
 * One direction of a tunnel: the bodies of its requests, or of the answers to them, in the order of their numbers. They come by several
 * connections, in any order, and some of them twice.
 */
export class NumberedBodies {
  readonly #reader: FlowContentReader;
  #next: number | undefined;
  /** How much of the next one was read; what comes again is passed over. */
  #readBytes: number | undefined;
  readonly #waiting = new Map<number, NumberedBody[]>();
  #isOver = false;

  /** @param reader - of what is in them */
  constructor(reader: FlowContentReader) {
    this.#reader = reader;
  }

  /** Takes the next body that has begun. */
  add(numbered: NumberedBody): void {
    const { number, body } = numbered;
    this.#next ??= number;
    if (this.#isOver || number < this.#next) body.give(unread);
    else if (number === this.#next) this.#read(numbered);
    else {
      const same = this.#waiting.get(number);
      if (same === undefined) this.#waiting.set(number, [numbered]);
      else if (same.length < MAX_REPEATED) same.push(numbered);
      else body.give(unread);
      if (this.#waiting.size >= WINDOW_REQUESTS) this.#giveUp();
    }
  }

  /** Nothing more comes: what waits is read, with the gaps before it. */
  end(): void {
    while (this.#waiting.size > 0 && !this.#isOver) this.#giveUp();
    this.#finish();
  }

  #read({ number, body, passedBytes, isLast }: NumberedBody): void {
    this.#readBytes ??= passedBytes;
    let seen = 0;
    const isDue = (): boolean => this.#next === number && !this.#isOver;
    const see = (bytes: number): number => {
      const read = this.#readBytes ?? 0;
      const known = Math.min(Math.max(read - seen, 0), bytes);
      seen += bytes;
      this.#readBytes = Math.max(read, seen);
      return known;
    };
    const reader: BodySink = {
      push: (bytes, timeMs) => {
        if (!isDue()) return;
        const fresh = bytes.subarray(see(bytes.length));
        if (fresh.length > 0) this.#reader.push(fresh, timeMs);
      },
      gap: (bytes) => {
        if (!isDue()) return;
        const missing = bytes - see(bytes);
        if (missing > 0) this.#reader.gap(missing);
      },
      end: (isWhole) => {
        if (!isDue() || !isWhole) return; // what is broken off comes again
        if (isLast) this.#finish();
        else this.#turn(number + 1);
      },
    };
    body.give(reader);
  }

  /** It is the turn of those with this number. */
  #turn(number: number): void {
    this.#next = number;
    this.#readBytes = undefined;
    const bodies = this.#waiting.get(number) ?? [];
    this.#waiting.delete(number);
    for (const body of bodies)
      if (this.#next === number) this.#read(body);
      else body.body.give(unread);
  }

  /** Those before the first that waits will not come. */
  #giveUp(): void {
    this.#reader.gap(undefined);
    this.#turn(Math.min(...this.#waiting.keys()));
  }

  #finish(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    for (const body of [...this.#waiting.values()].flat()) body.body.give(unread);
    this.#waiting.clear();
    this.#reader.end();
  }
}
