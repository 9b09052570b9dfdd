import { KeyPattern } from '../../../config/key-pattern.ts';
import type { PageWish } from '../../admin/list-wish.ts';
import type { ListPart } from '../../admin/relay-status.ts';
import type { Fleet, RelayReport } from '../fleet/fleet.ts';
import { firstPart } from './first-part.ts';
import type { FleetStreamStatus, StreamAtRelay } from './fleet-status.ts';

/** So many of a stream's relays are told of. */
const MOST_RELAYS = 50;

/** Which streams are wanted. */
export interface StreamWish extends PageWish {
  /** A key, or a pattern. */
  readonly stream?: string | undefined;
  /** A relay that has it. */
  readonly relay?: string | undefined;
}

/** The streams of a fleet, by key. @param fleet - only relays that are online count */
export function listFleetStreams(
  fleet: Fleet,
  { stream, relay, ...wish }: StreamWish,
): ListPart<FleetStreamStatus> {
  const online = [...fleet.reports()].filter((report) => fleet.isOnline(report.relay));
  const pattern = stream === undefined ? undefined : new KeyPattern(stream);
  const keys = new Set<string>();
  for (const report of online) {
    if (relay !== undefined && report.relay !== relay) continue;
    if (pattern?.isExact === true) {
      if (report.streams.has(pattern.pattern)) keys.add(pattern.pattern);
    } else for (const key of report.streams.keys()) if (pattern?.matches(key) !== false) keys.add(key);
  }
  const { items, next } = firstPart(keys, (key) => key, wish);
  return { items: items.map((key) => statusOf(key, online)), next };
}

function statusOf(stream: string, online: readonly RelayReport[]): FleetStreamStatus {
  const at = online.flatMap(({ relay, streams }): StreamAtRelay[] => {
    const found = streams.get(stream);
    if (found === undefined) return [];
    const { state, players, receivedBitsPerSecond, keyframeAgeSeconds, source } = found;
    return [{ relay, state, players, receivedBitsPerSecond, keyframeAgeSeconds, source }];
  });
  const states = new Set(at.map(({ state }) => state));
  return {
    stream,
    state: states.has('live') ? 'live' : states.has('waiting') ? 'waiting' : 'away',
    players: at.reduce((sum, { players }) => sum + players, 0),
    publishedAt: at.find(({ source }) => source === 'publisher')?.relay ?? null,
    relayCount: at.length,
    relays: at.sort((one, other) => other.players - one.players).slice(0, MOST_RELAYS),
  };
}
