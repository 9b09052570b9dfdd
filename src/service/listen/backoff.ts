/** What has worked for less than this counts as failed when it is over: it may fail as fast again, milliseconds. */
export const STEADY_MS = 5000;

/** Waiting times between tries: longer each time up to a ceiling, and never the same for all who wait. */
export class Backoff {
  readonly #firstMs: number;
  readonly #maxMs: number;
  #nextMs: number;

  constructor(firstMs = 1000, maxMs = 30_000) {
    this.#firstMs = firstMs;
    this.#maxMs = maxMs;
    this.#nextMs = firstMs;
  }

  /** The next waiting time: between half of it and all of it, milliseconds. */
  next(): number {
    const ms = this.#nextMs;
    this.#nextMs = Math.min(2 * ms, this.#maxMs);
    return ms * (0.5 + Math.random() / 2);
  }

  /** Something worked: begins anew. */
  reset(): void {
    this.#nextMs = this.#firstMs;
  }
}
