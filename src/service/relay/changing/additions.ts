import { KeyPattern } from '../../../config/key-pattern.ts';
import type { PullSource, StreamSettings } from '../../../config/stream-settings.ts';
import { expandUrl } from '../../../media-url.ts';
import type { WantedPlace } from '../forwarding/forwards.ts';

/** A stream is pulled because an operator wishes so. */
export interface AddedPull {
  readonly is: 'pull';
  readonly id: string;
  readonly stream: string;
  readonly urls: readonly string[];
}

/** A stream is forwarded because an operator wishes so. */
export interface AddedForward {
  readonly is: 'forward';
  readonly id: string;
  readonly stream: string;
  readonly url: string;
}

/** What operators have added to the streams of the configuration. */
export type Addition = AddedPull | AddedForward;

/** An upstream that sends nothing for so long is given up, milliseconds. */
const SILENCE_MS = 5000;

/** Pulls and forwards that operators have added while the relay runs: entries in front of those of the configuration. */
export class Additions {
  #all: readonly Addition[] = [];

  get all(): readonly Addition[] {
    return this.#all;
  }

  /** These are all from now on. */
  configure(all: readonly Addition[]): void {
    this.#all = all;
  }

  /** The entry of each stream that something was added to, in front of those that are configured. */
  before(configured: readonly StreamSettings[]): readonly StreamSettings[] {
    const patterns = configured.map((entry) => [new KeyPattern(entry.match), entry] as const);
    const entries = [...new Set(this.#all.map(({ stream }) => stream))].flatMap((stream) => {
      const former = patterns.find(([pattern]) => pattern.matches(stream))?.[1];
      const source = this.#sourceOf(stream) ?? former?.source;
      const added = this.forwardsOf(stream).map(({ url }) => url);
      const forward = [...(former?.forward ?? []), ...added];
      const record = former?.record ?? 'onWish';
      return source === undefined ? [] : [{ match: stream, source, forward, record }]; // else nobody may bring it
    });
    return [...entries, ...configured];
  }

  /** Whether a stream is pulled because of an addition. */
  pulls(stream: string): boolean {
    return this.#all.some((one) => one.is === 'pull' && one.stream === stream);
  }

  /** Where a stream is forwarded because of additions. */
  forwardsOf(stream: string): readonly WantedPlace[] {
    return this.#all.flatMap((one) =>
      one.is === 'forward' && one.stream === stream
        ? [{ id: one.id, url: expandUrl(one.url, stream), origin: 'api' as const }]
        : [],
    );
  }

  #sourceOf(stream: string): PullSource | undefined {
    const found = this.#all.find((one) => one.is === 'pull' && one.stream === stream);
    if (found?.is !== 'pull') return undefined;
    const { urls } = found;
    const alone = { start: 'always', lingerMs: 0, silenceMs: SILENCE_MS, redirectHosts: [] } as const;
    return { type: 'pull', urls, format: 'auto', ...alone };
  }
}
