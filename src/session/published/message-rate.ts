import type { Clock } from '../../stream/clock.ts';

/** So many seconds' worth of messages may come at once: what a relay sends that has kept half a minute for who joins late. */
const BURST_SECONDS = 6;

/** Counts the messages of a publisher, and says when they come too fast. */
export class MessageRate {
  readonly #clock: Clock;
  readonly #perSecond: number;
  readonly #onExceeded: (waitMs: number) => void;
  /** How many more may come until it has to be looked at how much time has passed. */
  #left: number;
  #countedAt: number;

  /**
   * @param perSecond - how many may come in a second in the long run
   * @param onExceeded - so many have come that there are to be none for this long, milliseconds
   */
  constructor(clock: Clock, perSecond: number, onExceeded: (waitMs: number) => void) {
    this.#clock = clock;
    this.#perSecond = perSecond;
    this.#onExceeded = onExceeded;
    this.#left = perSecond * BURST_SECONDS;
    this.#countedAt = clock.now();
  }

  /** A message has come. */
  count(): void {
    if (--this.#left < 0) this.#look();
  }

  #look(): void {
    const now = this.#clock.now();
    const grown = this.#left + ((now - this.#countedAt) / 1000) * this.#perSecond;
    this.#left = Math.min(grown, this.#perSecond * BURST_SECONDS);
    this.#countedAt = now;
    if (this.#left < 0) this.#onExceeded((-this.#left / this.#perSecond) * 1000);
  }
}
