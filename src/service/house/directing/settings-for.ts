import { createHash } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { KeyPattern } from '../../../config/key-pattern.ts';
import type { PullSource, StreamSettings } from '../../../config/stream-settings.ts';
import type { MediaFormat } from '../../../media-url.ts';
import { SHORT_PREFIX } from '../../../protocol/mmsh/mmsh-path.ts';
import type { FleetSettings } from '../../fleet-link/house-message.ts';
import { commonPattern } from './common-pattern.ts';
import type { FleetMap } from './fleet-map.ts';
import type { PlannedRelay } from './fleet-plan.ts';
import { formatsOf, publishedFormats, upstreamUrls } from './upstream-urls.ts';

/** What the configuration of relays depends on besides the plan, at this moment. */
export interface FleetNow {
  /** Whether a relay is to be left. */
  isDraining(relay: string): boolean;
  /** The relay that each stream is published to, by key; another object when anything has changed. */
  readonly publishedAt: ReadonlyMap<string, string>;
  /** Public keys of permits, by id. */
  readonly permitKeys: Readonly<Record<string, string>>;
  /** What a relay shows another one to play from it, as a part of a query; null: nothing. */
  permitFor(relay: string, at: string): string | null;
}

/** As if nothing were going on. */
export const quietFleet: FleetNow = {
  isDraining: () => false,
  publishedAt: new Map(),
  permitKeys: {},
  permitFor: () => null,
};

/** So many relays are named behind those above, for when all of those are away. */
const MAX_FALLBACKS = 4;

/** So many parts of an entry are known by who takes their publishers. */
const MAX_PARTS = 200;

/** So many entries can be given to a relay, those for single streams that are published elsewhere included. */
const MAX_ENTRIES = 1000;

/** What entries for single streams may take in a message, characters. */
const MAX_ROUTED_LENGTH = 600_000;

/** Where there is nothing to be taken from an entry. */
const onDemand: Omit<PullSource, 'urls'> = {
  ...{
    type: 'pull',
    format: 'auto',
    start: 'onDemand',
    lingerMs: 10_000,
    silenceMs: 5000,
    redirectHosts: [],
  },
};

/** What is forwarded and recorded where a stream comes from is not again where it is pulled from there. */
const nothingElse: Pick<StreamSettings, 'forward' | 'record'> = { forward: [], record: 'onWish' };

/** What a relay is to go by. A pure function; undefined for a relay that is not planned. */
export function settingsFor(map: FleetMap, relay: string, now: FleetNow): FleetSettings | undefined {
  const planned = map.get(relay);
  if (planned === undefined) return undefined;
  const { players, sentBitsPerSecond } = planned.limits;
  return {
    streams: new StreamsFor(map, planned, now).entries(),
    limits: { players, sentBitsPerSecond },
    access: { permitKeys: sorted(now.permitKeys), houseOnly: map.plan.houseOnly },
  };
}

/** What settings are called: the same for the same. */
export function revisionOf(settings: FleetSettings): string {
  return createHash('sha256').update(JSON.stringify(settings)).digest('base64url').slice(0, 16);
}

/** The streams of one relay. */
class StreamsFor {
  readonly #map: FleetMap;
  readonly #relay: PlannedRelay;
  readonly #now: FleetNow;
  readonly #ancestors: readonly PlannedRelay[];

  constructor(map: FleetMap, relay: PlannedRelay, now: FleetNow) {
    this.#map = map;
    this.#relay = relay;
    this.#now = now;
    this.#ancestors = map.ancestorsOf(relay.id, (id) => now.isDraining(id));
  }

