import type { MetricFamily } from './metric-family.ts';
import type { LabelValues, MetricsSource, SessionsSample } from './metrics-source.ts';
import { ShownMetrics } from './shown-metrics.ts';

/** Sessions: how many there are, what they carry and what is held for them. They are looked at once for all of it. */
export function* sessionFamilies(
  source: Pick<MetricsSource, 'sessions'>,
  values: Pick<LabelValues, 'role' | 'protocol'>,
): Generator<MetricFamily> {
  const show = new ShownMetrics();
  addSessionMetrics(show, source.sessions(), values);
  yield* show.families();
}

function addSessionMetrics(
  show: ShownMetrics,
  { counts, bytes, held }: SessionsSample,
  values: Pick<LabelValues, 'role' | 'protocol'>,
): void {
  const sessions = {
    name: 'streampump_sessions',
    help: 'Sessions now.',
    labels: ['role', 'protocol'],
  } as const;
  show.gauge(sessions, function* () {
    for (const role of values.role) for (const protocol of values.protocol) yield [{ role, protocol }, 0];
    for (const { role, protocol, count } of counts) yield [{ role, protocol }, count];
  });
  for (const direction of ['received', 'sent'] as const) {
    const name = `streampump_${direction}_bytes_total`;
    show.counter({ name, help: `Bytes ${direction} by sessions.`, labels: ['protocol'] }, function* () {
      for (const protocol of values.protocol) yield [{ protocol }, 0];
      for (const [protocol, carried] of bytes) yield [{ protocol }, carried[direction]];
    });
  }
  const backlog = 'Bytes that peers were sent and have not taken, over all sessions.';
  show.gauge({ name: 'streampump_backlog_bytes', help: backlog }, () => [[{}, held.backlog]]);
  const partial = 'Bytes received that are no whole message yet or wait for their turn, over all sessions.';
  show.gauge({ name: 'streampump_partial_bytes', help: partial }, () => [[{}, held.partial]]);
}
