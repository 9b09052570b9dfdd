import fc from 'fast-check';
import { type StreamSettings, unlimitedPush } from '../../../src/config/stream-settings.ts';
import type { FleetPlan, PlannedRelay } from '../../../src/service/house/directing/fleet-plan.ts';

const patterns = ['**', 'live/**', 'live/*', 'live/a', '*/a', 'tv/**', 'tv/news'] as const;

/** A stream that is published. */
export function pushEntry(match: string, forward: readonly string[] = []): StreamSettings {
  return { match, source: unlimitedPush, forward, record: 'onWish' };
}

/** A stream that is pulled. */
export function pullEntry(match: string, ...urls: readonly string[]): StreamSettings {
  const source = { type: 'pull', urls, start: 'onDemand', lingerMs: 10_000, silenceMs: 5000 } as const;
  return { match, source: { ...source, format: 'auto', redirectHosts: [] }, forward: [], record: 'onWish' };
}

/** A relay that others can pull from. */
export function plannedRelay(id: string, given: Partial<PlannedRelay> = {}): PlannedRelay {
  return {
    ...{ id, parent: null, limits: { players: null, sentBitsPerSecond: null }, ingest: null, enabled: true },
    urls: { rtmp: `rtmp://${id}.example`, rtmps: null, http: null, https: null, mmsh: null },
    ...given,
  };
}

/** A plan by which all relays go. */
export function planOf(relays: readonly PlannedRelay[], ...streams: readonly StreamSettings[]): FleetPlan {
  return { relays, streams, houseOnly: false };
}

/** Plans as a roster can have them: each parent is there, and none is below itself. */
export const fleetPlans: fc.Arbitrary<FleetPlan> = fc
  .record({
    relays: fc.array(
      fc.record({
        above: fc.option(fc.nat(), { nil: null }),
        ingest: fc.option(fc.subarray([...patterns]), { nil: null, freq: 2 }),
        isOff: fc.integer({ min: 0, max: 9 }).map((number) => number === 0),
        kinds: fc.subarray(['rtmp', 'rtmps', 'http', 'https'] as const),
      }),
      { minLength: 1, maxLength: 12 },
    ),
    streams: fc.subarray([...patterns], { minLength: 1 }),
    pulled: fc.array(fc.boolean(), { minLength: patterns.length, maxLength: patterns.length }),
  })
  .map(({ relays, streams, pulled }) => ({
    houseOnly: false,
    relays: relays.map(({ above, ingest, isOff, kinds }, index) => ({
      ...plannedRelay(`r${index}`),
      parent: above === null || index === 0 ? null : `r${above % index}`,
      ingest,
      enabled: !isOff,
      urls: {
        ...{ rtmp: null, rtmps: null, http: null, https: null, mmsh: null },
        ...Object.fromEntries(kinds.map((kind) => [kind, `${kind}://r${index}.example`])),
      },
    })),
    streams: [...streams]
      .sort((a, b) => patterns.indexOf(b) - patterns.indexOf(a)) // the narrow ones first
      .map((match) =>
        pulled[patterns.indexOf(match)] ? pullEntry(match, 'rtmp://origin.example/{key}') : pushEntry(match),
      ),
  }));