  entries(): StreamSettings[] {
    const planned = this.#map.plan.streams
      .flatMap((entry) =>
        entry.source.type === 'pull' ? [this.#pulled(entry, entry.source)] : this.#published(entry),
      )
      .slice(0, MAX_ENTRIES);
    return withoutShadowed([...this.#routed(MAX_ENTRIES - planned.length), ...planned]);
  }

  /** A stream of which the original source is known. */
  #pulled(entry: StreamSettings, source: PullSource): StreamSettings {
    const isFirst = this.#relay.id === this.#map.firstRoot;
    if (this.#ancestors.length === 0) return isFirst ? entry : { ...entry, ...nothingElse };
    const urls = [...this.#urlsOf(this.#ancestors, formatsOf(entry)), ...source.urls];
    return { ...entry, source: { ...source, start: 'onDemand', urls }, ...nothingElse };
  }

  /** Streams that are published somewhere: here, or they come from above, or from where they may be published. */
  #published(entry: StreamSettings): StreamSettings[] {
    const taken = this.#map.takenOf(this.#relay, entry);
    if (taken === 'all') return [entry];
    const takers = this.#takersOf(entry);
    // whoever takes only a part would look for the rest above, perhaps here
    const parts = this.#ancestors.length === 0 ? this.#parts(entry, takers) : [];
    const all = takers.filter((relay) => this.#map.takenOf(relay, entry) === 'all').slice(0, MAX_FALLBACKS);
    return [
      ...taken.map((match) => ({ ...entry, match })),
      ...[...parts, { match: entry.match, relays: [...this.#ancestors, ...all] }]
        .filter(({ relays }) => relays.length > 0)
        .flatMap(({ match, relays }) => this.#pulledFrom(relays, match)),
    ];
  }

  /** Streams with short addresses stand by themselves where they are looked for in another order: they are likely to be ASF. */
  #pulledFrom(relays: readonly PlannedRelay[], match: string): StreamSettings[] {
    const short = commonPattern(`${SHORT_PREFIX}**`, match);
    const entries = [...new Set([short ?? match, match])].map((part) => ({
      match: part,
      source: { ...onDemand, urls: this.#urlsOf(relays, publishedFormats(part)) },
      ...nothingElse,
    }));
    const [first, last] = [entries[0], entries.at(-1)];
    return isDeepStrictEqual(first?.source, last?.source) ? entries.slice(-1) : entries;
  }

  /** Others that take publishers of an entry, those that are to be left last. */
  #takersOf(entry: StreamSettings): PlannedRelay[] {
    const takers = this.#map
      .takersOf(entry)
      .filter((relay) => relay !== this.#relay && !this.#ancestors.includes(relay));
    const isLeft = ({ id }: PlannedRelay): boolean => this.#now.isDraining(id);
    return [...takers.filter((relay) => !isLeft(relay)), ...takers.filter(isLeft)];
  }

  /** Parts of an entry, each with those that take publishers of all of it. */
  #parts(
    entry: StreamSettings,
    takers: readonly PlannedRelay[],
  ): { readonly match: string; readonly relays: readonly PlannedRelay[] }[] {
    const parts = new Map<string, PlannedRelay[]>();
    for (const relay of takers) {
      const taken = this.#map.takenOf(relay, entry);
      if (taken === 'all') continue;
      for (const match of taken) {
        const relays = parts.get(match) ?? [];
        if (relays.length < MAX_FALLBACKS) relays.push(relay);
        if (parts.size < MAX_PARTS) parts.set(match, relays);
      }
    }
    return Array.from(parts, ([match, relays]) => ({ match, relays }));
  }

  /** Streams that are published to another relay now, and would be looked for here, or where nobody knows. */
  #routed(most: number): StreamSettings[] {
    const routed: StreamSettings[] = [];
    let length = 0;
    for (const { key, relay } of this.#map.routable(this.#now.publishedAt)) {
      const isAsked = this.#ancestors.length === 0 || this.#map.takes(this.#relay, key);
      if (!isAsked || relay === this.#relay) continue;
      const urls = this.#urlsOf([relay], publishedFormats(key));
      length += key.length + urls.join('').length + 200;
      if (routed.length >= most || length > MAX_ROUTED_LENGTH) break;
      routed.push({ match: key, source: { ...onDemand, urls }, ...nothingElse });
    }
    return routed;
  }

  #urlsOf(relays: readonly PlannedRelay[], formats: readonly MediaFormat[]): string[] {
    return relays.flatMap(({ id, urls }) => {
      const permit = this.#now.permitFor(this.#relay.id, id);
      return upstreamUrls(urls, formats).map((url) => (permit === null ? url : `${url}?${permit}`));
    });
  }
}

/** A relay takes no entry that earlier ones leave no key for. */
function withoutShadowed(entries: readonly StreamSettings[]): StreamSettings[] {
  const exact = new Set<string>();
  const wide: KeyPattern[] = [];
  return entries.filter(({ match }) => {
    const pattern = new KeyPattern(match);
    if (exact.has(match) || pattern.isCoveredBy(wide)) return false;
    if (pattern.isExact) exact.add(match);
    else wide.push(pattern);
    return true;
  });
}

function sorted(record: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1)));
}
