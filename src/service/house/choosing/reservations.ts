/** Into so many parts the time of a reservation is cut: those made in one part go together. */
const PARTS = 10;

/** Places at a relay that are kept for players on their way to it. */
export class Reservations {
  readonly #reserveMs: number;
  #count = 0;
  /** The oldest first. */
  readonly #made: { at: number; until: number; count: number }[] = [];

  /** @param reserveMs - a player that has not come after so long does not come any more; it may be a tenth longer */
  constructor(reserveMs: number) {
    this.#reserveMs = reserveMs;
  }

  get count(): number {
    return this.#count;
  }

  /** @param now - milliseconds of the clock */
  add(count: number, now: number): void {
    this.#count += count;
    const latest = this.#made.at(-1);
    const until = now + this.#reserveMs;
    if (latest !== undefined && now - latest.at < this.#reserveMs / PARTS) {
      latest.count += count;
      latest.until = until;
    } else this.#made.push({ at: now, until, count });
  }

  /** A player has come: for it nothing is kept any more. */
  arrive(): void {
    const [oldest] = this.#made;
    if (oldest === undefined) return;
    this.#count--;
    if (--oldest.count === 0) this.#made.shift();
  }

  /** Gives up those whose time is over. @returns whether there were any */
  expire(now: number): boolean {
    const before = this.#count;
    for (let [oldest] = this.#made; oldest !== undefined && oldest.until <= now; [oldest] = this.#made) {
      this.#count -= oldest.count;
      this.#made.shift();
    }
    return this.#count < before;
  }
}
