import type { Clock } from '../clock.ts';

type State =
  | { readonly at: 'none' }
  | { readonly at: 'running'; readonly ms: number; readonly stop: () => void }
  | { readonly at: 'held'; readonly ms: number };

/** How long a stream may yet get a source that it lacks; held while there is somebody who is to be it. */
export class Grace {
  readonly #clock: Clock;
  readonly #onOver: () => void;
  #state: State = { at: 'none' };

  constructor(clock: Clock, onOver: () => void) {
    this.#clock = clock;
    this.#onOver = onOver;
  }

  get isRunning(): boolean {
    return this.#state.at === 'running';
  }

  /** Begins, or begins anew. */
  begin(ms: number): void {
    this.stop();
    const stop = this.#clock.after(ms, () => {
      this.#state = { at: 'none' };
      this.#onOver();
    });
    this.#state = { at: 'running', ms, stop };
  }

  /** Does not come to its end, if it runs, until it goes on. */
  hold(): void {
    if (this.#state.at !== 'running') return;
    this.#state.stop();
    this.#state = { at: 'held', ms: this.#state.ms };
  }

  /** Begins anew if it was held. */
  goOn(): void {
    if (this.#state.at === 'held') this.begin(this.#state.ms);
  }

  stop(): void {
    if (this.#state.at === 'running') this.#state.stop();
    this.#state = { at: 'none' };
  }
}
