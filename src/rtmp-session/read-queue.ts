import type { WorkMeter } from '../protocol/work-meter.ts';

/** How much of what a peer has sent waits for whoever iterates; when it is spent, the connection is not read. */
export class ReadBudget implements WorkMeter {
  readonly #maxEvents: number;
  readonly #maxBytes: number;
  readonly #onRoom: () => void;
  #events = 0;
  #bytes = 0;
  /** Spent until half of it is there again: a connection is not stopped and started for each message. */
  #isSpent = false;

  /** @param onRoom - is called when it is spent no more */
  constructor(maxEvents: number, maxBytes: number, onRoom: () => void) {
    this.#maxEvents = maxEvents;
    this.#maxBytes = maxBytes;
    this.#onRoom = onRoom;
  }

  get isSpent(): boolean {
    return this.#isSpent;
  }

  /** What reading costs is of no concern here: nobody else waits for the thread. */
  spend(): void {}

  take(bytes: number): void {
    this.#events++;
    this.#bytes += bytes;
    if (this.#events >= this.#maxEvents || this.#bytes >= this.#maxBytes) this.#isSpent = true;
  }

  giveBack(events: number, bytes: number): void {
    this.#events -= events;
    this.#bytes -= bytes;
    if (!this.#isSpent || this.#events > this.#maxEvents / 2 || this.#bytes > this.#maxBytes / 2) return;
    this.#isSpent = false;
    this.#onRoom();
  }
}

/** What a peer has sent, for one who iterates; what waits counts in a budget. */
export class ReadQueue<T> implements AsyncIterable<T> {
  readonly #budget: ReadBudget;
  readonly #waiting: { readonly value: T; readonly bytes: number }[] = [];
  readonly #readers: PromiseWithResolvers<IteratorResult<T, undefined>>[] = [];
  #isEnded = false;
  #error: Error | undefined;

  constructor(budget: ReadBudget) {
    this.#budget = budget;
  }

  /** Whether nothing more comes: what waits is still read. */
  get isEnded(): boolean {
    return this.#isEnded;
  }

  /** @param bytes - that it keeps in memory */
  push(value: T, bytes: number): void {
    if (this.#isEnded) return;
    const reader = this.#readers.shift();
    if (reader !== undefined) reader.resolve({ done: false, value });
    else {
      this.#waiting.push({ value, bytes });
      this.#budget.take(bytes);
    }
  }

  /** Nothing more comes. @param error - is thrown, once, when all that waits is read */
  end(error?: Error): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    this.#error = error;
    for (const reader of this.#readers.splice(0)) this.#settleEnd(reader);
  }

  /** Ends it, and drops what waits. */
  discard(): void {
    this.end();
    this.#error = undefined;
    const dropped = this.#waiting.splice(0);
    const bytes = dropped.reduce((sum, waiting) => sum + waiting.bytes, 0);
    this.#budget.giveBack(dropped.length, bytes);
  }

  /** Reads on from where any other iteration has left off. To leave the loop ends nothing. */
  [Symbol.asyncIterator](): AsyncIterator<T, undefined> {
    return { next: () => this.#next() };
  }

  #next(): Promise<IteratorResult<T, undefined>> {
    const waiting = this.#waiting.shift();
    if (waiting !== undefined) {
      this.#budget.giveBack(1, waiting.bytes);
      return Promise.resolve({ done: false, value: waiting.value });
    }
    const reader = Promise.withResolvers<IteratorResult<T, undefined>>();
    if (this.#isEnded) this.#settleEnd(reader);
    else this.#readers.push(reader);
    return reader.promise;
  }

  #settleEnd(reader: PromiseWithResolvers<IteratorResult<T, undefined>>): void {
    const error = this.#error;
    this.#error = undefined;
    if (error === undefined) reader.resolve({ done: true, value: undefined });
    else reader.reject(error);
  }
}
