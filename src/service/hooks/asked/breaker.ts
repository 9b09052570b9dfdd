import type { Clock } from '../../../stream/clock.ts';
import { Backoff } from '../../listen/backoff.ts';

/** So many times in a row without an answer, and nobody asks for a while. */
const MOST_FAILURES = 5;

const FIRST_PAUSE_MS = 1000;
const LONGEST_PAUSE_MS = 30_000;

/** Whether a server is asked: as always, not at all, or by one to see whether it is back. */
export const breakerStates = ['closed', 'open', 'half-open'] as const;

/** One of {@link breakerStates}. */
export type BreakerState = (typeof breakerStates)[number];

type State =
  | { readonly is: 'closed'; readonly failures: number }
  | { readonly is: 'open'; readonly until: number }
  | { readonly is: 'half-open' };

/** A leave to ask, of which exactly one thing becomes. */
export interface Attempt {
  /** The server is there. */
  succeed(): void;
  /** It gave no answer. */
  fail(): void;
  /** Nobody knows. */
  abandon(): void;
}

/** Spares a server that does not answer, and those who would wait for it. */
export class Breaker {
  readonly #clock: Clock;
  readonly #onChange: (isOpen: boolean) => void;
  readonly #backoff = new Backoff(FIRST_PAUSE_MS, LONGEST_PAUSE_MS);
  #state: State = { is: 'closed', failures: 0 };

  /** @param onChange - told once when the server is given up, and once when it is back */
  constructor(clock: Clock, onChange: (isOpen: boolean) => void) {
    this.#clock = clock;
    this.#onChange = onChange;
  }

  get state(): BreakerState {
    return this.#state.is;
  }

  /** A leave to ask; undefined while nobody may. */
  attempt(): Attempt | undefined {
    const state = this.#state;
    if (state.is === 'closed') {
      return { succeed: () => this.#onSuccess(), fail: () => this.#onFailure(), abandon: () => {} };
    }
    if (state.is === 'half-open' || state.until > this.#clock.now()) return undefined;
    this.#state = { is: 'half-open' };
    return {
      succeed: () => this.#onSuccess(),
      fail: () => this.#open(),
      abandon: () => {
        if (this.#state.is === 'half-open') this.#state = state;
      },
    };
  }

  #onSuccess(): void {
    const wasClosed = this.#state.is === 'closed';
    this.#state = { is: 'closed', failures: 0 };
    if (wasClosed) return;
    this.#backoff.reset();
    this.#onChange(false);
  }

  /** Of one that was let through while the breaker was closed, which it may not be any more. */
  #onFailure(): void {
    if (this.#state.is !== 'closed') return;
    const failures = this.#state.failures + 1;
    this.#state = { is: 'closed', failures };
    if (failures < MOST_FAILURES) return;
    this.#open();
    this.#onChange(true);
  }

  #open(): void {
    this.#state = { is: 'open', until: this.#clock.now() + this.#backoff.next() };
  }
}
