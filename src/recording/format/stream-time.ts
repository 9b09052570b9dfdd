/** The times of one file, which begins at 0, of the times of its stream, which wrap. */
export class StreamTime {
  #last: number | undefined;
  #lastMs = 0;

  /** Milliseconds from the first time that was asked for; 0 for any before it. @param timestamp - milliseconds, uint32 */
  since(timestamp: number): number {
    const step = this.#last === undefined ? 0 : (timestamp - this.#last) | 0; // across the wrap, forward or back
    this.#last = timestamp;
    this.#lastMs += step;
    return Math.max(0, this.#lastMs);
  }
}
