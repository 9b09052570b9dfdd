import type { MetricsSource } from './metrics-source.ts';
import type { ShownMetrics } from './shown-metrics.ts';

/** The configuration: how it went to read it again. */
export function addConfigMetrics(show: ShownMetrics, { reloads }: Pick<MetricsSource, 'reloads'>): void {
  const start = 'streampump_config';
  const times = 'Times that the configuration was read again, by how it went.';
  show.counter({ name: `${start}_reloads_total`, help: times, labels: ['outcome'] }, function* () {
    for (const [outcome, count] of Object.entries(reloads()?.counts ?? {})) yield [{ outcome }, count];
  });
  const isSuccessful = 'Whether the configuration could be used when it was last read.';
  show.gauge({ name: `${start}_last_reload_successful`, help: isSuccessful }, function* () {
    const last = reloads();
    if (last !== undefined) yield [{}, last.isSuccessful ? 1 : 0];
  });
  const succeededAt = 'When the configuration was last read and could be used, in seconds since 1970.';
  const name = `${start}_last_reload_success_timestamp_seconds`;
  show.gauge({ name, help: succeededAt }, function* () {
    const last = reloads();
    if (last !== undefined) yield [{}, last.succeededAtSeconds];
  });
}

/** The log: what it has left out. @param kinds - what its lines are about */
export function addLogMetrics(
  show: ShownMetrics,
  source: Pick<MetricsSource, 'leftOutLines'>,
  kinds: readonly string[],
): void {
  const leftOut = {
    name: 'streampump_log_left_out_lines_total',
    help: 'Lines left out of the log because there were too many of their kind.',
    labels: ['about'],
  } as const;
  show.counter(leftOut, function* () {
    for (const about of kinds) yield [{ about }, 0];
    for (const [about, lines] of source.leftOutLines()) yield [{ about }, lines];
  });
}
