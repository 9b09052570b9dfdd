import type { HeldSample, LabelValues, MetricsSource } from './metrics-source.ts';
import type { ShownMetrics } from './shown-metrics.ts';

const keptHelp =
  'Bytes that it takes to keep what players that join late are sent, and publishers that are to take over, over all streams.';

const heldBytes: readonly (readonly [keyof HeldSample, help: string])[] = [
  ['cache', keptHelp],
  ['backlog', 'Bytes that peers were sent and have not taken, over all sessions.'],
  ['partial', 'Bytes received that are no whole message yet or wait for their turn, over all sessions.'],
];

/** Sessions: how many there are, what they carry and what is held for them. */
export function addSessionMetrics(
  show: ShownMetrics,
  source: Pick<MetricsSource, 'sessions' | 'bytes' | 'held'>,
  values: Pick<LabelValues, 'role' | 'protocol'>,
): void {
  const sessions = {
    name: 'streampump_sessions',
    help: 'Sessions now.',
    labels: ['role', 'protocol'],
  } as const;
  show.gauge(sessions, function* () {
    for (const role of values.role) for (const protocol of values.protocol) yield [{ role, protocol }, 0];
    for (const { role, protocol, count } of source.sessions()) yield [{ role, protocol }, count];
  });
  for (const direction of ['received', 'sent'] as const) {
    const name = `streampump_${direction}_bytes_total`;
    show.counter({ name, help: `Bytes ${direction} by sessions.`, labels: ['protocol'] }, function* () {
      for (const protocol of values.protocol) yield [{ protocol }, 0];
      for (const [protocol, bytes] of source.bytes()) yield [{ protocol }, bytes[direction]];
    });
  }
  for (const [what, help] of heldBytes) {
    show.gauge({ name: `streampump_${what}_bytes`, help }, function* () {
      yield [{}, source.held()[what]];
    });
  }
}
