import type { RelayUrlKind, RosterEntry } from '../../../config/house/roster-settings.ts';
import { expandUrl } from '../../../media-url.ts';
import type { Way } from './choice.ts';

/** Which base address of a relay a way begins at, by what scheme it is gone, and what stands behind the key. */
const roads: Readonly<Record<Way, { kind: RelayUrlKind; scheme: string; suffix: string }>> = {
  rtmp: { kind: 'rtmp', scheme: 'rtmp', suffix: '' },
  rtmps: { kind: 'rtmps', scheme: 'rtmps', suffix: '' },
  'http-flv': { kind: 'http', scheme: 'http', suffix: '.flv' },
  'https-flv': { kind: 'https', scheme: 'https', suffix: '.flv' },
  'ws-flv': { kind: 'http', scheme: 'ws', suffix: '.flv' },
  'wss-flv': { kind: 'https', scheme: 'wss', suffix: '.flv' },
  mmsh: { kind: 'mmsh', scheme: 'mmsh', suffix: '' },
};

/** Whether a relay has a base address for a way. */
export function hasRoad(entry: RosterEntry, way: Way): boolean {
  return entry.urls[roads[way].kind] !== null;
}

/** Where a stream is at a relay, without a query; null where the relay cannot be reached that way. */
export function relayUrl(entry: RosterEntry, way: Way, stream: string): string | null {
  const { kind, scheme, suffix } = roads[way];
  const base = entry.urls[kind]?.replace(/^\w+/, scheme).replace(/\/+$/, '');
  return base === undefined ? null : expandUrl(`${base}/{key}${suffix}`, stream);
}
