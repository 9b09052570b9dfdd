/** Into so many parts the time of a reservation is cut: those made in one part go together. */
const PARTS = 10;

/** Places at a relay that are taken already and that its last report does not count. */
export class Reservations {
  readonly #settings: { readonly reserveMs: number };
  /** Kept for players on their way, the oldest first. */
  readonly #made: { at: number; until: number; count: number }[] = [];
  #kept = 0;
  /** Taken since the last report. */
  #arrived = 0;

  /** @param settings - a player that has not come after `reserveMs` does not come any more; it may be a tenth longer */
  constructor(settings: { readonly reserveMs: number }) {
    this.#settings = settings;
  }

  get count(): number {
    return this.#kept + this.#arrived;
  }

  /** So many players were sent. @param now - milliseconds of the clock */
  add(count: number, now: number): void {
    const { reserveMs } = this.#settings;
    this.#kept += count;
    const latest = this.#made.at(-1);
    const until = now + reserveMs;
    if (latest !== undefined && now - latest.at < reserveMs / PARTS) {
      latest.count += count;
      latest.until = until;
    } else this.#made.push({ at: now, until, count });
  }

  /** A player has come, sent or not: for it no place is kept any more. */
  arrive(): void {
    this.#arrived++;
    const [oldest] = this.#made;
    if (oldest === undefined) return;
    this.#kept--;
    if (--oldest.count === 0) this.#made.shift();
  }

  /** The relay counts all who have come by now. */
  settle(): void {
    this.#arrived = 0;
  }

  /** Gives up those whose time is over. @returns whether there were any */
  expire(now: number): boolean {
    const before = this.#kept;
    for (let [oldest] = this.#made; oldest !== undefined && oldest.until <= now; [oldest] = this.#made) {
      this.#kept -= oldest.count;
      this.#made.shift();
    }
    return this.#kept < before;
  }
}
