/** Hears of something as it comes. */
export type Hearer<T> = (one: T) => void;

/** The latest of something, and whoever wants to hear of what comes. */
export class Latest<T> {
  readonly #most: number;
  readonly #kept: T[] = [];
  readonly #hearers = new Set<Hearer<T>>();

  /** @param most - so many are kept */
  constructor(most: number) {
    this.#most = most;
  }

  /** What is kept, oldest first. */
  get all(): readonly T[] {
    return [...this.#kept];
  }

  /** One more has come; the oldest makes room. */
  add(one: T): void {
    this.#kept.push(one);
    if (this.#kept.length > this.#most) this.#kept.shift();
    for (const hear of this.#hearers) hear(one);
  }

  /** Tells of what comes from now on. @returns tells nothing any more */
  follow(hear: Hearer<T>): () => void {
    this.#hearers.add(hear);
    return () => this.#hearers.delete(hear);
  }
}
