import { readKeySet } from '../../../../credentials/jwt/key-set.ts';
import { KeyError, type VerifyingKey } from '../../../../credentials/jwt/verifying-key.ts';
import type { Log } from '../../../../log.ts';
import { type HttpUrl, parseMediaUrl } from '../../../../media-url.ts';
import type { Connect } from '../../../../session/upstream/server-connector.ts';
import type { Clock } from '../../../../stream/clock.ts';
import { displayUrl } from '../../../../url-secrets.ts';
import { fetchKeySet } from './fetch-key-set.ts';
import type { KeySource } from './key-source.ts';

/** A fetch that takes longer has failed, milliseconds. */
const FETCH_MS = 5000;

/** After a look at the URL that was not due, or one that failed, the next comes no earlier, milliseconds. */
const COOLDOWN_MS = 30_000;

/** When the keys of a URL are fetched again, and how long they hold without that, milliseconds. */
export interface KeySetTimes {
  readonly refreshMs: number;
  readonly keepMs: number;
}

/** What a source needs of the relay. */
export interface KeySetHost {
  readonly clock: Clock;
  readonly log: Log;
  readonly connect: Connect;
}

interface FetchedKeys {
  readonly text: string;
  readonly keys: readonly VerifyingKey[];
  /** Milliseconds of the clock. */
  readonly at: number;
}

/** The keys behind a URL. They are fetched once by {@link begin}, and then for whoever needs them: nothing runs where nobody asks. */
export class KeySetSource implements KeySource {
  readonly #url: HttpUrl;
  readonly #shownUrl: string;
  readonly #host: KeySetHost;
  readonly #closing = new AbortController();
  #times: KeySetTimes;
  #fetched: FetchedKeys | undefined;
  #fetching: Promise<void> | undefined;
  #isAway = false;
  #notBefore = 0;

  /** @throws TypeError when the URL is none of HTTP */
  constructor(url: string, times: KeySetTimes, host: KeySetHost) {
    const read = parseMediaUrl(url);
    if (read?.protocol !== 'http') throw new TypeError('no URL of a key set');
    this.#url = read;
    this.#shownUrl = displayUrl(url);
    this.#times = times;
    this.#host = host;
  }

  /** Fetches the keys, before somebody needs them. */
  begin(): void {
    if (this.#fetched === undefined && this.#mayFetch) void this.#fetch();
  }

  /** Takes other times over. */
  configure(times: KeySetTimes): void {
    this.#times = times;
  }

  /** The keys of now, the same list as long as they are the same; undefined where they are not known, or too old to be used at once. */
  get current(): readonly VerifyingKey[] | undefined {
    if (this.#fetched === undefined) return undefined;
    const { refreshMs } = this.#times;
    const age = this.#host.clock.now() - this.#fetched.at;
    if (age >= refreshMs && this.#mayFetch) void this.#fetch();
    // so old only where nobody has asked for long, or the URL is away
    const isStale = age >= 2 * refreshMs && this.#fetching !== undefined && !this.#isAway;
    return isStale ? undefined : this.#kept(age);
  }

  /** The keys as soon as they are there; undefined where they cannot be had. */
  async keys(): Promise<readonly VerifyingKey[] | undefined> {
    this.begin();
    return this.current ?? (await this.#settled());
  }

  /** Looks whether there is a key that was not there before, at most once in a while; then the keys. */
  async lookAgain(): Promise<readonly VerifyingKey[] | undefined> {
    if (this.#mayFetch) {
      this.#notBefore = this.#host.clock.now() + COOLDOWN_MS;
      void this.#fetch();
    }
    return this.#settled();
  }

  /** Gives up what is being fetched, and fetches nothing more. */
  close(): void {
    this.#closing.abort();
  }

  get #mayFetch(): boolean {
    return (
      this.#fetching === undefined &&
      !this.#closing.signal.aborted &&
      this.#host.clock.now() >= this.#notBefore
    );
  }

  async #settled(): Promise<readonly VerifyingKey[] | undefined> {
    await this.#fetching;
    return this.#fetched && this.#kept(this.#host.clock.now() - this.#fetched.at);
  }

  #kept(age: number): readonly VerifyingKey[] | undefined {
    return age < this.#times.refreshMs + this.#times.keepMs ? this.#fetched?.keys : undefined;
  }

  /** Resolves when it is over, whatever came of it. */
  #fetch(): Promise<void> {
    this.#fetching ??= this.#load()
      .then(
        (text) => this.#take(text),
        (error: unknown) => this.#onFailed(error),
      )
      .finally(() => {
        this.#fetching = undefined;
      });
    return this.#fetching;
  }

  async #load(): Promise<string> {
    const { clock, connect } = this.#host;
    const late = new AbortController();
    const stopWaiting = clock.after(FETCH_MS, () =>
      late.abort(new Error(`no whole answer within ${FETCH_MS} ms`)),
    );
    try {
      return await fetchKeySet(this.#url, connect, AbortSignal.any([late.signal, this.#closing.signal]));
    } finally {
      stopWaiting();
    }
  }

  #take(text: string): void {
    const at = this.#host.clock.now();
    const former = this.#fetched?.text === text ? this.#fetched.keys : undefined;
    try {
      const keys = former ?? readKeySet(text);
      if (former === undefined || this.#isAway) {
        const count = `${keys.length} key${keys.length === 1 ? '' : 's'}`;
        this.#host.log.info('key-set', `${this.#shownUrl} holds ${count} for tokens`, {
          url: this.#shownUrl,
        });
      }
      this.#fetched = { text, keys, at };
      this.#isAway = false;
    } catch (error) {
      if (!(error instanceof KeyError)) throw error;
      this.#onFailed(error);
    }
  }

  #onFailed(error: unknown): void {
    if (this.#closing.signal.aborted) return;
    const wasAway = this.#isAway;
    this.#isAway = true;
    this.#notBefore = this.#host.clock.now() + COOLDOWN_MS;
    if (wasAway) return;
    const { message } = error as Error;
    const what =
      this.#fetched === undefined ? 'no token can be checked' : 'the old keys are kept for a while';
    const text = `the keys of ${this.#shownUrl} cannot be had, ${what}: ${message}`;
    this.#host.log.error('key-set', text, { url: this.#shownUrl });
  }
}
