/** So many requests may be on the way at a time: those before a missing one are waited for, those behind it kept. */
export const WINDOW_REQUESTS = 8;

/** Where a request stands among those of its tunnel. */
export type RequestPlace =
  /** It is the next one. */
  | 'next'
  /** Others before it have not come. */
  | 'early'
  /** It is the one that is being answered. */
  | 'present'
  /** It was answered lately. */
  | 'repeated'
  /** It was answered long ago, or others before it cannot come in time. */
  | 'outside';

/**
 * The numbers of the requests of one tunnel. Clients count them; connections may bring them in another order, and proxies bring one again
 * when they have no answer to it. Where counting begins is the client's choice.
 */
export class RequestWindow {
  /** The one that is being answered, or was last; undefined before the first. */
  #last: number | undefined;
  #isAnswering = false;

  /** The number of the request that is being answered, or was last. */
  get last(): number | undefined {
    return this.#last;
  }

  placeOf(number: number): RequestPlace {
    const last = this.#last;
    if (last === undefined) return 'next';
    const ahead = number - last;
    if (ahead === 0) return this.#isAnswering ? 'present' : 'repeated';
    if (ahead === 1) return this.#isAnswering ? 'early' : 'next';
    if (ahead > 0) return ahead <= WINDOW_REQUESTS ? 'early' : 'outside';
    return -ahead < WINDOW_REQUESTS ? 'repeated' : 'outside';
  }

  /** The next request is being answered. */
  begin(number: number): void {
    this.#last = number;
    this.#isAnswering = true;
  }

  /** It has its answer. */
  finish(): void {
    this.#isAnswering = false;
  }
}
