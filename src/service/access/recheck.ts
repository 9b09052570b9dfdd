import type { SessionActivity } from '../../session/session.ts';
import { type Clock, systemClock } from '../../stream/clock.ts';

/** How many activities are asked about at a time: a server that is asked for each shall not be flooded at a reload. */
const AT_A_TIME = 32;

/** Asks again whether activities may go on, in the order in which they came, a few at a time and in a turn. */
export class Recheck {
  readonly #clock: Clock;
  readonly #waiting = new Set<SessionActivity>();
  #asking = 0;
  /** Asked about in this turn: what is answered at once costs time all the same. */
  #asked = 0;

  constructor(clock: Clock = systemClock) {
    this.#clock = clock;
  }

  /** It is asked about once, however often it is added before its turn. */
  add(activity: SessionActivity): void {
    this.#waiting.add(activity);
    this.#askMore();
  }

  #askMore(): void {
    for (const activity of this.#waiting) {
      if (this.#asking >= AT_A_TIME || this.#asked >= AT_A_TIME) return;
      this.#waiting.delete(activity);
      const asked = activity.askAgain?.();
      if (asked === undefined) continue; // over by now
      this.#asking++;
      if (this.#asked++ === 0) this.#clock.soon(() => this.#onTurn());
      void asked.finally(() => {
        this.#asking--;
        this.#askMore();
      });
    }
  }

  #onTurn(): void {
    this.#asked = 0;
    this.#askMore();
  }
}
