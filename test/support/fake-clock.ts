import type { Clock } from '../../src/stream/clock.ts';

interface Timer {
  readonly dueAt: number;
  readonly callback: () => void;
}

/** A clock that stands still until it is advanced. */
export class FakeClock implements Clock {
  #now: number;
  readonly #timers = new Set<Timer>();
  #next: (() => void)[] = [];

  constructor(now = 0) {
    this.#now = now;
  }

  now(): number {
    return this.#now;
  }

  after(ms: number, callback: () => void): () => void {
    const timer: Timer = { dueAt: this.#now + Math.max(0, ms), callback };
    this.#timers.add(timer);
    return () => {
      this.#timers.delete(timer);
    };
  }

  /** Called back by {@link settle} or, as with any clock, when what runs now has returned. */
  next(callback: () => void): void {
    this.#next.push(callback);
    queueMicrotask(() => this.settle());
  }

  soon(callback: () => void): void {
    this.after(0, callback);
  }

  /** Calls back now what is to be called next. */
  settle(): void {
    for (let callback = this.#next.shift(); callback !== undefined; callback = this.#next.shift()) callback();
  }

  /** Timers that are neither done nor cancelled. */
  get pending(): number {
    return this.#timers.size;
  }

  /**
   * Lets `ms` milliseconds pass: calls back, each at its time, in order of time and then of asking, what is due by then,
   * including what those callbacks ask for.
   */
  advance(ms: number): void {
    this.settle();
    const end = this.#now + ms;
    for (let timer = this.#nextDueBy(end); timer !== undefined; timer = this.#nextDueBy(end)) {
      this.#timers.delete(timer);
      this.#now = Math.max(this.#now, timer.dueAt);
      timer.callback();
    }
    this.#now = Math.max(this.#now, end);
  }

  /** Lets `ms` milliseconds pass within a callback: what is due by then is called back late, after it has returned. */
  spend(ms: number): void {
    this.#now += ms;
  }

  #nextDueBy(end: number): Timer | undefined {
    let next: Timer | undefined;
    for (const timer of this.#timers) {
      if (timer.dueAt <= end && (next === undefined || timer.dueAt < next.dueAt)) next = timer;
    }
    return next;
  }
}
