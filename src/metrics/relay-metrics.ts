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

/** SNMP: how many requests there were. */
export function addSnmpMetrics(show: ShownMetrics, source: Pick<MetricsSource, 'snmp'>): void {
  const help = 'Requests of SNMP, by what became of them.';
  show.counter({ name: 'streampump_snmp_requests_total', help, labels: ['outcome'] }, function* () {
    for (const [outcome, count] of source.snmp()) yield [{ outcome }, count];
  });
}

/** The log: what is not in it. @param kinds - what its lines are about */
export function addLogMetrics(
  show: ShownMetrics,
  source: Pick<MetricsSource, 'leftOutLines' | 'lostLines'>,
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
  const lost = 'Lines that are missing in the log because nobody took them.';
  show.counter({ name: 'streampump_log_lost_lines_total', help: lost }, () => [[{}, source.lostLines()]]);
}

/** The certificates of listeners: until when they are good. */
export function addCertificateMetrics(show: ShownMetrics, source: Pick<MetricsSource, 'certificates'>): void {
  const expiry = {
    name: 'streampump_certificate_expiry_timestamp_seconds',
    help: 'When the certificate of a listener expires, in seconds since 1970.',
    labels: ['listener'],
    together: 'min', // of each thread it is the same, unless one could not read the new one
  } as const;
  show.gauge(expiry, function* () {
    const first = new Map<string, number>();
    for (const { listener, expiresAtSeconds } of source.certificates())
      first.set(listener, Math.min(first.get(listener) ?? Number.POSITIVE_INFINITY, expiresAtSeconds));
    for (const [listener, expiresAtSeconds] of first) yield [{ listener }, expiresAtSeconds];
  });
}
