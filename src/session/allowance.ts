import type { Clock } from '../stream/clock.ts';

/** So many at once, and so many a second in the long run: for what a peer may ask for, each time at a cost to the relay. */
export class Allowance {
  readonly #clock: Clock;
  readonly #atOnce: number;
  readonly #perSecond: number;
  #left: number;
  #countedAt: number;

  constructor(clock: Clock, atOnce: number, perSecond: number) {
    this.#clock = clock;
    this.#atOnce = atOnce;
    this.#perSecond = perSecond;
    this.#left = atOnce;
    this.#countedAt = clock.now();
  }

  /** Takes so many, if they are left. */
  take(count = 1): boolean {
    const now = this.#clock.now();
    const grown = this.#left + ((now - this.#countedAt) / 1000) * this.#perSecond;
    this.#left = Math.min(this.#atOnce, grown);
    this.#countedAt = now;
    if (this.#left < count) return false;
    this.#left -= count;
    return true;
  }
}
