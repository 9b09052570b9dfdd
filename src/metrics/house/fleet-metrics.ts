import type { ShownMetrics } from '../shown-metrics.ts';
import { OTHER } from '../stream-metrics.ts';
import type { HouseLabels, HouseMetricsSource, RelaySample } from './house-source.ts';

/** So many relays have series of their own, the first of the roster; the others are together `relay="other"`. */
export const RELAY_LABELS = 1000;

/** What each relay shows as one number; of the others the sum is shown. */
const ofEachRelay: readonly (readonly [
  name: string,
  help: string,
  read: (relay: RelaySample) => number | undefined,
])[] = [
  ['up', 'Whether the relay reports.', ({ isUp }) => (isUp ? 1 : 0)],
  ['full', 'Whether the relay says that it is full.', ({ isFull }) => (isFull ? 1 : 0)],
  ['players', 'Players at the relay, as it has reported last.', ({ players }) => players],
  [
    'sent_bits_per_second',
    'What the relay sends, as it has reported last.',
    (relay) => relay.sentBitsPerSecond,
  ],
  [
    'received_bytes_per_second',
    'What the relay receives, as it has reported last.',
    (relay) => relay.receivedBitsPerSecond / 8,
  ],
  [
    'used_ratio',
    'How much of its limits the relay has in use, of several the fullest: 1 is all.',
    ({ usedRatio }) => usedRatio,
  ],
  [
    'config_outdated',
    'Whether the relay goes by another config than it is to go by.',
    ({ isUpToDate }) => (isUpToDate === undefined ? undefined : isUpToDate ? 0 : 1),
  ],
];

/** The relays of the fleet. They are looked at once for all of it. */
export function addFleetMetrics(
  show: ShownMetrics,
  source: Pick<HouseMetricsSource, 'relays' | 'links'>,
  { states }: Pick<HouseLabels, 'states'>,
): void {
  const relays = [...source.relays()];
  const labelOf = (place: number, id: string): string => (place < RELAY_LABELS ? id : OTHER);
  for (const [name, help, read] of ofEachRelay) {
    const metric = { name: `streampump_house_relay_${name}`, help, labels: ['relay'] } as const;
    show.gauge(metric, function* () {
      for (const [place, relay] of relays.entries()) {
        const value = read(relay);
        if (value !== undefined) yield [{ relay: labelOf(place, relay.id) }, value];
      }
    });
  }
  const reconnects = {
    name: 'streampump_house_link_reconnects_total',
    help: 'How often a relay has opened its link to this house again.',
    labels: ['relay'],
  } as const;
  show.counter(reconnects, function* () {
    for (const [place, { id, reconnects }] of relays.entries())
      yield [{ relay: labelOf(place, id) }, reconnects];
  });
  const byState = {
    name: 'streampump_house_relays',
    help: 'Relays by how they stand.',
    labels: ['state'],
  } as const;
  show.gauge(byState, function* () {
    for (const state of states) yield [{ state }, 0];
    for (const { state } of relays) yield [{ state }, 1];
  });
  const sums = [
    ['players', 'Players in the whole fleet.'],
    ['publishers', 'Publishers in the whole fleet.'],
  ] as const;
  for (const [name, help] of sums)
    show.gauge({ name: `streampump_house_${name}`, help }, () => [
      [{}, relays.reduce((sum, relay) => sum + (relay.isUp ? relay[name] : 0), 0)],
    ]);
  const links = 'Relays that are linked to this house.';
  show.gauge({ name: 'streampump_house_links', help: links }, () => [[{}, source.links()]]);
}
