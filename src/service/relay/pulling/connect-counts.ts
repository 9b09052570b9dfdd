import type { UpstreamEnd } from '../../../session/upstream/upstream.ts';

/** How a try of an upstream went; `ok`: a frame came. */
export type ConnectOutcome = 'ok' | UpstreamEnd['kind'];

/** Tries of one URL by outcome. */
export interface ConnectCount {
  /** Without credentials. */
  readonly url: string;
  readonly outcome: ConnectOutcome;
  readonly count: number;
}

/** Redirects may lead to ever new places: so many different ones are counted by themselves. */
const MAX_COUNTS = 100;

/** How often each URL of a pull was tried, by outcome. */
export class ConnectCounts {
  readonly #counts = new Map<string, ConnectCount>();

  /** @param url - as it may be shown */
  add(url: string, outcome: ConnectOutcome): void {
    const key = `${outcome} ${url}`;
    const count = this.#counts.get(key)?.count ?? 0;
    if (count === 0 && this.#counts.size >= MAX_COUNTS) return;
    this.#counts.set(key, { url, outcome, count: count + 1 });
  }

  values(): IterableIterator<ConnectCount> {
    return this.#counts.values();
  }
}
