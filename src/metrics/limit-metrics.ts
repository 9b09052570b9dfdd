import type { MetricsSource } from './metrics-source.ts';
import type { ShownMetrics } from './shown-metrics.ts';

/** Limits: how near the relay is to them. */
export function addLimitMetrics(
  show: ShownMetrics,
  source: Pick<MetricsSource, 'limits' | 'shares' | 'blockedAddresses' | 'bans'>,
): void {
  const limits = {
    name: 'streampump_limit_used_ratio',
    help: 'How much of a limit of the relay is in use: 1 is all. Of a limit per address, by whoever uses most of it.',
    labels: ['limit'],
    together: 'max', // of threads with limits of their own the fullest
  } as const;
  show.gauge(limits, function* () {
    for (const { limit, used, most } of source.limits())
      if (Number.isFinite(most) && most > 0) yield [{ limit }, used / most];
  });
  const share = {
    name: 'streampump_share_used_ratio',
    help: 'How much of a limit is in use by whoever has most of it: 1 is all.',
    labels: ['match', 'per', 'limit'],
  } as const;
  show.gauge(share, function* () {
    for (const { usedRatio, ...labels } of source.shares()) yield [labels, usedRatio];
  });
  const blocked = 'Addresses whose credentials are not looked at now, because too many were wrong.';
  show.gauge({ name: 'streampump_blocked_addresses', help: blocked }, () => [
    [{}, source.blockedAddresses()],
  ]);
  const bans = {
    name: 'streampump_bans',
    help: 'Bans that hold now, by whom they keep out.',
    labels: ['kind'],
  } as const;
  show.gauge(bans, function* () {
    for (const [kind, count] of source.bans()) yield [{ kind }, count];
  });
}
