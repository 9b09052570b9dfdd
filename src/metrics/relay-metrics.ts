import { collectDefaultMetrics, type Registry } from 'prom-client';
import { version } from '../version.ts';
import type { MetricsSource } from './metrics-source.ts';
import type { ShownMetrics } from './shown-metrics.ts';

/** Of prom-client's, those whose names say that they count, and which do not; the same is to be had under other names. */
const misnamed = [
  'nodejs_active_handles_total',
  'nodejs_active_requests_total',
  'nodejs_active_resources_total',
];

/** The process, and what runs in it. */
export function addProcessMetrics(registry: Registry, show: ShownMetrics): void {
  collectDefaultMetrics({ register: registry });
  for (const name of misnamed) registry.removeSingleMetric(name);
  const build = {
    name: 'streampump_build_info',
    help: 'What runs: the version of streampump and that of Node. Always 1.',
    labels: ['version', 'node'],
  } as const;
  show.gauge(build, function* () {
    yield [{ version, node: process.version }, 1];
  });
}

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
