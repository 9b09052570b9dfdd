/** More sources than this do not pause at a time. */
export const MAX_PAUSED = 1000;

/**
 * The sources of a thread that have paused. Nobody is connected for one, so no limit on connections bounds them: of too many the one
 * that has paused for longest is given up.
 */
export class PausedSources {
  /** What gives each up, by the key of its stream, in the order in which they have paused. */
  readonly #giveUp = new Map<string, () => void>();

  /** A source has paused. @param giveUp - does nothing where it is not the stream's any more */
  add(key: string, giveUp: () => void): void {
    this.delete(key);
    this.#giveUp.set(key, giveUp);
    if (this.#giveUp.size <= MAX_PAUSED) return;
    const [oldest] = this.#giveUp;
    if (oldest === undefined) return;
    this.#giveUp.delete(oldest[0]);
    oldest[1]();
  }

  /** It has gone on, or the stream is another's or over. */
  delete(key: string): void {
    this.#giveUp.delete(key);
  }
}
