import type { Clock } from '../../../stream/clock.ts';

/** Timestamps that go back by more than this begin anew, milliseconds. */
const MAX_BACKWARD_MS = 1000;

/** How much later than the quickest frame of a link the last one came. */
export class Lateness {
  readonly #clock: Clock;
  #lastTimestamp = 0;
  #quickest = Number.POSITIVE_INFINITY;
  #ms = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Milliseconds. */
  get ms(): number {
    return this.#ms;
  }

  /** A frame came. */
  take(timestamp: number): void {
    if (timestamp === 0) return; // headers have no time of their own
    if (timestamp < this.#lastTimestamp - MAX_BACKWARD_MS) this.#quickest = Number.POSITIVE_INFINITY;
    this.#lastTimestamp = timestamp;
    const lateness = this.#clock.now() - timestamp;
    this.#quickest = Math.min(this.#quickest, lateness);
    this.#ms = Math.round(lateness - this.#quickest);
  }
}
