import { expect, test } from 'vitest';
import { familyText, type MetricFamily } from '../../../../src/metrics/metric-family.ts';
import { addUp, countsOf, type MetricSnapshot } from '../../../../src/metrics/metric-snapshot.ts';
import { Metrics } from '../../../../src/metrics/metrics.ts';
import { labelValues } from '../../../../src/service/relay/measuring/label-values.ts';
import { StreamLabels } from '../../../../src/service/relay/workers/stream-labels.ts';
import { metricsSource, streamSample } from '../../../support/fake-metrics.ts';

interface Worker {
  readonly streams: Record<string, number>;
  readonly upstreams?: readonly string[];
  readonly forwards?: readonly string[];
  readonly rejected?: number;
}

/** The metrics of a worker. @param streams - sent bytes by key */
function snapshotOf({
  streams,
  upstreams = [],
  forwards = [],
  rejected = 0,
}: Worker): Promise<MetricSnapshot> {
  const samples = Object.entries(streams).map(([key, sentBytes]) => streamSample(key, { sentBytes }));
  const metrics = new Metrics(
    metricsSource({
      streams: () => samples,
      sessions: () => ({
        counts: [{ role: 'player', protocol: 'rtmp', count: samples.length }],
        bytes: [['rtmp', { received: 1, sent: 2 }]],
        held: { backlog: 0, partial: 0 },
      }),
      upstreams: () => upstreams.map((stream) => ({ stream, url: 'rtmp://up', isUp: true, connects: [] })),
      forwards: () =>
        forwards.map((stream) => ({ stream, url: 'rtmp://on', isUp: false, connects: [], sentBytes: 1 })),
    }),
    { labels: labelValues, limits: { streamLabels: 1000 }, relayName: undefined },
  );
  for (let i = 0; i < rejected; i++) metrics.onRejected('access');
  metrics.onFlush(0.002);
  return metrics.snapshot();
}

/** The lines of all threads together. */
function linesOf(threads: readonly (readonly MetricFamily[])[]): string[] {
  return addUp(threads).flatMap((family) => familyText(family).split('\n'));
}

async function sentBytes(labels: StreamLabels, ...workers: Worker[]): Promise<string[]> {
  const lines = linesOf(labels.limit(await Promise.all(workers.map(snapshotOf))));
  return lines.filter((line) => line.startsWith('streampump_stream_sent_bytes_total'));
}

const series = (stream: string, value: number) =>
  `streampump_stream_sent_bytes_total{stream="${stream}"} ${value}`;

test('what stands in several workers is added up, within the limit over all of them', async () => {
  const workers = [
    { streams: { 'live/a': 1, 'live/b': 2 } },
    { streams: { 'live/a': 10, 'live/c': 20, 'live/d': 40 } },
  ];
  expect(await sentBytes(new StreamLabels({ streamLabels: 10 }), ...workers)).toEqual([
    series('live/a', 11),
    series('live/b', 2),
    series('live/c', 20),
    series('live/d', 40),
  ]);
  expect(await sentBytes(new StreamLabels({ streamLabels: 2 }), ...workers)).toEqual([
    series('live/a', 11),
    series('live/b', 2),
    series('other', 60),
  ]);
  expect(await sentBytes(new StreamLabels({ streamLabels: 0 }), ...workers)).toEqual([series('other', 73)]);
});

test('a stream that has its series keeps it until it ends, then the next one gets it', async () => {
  const labels = new StreamLabels({ streamLabels: 1 });
  expect(await sentBytes(labels, { streams: {} }, { streams: { 'live/b': 2 } })).toEqual([
    series('live/b', 2),
  ]);
  const both = [{ streams: { 'live/a': 1 } }, { streams: { 'live/b': 3 } }];
  expect(await sentBytes(labels, ...both)).toEqual([series('other', 1), series('live/b', 3)]);
  expect(await sentBytes(labels, { streams: { 'live/a': 1 } }, { streams: {} })).toEqual([
    series('live/a', 1),
  ]);
});

test('upstreams and forwards beyond the limit have no series', async () => {
  const workers = [
    { streams: {}, upstreams: ['tv/a', 'tv/b'], forwards: ['tv/c'] },
    { streams: {}, upstreams: ['tv/c'], forwards: ['tv/b', 'tv/a'] },
  ];
  const snapshots = await Promise.all(workers.map(snapshotOf));
  const lines = linesOf(new StreamLabels({ streamLabels: 2 }).limit(snapshots));
  expect(lines.filter((line) => line.startsWith('streampump_upstream_up'))).toEqual([
    'streampump_upstream_up{stream="tv/a",upstream="rtmp://up"} 1',
    'streampump_upstream_up{stream="tv/b",upstream="rtmp://up"} 1',
  ]);
  expect(lines.filter((line) => line.startsWith('streampump_forward_sent_bytes_total'))).toEqual([
    'streampump_forward_sent_bytes_total{stream="tv/c",forward="rtmp://on"} 1',
    'streampump_forward_sent_bytes_total{stream="tv/b",forward="rtmp://on"} 1',
  ]);
});

test('of workers that are gone the counters stay, however many there were, and nothing else', async () => {
  let gone: MetricFamily[] = [];
  for (let i = 0; i < 3; i++) {
    gone = addUp([gone, countsOf(await snapshotOf({ streams: { 'live/a': 1 }, rejected: 2 }))]);
  }
  const { families } = await snapshotOf({ streams: {}, rejected: 1 });
  const lines = linesOf([families, gone]);
  expect(lines).toContain('streampump_rejected_total{reason="access"} 7');
  expect(lines).toContain('streampump_sent_bytes_total{protocol="rtmp"} 8');
  expect(lines).toContain('streampump_fan_out_delay_seconds_count 4');
  expect(lines).toContain('streampump_fan_out_delay_seconds_bucket{le="0.0025"} 4');
  expect(lines.join()).not.toContain('live/a');
  expect(lines).toContain('streampump_sessions{role="player",protocol="rtmp"} 0');
});
