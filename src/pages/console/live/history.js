// @ts-check

/** How many values are kept: at one every other second, five minutes. */
export const HISTORY_LENGTH = 150;

/** The latest values of something, as they came. */
export class History {
  #values = new Float64Array(HISTORY_LENGTH).fill(Number.NaN);
  #next = 0;

  /** @param {number | null | undefined} value - null where it was not measured */
  push(value) {
    this.#values[this.#next] = value ?? Number.NaN;
    this.#next = (this.#next + 1) % HISTORY_LENGTH;
  }

  /** @param {number} age - 0 is the latest, up to one less than the length; NaN where it is not known */
  at(age) {
    return this.#values[(this.#next - 1 - age + 2 * HISTORY_LENGTH) % HISTORY_LENGTH] ?? Number.NaN;
  }

  /** The largest of them, 0 where there is none. */
  get peak() {
    let peak = 0;
    for (const value of this.#values) if (value > peak) peak = value;
    return peak;
  }
}
