import type { Clock } from '../../../stream/clock.ts';

/** The machine's time has been set when it differs by so much, milliseconds; what is less is no more than drift. */
const SET_MS = 1000;

/** Times of a clock as dates. A moment reads the same each time that it is asked for, unless the machine's time was set meanwhile. */
export class WallTime {
  readonly #clock: Clock;
  readonly #date: () => number;
  #startMs = 0;

  /** @param date - the machine's time, milliseconds since 1970 */
  constructor(clock: Clock, date: () => number = Date.now) {
    this.#clock = clock;
    this.#date = date;
  }

  /** A moment in ISO 8601. @param at - milliseconds of the clock */
  read(at: number): string {
    const startMs = this.#date() - this.#clock.now();
    if (Math.abs(startMs - this.#startMs) >= SET_MS) this.#startMs = startMs;
    return new Date(this.#startMs + at).toISOString();
  }
}
