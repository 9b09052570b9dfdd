import type { RelayUrlKind, RosterEntry } from '../../../config/house/roster-settings.ts';
import { expandUrl } from '../../../media-url.ts';
import { asfPath, pushPath } from '../../../protocol/mmsh/mmsh-path.ts';
import type { Way } from './choice.ts';

/** How a way leads to a stream. */
interface Road {
  /** Which base address of a relay it begins at: the first one that is there. */
  readonly from: readonly RelayUrlKind[];
  readonly scheme: string;
  /** What stands behind the base address for a key; undefined where no such stream can be reached. */
  place(key: string): string | undefined;
}

const named = (key: string): string => key;
const flv = (key: string): string => `${key}.flv`;

const roads: Readonly<Record<Way, Road>> = {
  rtmp: { from: ['rtmp'], scheme: 'rtmp', place: named },
  rtmps: { from: ['rtmps'], scheme: 'rtmps', place: named },
  'http-flv': { from: ['http'], scheme: 'http', place: flv },
  'https-flv': { from: ['https'], scheme: 'https', place: flv },
  'ws-flv': { from: ['http'], scheme: 'ws', place: flv },
  'wss-flv': { from: ['https'], scheme: 'wss', place: flv },
  // players of mmsh:// speak HTTP
  mmsh: { from: ['mmsh', 'http'], scheme: 'mmsh', place: asfPath },
  'asf-http': { from: ['http', 'mmsh'], scheme: 'http', place: asfPath },
  'asf-https': { from: ['https'], scheme: 'https', place: asfPath },
  'mmsh-push': { from: ['http', 'mmsh'], scheme: 'http', place: pushPath },
  'mmsh-push-tls': { from: ['https'], scheme: 'https', place: pushPath },
};

/** Whether a relay has a base address for a way, and the way leads to streams like this one. */
export function hasRoad(entry: RosterEntry, way: Way, stream: string): boolean {
  return baseOf(entry, roads[way]) !== undefined && roads[way].place(stream) !== undefined;
}

/** Where a stream is at a relay, without a query; null where it cannot be reached that way. */
export function relayUrl(entry: RosterEntry, way: Way, stream: string): string | null {
  const road = roads[way];
  const base = baseOf(entry, road)?.replace(/^\w+/, road.scheme).replace(/\/+$/, '');
  const place = road.place(stream);
  return base === undefined || place === undefined ? null : expandUrl(`${base}/{key}`, place);
}

function baseOf({ urls }: RosterEntry, { from }: Road): string | undefined {
  for (const kind of from) if (urls[kind] !== null) return urls[kind];
  return undefined;
}
