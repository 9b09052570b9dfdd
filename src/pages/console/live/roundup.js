// @ts-check

/** What comes is counted for so long before anybody is told, milliseconds. */
const COUNT_MS = 10_000;

/** Counts what may come in swarms, so that whoever listens hears one sentence about it and not each. */
export class Roundup {
  #tell;
  #count = 0;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;

  /** @param {(count: number) => void} tell */
  constructor(tell) {
    this.#tell = tell;
  }

  /** One more has come. */
  add() {
    this.#count++;
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.#tell(this.#count);
      this.#count = 0;
    }, COUNT_MS);
  }
}
