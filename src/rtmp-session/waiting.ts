import { SessionTimeoutError } from './session-error.ts';

/** How long somebody waits. */
export interface WaitOptions {
  /** Milliseconds; `Infinity` for as long as the session lasts. Each method has a default of its own. */
  readonly timeoutMs?: number | undefined;
  /** Gives up: the promise rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

/** The longest time that a timer takes, milliseconds. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/** Something that is waited for within a time, unless a signal aborts. It is settled once. */
export class Waiting<T> {
  readonly promise: Promise<T>;
  readonly #resolvers: PromiseWithResolvers<T> = Promise.withResolvers<T>();
  readonly #signal: AbortSignal | undefined;
  readonly #onSettled: () => void;
  readonly #onAbort: () => void;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #isSettled = false;

  /**
   * @param what - for the error when the time is over
   * @param onGivenUp - is called when the time is over or the signal aborts
   * @param onSettled - is called however it ends
   */
  constructor(
    what: string,
    { timeoutMs = Number.POSITIVE_INFINITY, signal }: WaitOptions,
    onGivenUp: () => void,
    onSettled: () => void,
  ) {
    this.promise = this.#resolvers.promise;
    this.#signal = signal;
    this.#onSettled = onSettled;
    if (timeoutMs <= MAX_TIMER_MS) {
      this.#timer = setTimeout(() => {
        if (this.reject(new SessionTimeoutError(what, timeoutMs))) onGivenUp();
      }, timeoutMs);
    }
    this.#onAbort = () => {
      if (this.reject(signal?.reason)) onGivenUp();
    };
    signal?.addEventListener('abort', this.#onAbort);
  }

  resolve(value: T): void {
    if (this.#settle()) this.#resolvers.resolve(value);
  }

  /** @returns whether it was not settled before */
  reject(error: unknown): boolean {
    const isFirst = this.#settle();
    if (isFirst) this.#resolvers.reject(error);
    return isFirst;
  }

  #settle(): boolean {
    if (this.#isSettled) return false;
    this.#isSettled = true;
    clearTimeout(this.#timer);
    this.#signal?.removeEventListener('abort', this.#onAbort);
    this.#onSettled();
    return true;
  }
}
