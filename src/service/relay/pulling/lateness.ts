/** Timestamps that go back by more than this begin anew, milliseconds. */
const MAX_BACKWARD_MS = 1000;

/** How much later than the quickest frame of a link the last one came. */
export class Lateness {
  #lastTimestamp = 0;
  #quickest = Number.POSITIVE_INFINITY;
  #ms = 0;

  /** Milliseconds. */
  get ms(): number {
    return this.#ms;
  }

  /** A frame came. @param now - milliseconds of the clock */
  take(timestamp: number, now: number): void {
    if (timestamp === 0) return; // headers have no time of their own
    if (timestamp < this.#lastTimestamp - MAX_BACKWARD_MS) this.#quickest = Number.POSITIVE_INFINITY;
    this.#lastTimestamp = timestamp;
    const lateness = now - timestamp;
    this.#quickest = Math.min(this.#quickest, lateness);
    this.#ms = Math.round(lateness - this.#quickest);
  }
}
