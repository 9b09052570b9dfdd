import type { RosterEntry } from '../../../config/house/roster-settings.ts';
import type { StreamSettings } from '../../../config/stream-settings.ts';
import type { Fleet, RelayReport } from '../fleet/fleet.ts';
import type { Roster } from '../roster/roster.ts';
import type { Decisions } from '../store/house-store.ts';
import { type RoundTrips, SOURCE } from './round-trips.ts';
import type { RoutableRelay } from './route-tree.ts';

/** Nobody has more that pull from it, whatever its limits. */
const MAX_CHILDREN = 100;

/** This part of what a relay may serve is for players, whoever pulls from it. */
const PART_FOR_PLAYERS = 0.5;

/** What a relay that receives nothing yet will take of its parent, bits per second. */
const ASSUMED_BITS_PER_SECOND = 4_000_000;

/** So many of the nearest are looked at as parents: in a tree whose ways are short no relay is far from its own. */
const MAX_WAYS = 16;

/** So many original sources are measured: more say nothing more. */
const MAX_SOURCES = 4;

/** What routes depend on. */
export interface RouteGround {
  readonly roster: Pick<Roster, 'entries'>;
  readonly fleet: Pick<Fleet, 'isOnline' | 'report'>;
  readonly streams: readonly StreamSettings[];
  readonly routes: Decisions['routes'];
  readonly roundTrips: RoundTrips;
}

/** All relays that are switched on, as they can be hung: those that are offline stay where they are, and nobody comes to them. */
export function routableRelays({ roster, fleet, streams, routes, roundTrips }: RouteGround): RoutableRelay[] {
  const entries = [...roster.entries.values()].filter(({ enabled }) => enabled);
  const hasRoots = isKnownWhereStreamsBegin(streams, entries);
  const parents = new Set(entries.filter((entry) => mayBeParent(entry, fleet)).map(({ id }) => id));
  return entries.map((entry): RoutableRelay => {
    const { id, parent } = entry;
    const ways = roundTrips.nearest(id).filter(([target]) => target === SOURCE || parents.has(target));
    const near = ways.filter(([target], at) => at < MAX_WAYS || target === SOURCE || target === parent);
    return {
      ...{ id, parent },
      isFree: hasRoots && !isFixed(entry, routes) && fleet.isOnline(id),
      maxChildren: parents.has(id) ? maxChildrenOf(entry, fleet.report(id)) : 0,
      roundTrips: new Map(near.map(([target, ms]) => [target === SOURCE ? null : target, ms])),
    };
  });
}

/** Whether people decide on its parent: it is written by hand, or they have said that streams are published to it. */
export function isFixed(entry: RosterEntry, routes: Decisions['routes']): boolean {
  const decided = Object.hasOwn(routes, entry.id) ? routes[entry.id] : null;
  return entry.parent !== (decided ?? null) || takesByName(entry);
}

/** The address that others pull from it by, and so the one to measure; null where nobody can. */
export function pullUrl({ urls }: RosterEntry): string | null {
  return urls.rtmps ?? urls.rtmp ?? urls.https ?? urls.http;
}

/** Addresses of the original sources, each once. */
export function sourceUrls(streams: readonly StreamSettings[]): string[] {
  const urls = streams.flatMap(({ source }) => (source.type === 'pull' ? source.urls.slice(0, 1) : []));
  const hosts = new Map(urls.map((url) => [/^\w+:\/\/[^/]*/.exec(url)?.[0] ?? url, url]));
  return [...hosts.values()].slice(0, MAX_SOURCES);
}

/**
 * Whether there is a source for a tree to begin at: streams that may be published anywhere have none, and whoever is hung below another
 * relay takes no publishers any more unless its `ingest` says so.
 */
function isKnownWhereStreamsBegin(
  streams: readonly StreamSettings[],
  entries: readonly RosterEntry[],
): boolean {
  const isPublished = streams.some(({ source }) => source.type === 'push');
  return !isPublished || entries.some(takesByName);
}

function takesByName({ ingest }: RosterEntry): boolean {
  return ingest !== null && ingest.length > 0;
}

function mayBeParent(entry: RosterEntry, fleet: RouteGround['fleet']): boolean {
  return pullUrl(entry) !== null && fleet.isOnline(entry.id) && fleet.report(entry.id)?.state !== 'draining';
}

function maxChildrenOf({ limits }: RosterEntry, report: RelayReport | undefined): number {
  const { players, sentBitsPerSecond } = limits;
  const part = 1 - PART_FOR_PLAYERS;
  // to the next power of two: what comes goes up and down, and nobody is to be hung elsewhere for that
  const childBits = 2 ** Math.ceil(Math.log2(report?.receivedBitsPerSecond || ASSUMED_BITS_PER_SECOND));
  const byPlayers = players === null ? MAX_CHILDREN : players * part;
  const byBits = sentBitsPerSecond === null ? MAX_CHILDREN : (sentBitsPerSecond * part) / childBits;
  return Math.max(1, Math.floor(Math.min(MAX_CHILDREN, byPlayers, byBits)));
}
