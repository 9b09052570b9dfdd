import type { RelayUrlKind, RosterEntry } from '../../../config/house/roster-settings.ts';
import { expandUrl } from '../../../media-url.ts';
import type { Way } from './choice.ts';

/** How a way leads to a stream. */
interface Road {
  /** Which base address of a relay it begins at: the first one that is there. */
  readonly from: readonly RelayUrlKind[];
  readonly scheme: string;
  /** What stands behind the key; undefined where no such stream can be reached. */
  ending(stream: string): string | undefined;
}

const nothing = (): string => '';
const flv = (): string => '.flv';

/** Old players are given short addresses, where such a name is not taken for a file of another kind. */
const asf = (stream: string): string => (/^streams\/[^.]+$/.test(stream) ? '' : '.asf');

/** Encoders push to a name of its own. */
const push = (stream: string): string | undefined => (stream.startsWith('streams/') ? '_push' : undefined);

const roads: Readonly<Record<Way, Road>> = {
  rtmp: { from: ['rtmp'], scheme: 'rtmp', ending: nothing },
  rtmps: { from: ['rtmps'], scheme: 'rtmps', ending: nothing },
  'http-flv': { from: ['http'], scheme: 'http', ending: flv },
  'https-flv': { from: ['https'], scheme: 'https', ending: flv },
  'ws-flv': { from: ['http'], scheme: 'ws', ending: flv },
  'wss-flv': { from: ['https'], scheme: 'wss', ending: flv },
  // players of mmsh:// speak HTTP
  mmsh: { from: ['mmsh', 'http'], scheme: 'mmsh', ending: asf },
  'asf-http': { from: ['http', 'mmsh'], scheme: 'http', ending: asf },
  'asf-https': { from: ['https'], scheme: 'https', ending: asf },
  'mmsh-push': { from: ['http', 'mmsh'], scheme: 'http', ending: push },
  'mmsh-push-tls': { from: ['https'], scheme: 'https', ending: push },
};

/** Whether a relay has a base address for a way, and the way leads to streams like this one. */
export function hasRoad(entry: RosterEntry, way: Way, stream: string): boolean {
  return baseOf(entry, roads[way]) !== undefined && roads[way].ending(stream) !== undefined;
}

/** Where a stream is at a relay, without a query; null where it cannot be reached that way. */
export function relayUrl(entry: RosterEntry, way: Way, stream: string): string | null {
  const road = roads[way];
  const base = baseOf(entry, road)?.replace(/^\w+/, road.scheme).replace(/\/+$/, '');
  const ending = road.ending(stream);
  return base === undefined || ending === undefined ? null : expandUrl(`${base}/{key}${ending}`, stream);
}

function baseOf({ urls }: RosterEntry, { from }: Road): string | undefined {
  for (const kind of from) if (urls[kind] !== null) return urls[kind];
  return undefined;
}
