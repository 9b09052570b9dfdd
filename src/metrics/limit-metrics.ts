import type { MetricsSource } from './metrics-source.ts';
import type { ShownMetrics } from './shown-metrics.ts';

/** Limits: how near the relay is to them. */
export function addLimitMetrics(show: ShownMetrics, source: Pick<MetricsSource, 'shares'>): void {
  const share = {
    name: 'streampump_share_used_ratio',
    help: 'How much of a limit is in use by whoever has most of it: 1 is all.',
    labels: ['match', 'per', 'limit'],
  } as const;
  show.gauge(share, function* () {
    for (const { usedRatio, ...labels } of source.shares()) yield [labels, usedRatio];
  });
}
