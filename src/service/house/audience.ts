import { bugText } from '../../errors.ts';
import type { Log } from '../../log.ts';

/** Those who want to be told of something: one that throws harms neither the others nor the teller. */
export class Audience<Told extends readonly unknown[]> {
  readonly #log: Log;
  readonly #listeners = new Set<(...told: Told) => void>();

  constructor(log: Log) {
    this.#log = log;
  }

  /** @returns ends it */
  add(listener: (...told: Told) => void): () => void {
    const own = (...told: Told): void => listener(...told); // who asks twice is told twice
    this.#listeners.add(own);
    return () => this.#listeners.delete(own);
  }

  tell(...told: Told): void {
    for (const listener of [...this.#listeners]) {
      try {
        listener(...told);
      } catch (error) {
        this.#log.error('bug', bugText(error));
      }
    }
  }
}
