import { type Clock, every } from '../../stream/clock.ts';

/** How often players of recordings are looked at whose next media is to come, milliseconds. */
const TICK_MS = 100;

/** Wakes all players of recordings of a thread by one timer, which runs while there are any. */
export class PlaybackTicks {
  readonly #clock: Clock;
  readonly #waking = new Set<() => void>();
  #stop: (() => void) | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** @returns a function which ends it */
  add(wake: () => void): () => void {
    this.#waking.add(wake);
    this.#stop ??= every(this.#clock, TICK_MS, () => {
      for (const one of this.#waking) one();
    });
    return () => {
      this.#waking.delete(wake);
      if (this.#waking.size > 0) return;
      this.#stop?.();
      this.#stop = undefined;
    };
  }
}
