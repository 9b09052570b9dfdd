import type { SessionActivity } from '../../session/session.ts';

/** How many activities are asked about at a time: a server that is asked for each shall not be flooded at a reload. */
const AT_A_TIME = 32;

/** Asks again whether activities may go on, in the order in which they came, a few at a time. */
export class Recheck {
  readonly #waiting = new Set<SessionActivity>();
  #asking = 0;

  /** It is asked about once, however often it is added before its turn. */
  add(activity: SessionActivity): void {
    this.#waiting.add(activity);
    this.#askMore();
  }

  #askMore(): void {
    for (const activity of this.#waiting) {
      if (this.#asking >= AT_A_TIME) return;
      this.#waiting.delete(activity);
      const asked = activity.askAgain?.();
      if (asked === undefined) continue; // over by now
      this.#asking++;
      void asked.finally(() => {
        this.#asking--;
        this.#askMore();
      });
    }
  }
}
