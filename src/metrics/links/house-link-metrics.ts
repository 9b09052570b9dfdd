import type { MetricsSource } from '../metrics-source.ts';
import type { ShownMetrics } from '../shown-metrics.ts';

/** The house that the relay belongs to: whether they are linked, and whether the relay goes by its config. */
export function addHouseLinkMetrics(show: ShownMetrics, { house }: Pick<MetricsSource, 'house'>): void {
  const start = 'streampump_house_link';
  show.gauge({ name: `${start}_up`, help: 'Whether the relay is linked to its house.' }, function* () {
    const link = house();
    if (link !== undefined) yield [{}, link.isUp ? 1 : 0];
  });
  const connects = 'Tries to link to the house, by what became of them.';
  const name = `${start}_connects_total`;
  show.counter({ name, help: connects, labels: ['outcome'] }, function* () {
    for (const [outcome, count] of house()?.connects ?? []) yield [{ outcome }, count];
  });
  show.counter({ name: `${start}_lost_total`, help: 'Links to the house that were lost.' }, function* () {
    const link = house();
    if (link !== undefined) yield [{}, link.lost];
  });
  const isGood = 'Whether the relay goes by the last config that its house has given it.';
  show.gauge({ name: 'streampump_house_config_in_use', help: isGood }, function* () {
    const link = house();
    if (link !== undefined) yield [{}, link.isConfigGood ? 1 : 0];
  });
}
