/** How many may do something at a time, and how many wait for their turn, in the order in which they came. */
export class Turns {
  readonly #most: number;
  readonly #mostWaiting: number;
  readonly #waiting = new Set<() => void>();
  #taken = 0;

  constructor(most: number, mostWaiting: number) {
    this.#most = most;
    this.#mostWaiting = mostWaiting;
  }

  /** How many wait. */
  get waiting(): number {
    return this.#waiting.size;
  }

  /**
   * Waits for a turn.
   * @param signal - gives the place among those who wait up; then there is nothing to give back
   * @returns gives the turn back, which has to be done once; undefined when too many wait
   */
  take(signal: AbortSignal): Promise<() => void> | undefined {
    const giveBack = (): void => {
      const [next] = this.#waiting;
      if (next === undefined) this.#taken--;
      else next();
    };
    if (this.#taken < this.#most) {
      this.#taken++;
      return Promise.resolve(giveBack);
    }
    if (this.#waiting.size >= this.#mostWaiting) return undefined;
    return new Promise((resolve, reject) => {
      const onTurn = (): void => {
        this.#waiting.delete(onTurn);
        signal.removeEventListener('abort', onAbort);
        resolve(giveBack);
      };
      const onAbort = (): void => {
        this.#waiting.delete(onTurn);
        reject(signal.reason);
      };
      signal.addEventListener('abort', onAbort, { once: true });
      this.#waiting.add(onTurn);
    });
  }
}
