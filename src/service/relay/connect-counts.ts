/**
 * How a try to connect with another server can go: each goes one of these ways. `ok`: media came, or may be sent there;
 * `cancelled`: the relay itself gave it up before that was known.
 */
export const connectOutcomes = [
  'ok',
  'cancelled',
  'denied',
  'ended',
  'lost',
  'not-found',
  'redirect',
  'refused',
] as const;

/** One of {@link connectOutcomes}. */
export type ConnectOutcome = (typeof connectOutcomes)[number];

/** Tries of one URL by outcome. */
export interface ConnectCount {
  /** Without credentials. */
  readonly url: string;
  readonly outcome: ConnectOutcome;
  readonly count: number;
}

/** Redirects may lead to ever new places: so many are counted besides the URLs that are configured. */
const MAX_ELSEWHERE = 16;

/** How often each URL was tried, by outcome. */
export class ConnectCounts {
  readonly #outcomes: readonly ConnectOutcome[];
  #maxUrls = 0;
  readonly #counts = new Map<string, Map<ConnectOutcome, number>>();

  /**
   * @param urls - as they may be shown; each is there from the start, with nothing counted
   * @param outcomes - those that there can be
   */
  constructor(urls: readonly string[], outcomes: readonly ConnectOutcome[] = connectOutcomes) {
    this.#outcomes = outcomes;
    this.configure(urls);
  }

  /** Other URLs are configured: of those that are not any more nothing is shown. */
  configure(urls: readonly string[]): void {
    this.#maxUrls = urls.length + MAX_ELSEWHERE;
    for (const url of this.#counts.keys()) if (!urls.includes(url)) this.#counts.delete(url);
    for (const url of urls) this.#countsOf(url);
  }

  /** @param url - as it may be shown */
  add(url: string, outcome: ConnectOutcome): void {
    const counts = this.#countsOf(url);
    counts?.set(outcome, (counts.get(outcome) ?? 0) + 1);
  }

  *values(): Generator<ConnectCount> {
    for (const [url, counts] of this.#counts)
      for (const [outcome, count] of counts) yield { url, outcome, count };
  }

  #countsOf(url: string): Map<ConnectOutcome, number> | undefined {
    const known = this.#counts.get(url);
    if (known !== undefined || this.#counts.size >= this.#maxUrls) return known;
    const counts = new Map(this.#outcomes.map((outcome) => [outcome, 0]));
    this.#counts.set(url, counts);
    return counts;
  }
}
