import { NamedCounts } from './named-counts.ts';
import type { ShownMetrics } from './shown-metrics.ts';

/** Counts who was refused. @param reasons - all that there can be */
export function countRejections(show: ShownMetrics, reasons: readonly string[]): NamedCounts {
  const counts = new NamedCounts(reasons);
  const rejected = {
    name: 'streampump_rejected_total',
    help: 'Connections, publishers and players that were refused.',
    labels: ['reason'],
  } as const;
  show.counter(rejected, () => counts.shown('reason'));
  return counts;
}
