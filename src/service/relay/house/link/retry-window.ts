/** Nobody comes back sooner, milliseconds. */
const FLOOR_MS = 250;

/** Within so long those come back first who were all lost at once, milliseconds. */
const FIRST_MS = 2000;

/** Within so long those do who have failed often, milliseconds. */
const LAST_MS = 60_000;

/** When a relay looks for its house again: at any time of a window, each as likely, so that those of a fleet never come together. */
export class RetryWindow {
  readonly #random: () => number;
  #windowMs = FIRST_MS;

  constructor(random: () => number = Math.random) {
    this.#random = random;
  }

  /** How long to wait, milliseconds; the window after this one is twice as long. */
  next(): number {
    const ms = FLOOR_MS + this.#random() * this.#windowMs;
    this.#windowMs = Math.min(2 * this.#windowMs, LAST_MS);
    return ms;
  }

  /** The link has held: the next time is the first. */
  reset(): void {
    this.#windowMs = FIRST_MS;
  }
}
