import { expect, test } from 'vitest';
import { Metrics } from '../../src/metrics/metrics.ts';
import type { StreamSample } from '../../src/metrics/metrics-source.ts';
import { labelValues } from '../../src/service/relay/measuring/label-values.ts';
import { metricsSource, streamSample as sample } from '../support/fake-metrics.ts';

/** Metrics over streams that the test changes. */
function watch(streams: StreamSample[], streamLabels: number): Metrics {
  const source = metricsSource({
    streams: () => streams,
    liveStreams: () => streams.length,
    cacheBytes: () => 7,
    cacheEvictions: () => 6,
    sessions: () => ({
      counts: [{ role: 'player', protocol: 'rtmp', count: 4 }],
      bytes: [['rtmp', { received: 100, sent: 200 }]],
      held: { backlog: 8, partial: 9 },
    }),
  });
  return new Metrics(source, { labels: labelValues, limits: { streamLabels }, relayName: 'ottawa' });
}

async function seriesOf(metrics: Metrics, start: string): Promise<string[]> {
  return (await metrics.text()).split('\n').filter((line) => line.startsWith(start));
}

test('names and labels are those that dashboards rely on', async () => {
  const metrics = watch([sample('live/cam')], 10);
  metrics.onRejected('access');
  metrics.onPlayerLeft('stalled');
  const text = await metrics.text();
  for (const line of [
    'streampump_streams 1',
    'streampump_sessions{role="player",protocol="rtmp"} 4',
    'streampump_received_bytes_total{protocol="rtmp"} 100',
    'streampump_sent_bytes_total{protocol="rtmp"} 200',
    'streampump_cache_bytes 7',
    'streampump_backlog_bytes 8',
    'streampump_partial_bytes 9',
    'streampump_stream_players{stream="live/cam",protocol="rtmp"} 2',
    'streampump_stream_received_bytes_total{stream="live/cam"} 10',
    'streampump_stream_sent_bytes_total{stream="live/cam"} 20',
    'streampump_stream_dropped_frames_total{stream="live/cam"} 3',
    'streampump_stream_lagging_players{stream="live/cam"} 1',
    'streampump_stream_keyframe_age_seconds{stream="live/cam"} 0.5',
    'streampump_stream_keyframe_interval_seconds{stream="live/cam"} 2',
    'streampump_stream_received_frames_total{stream="live/cam"} 50',
    'streampump_stream_video_frames_total{stream="live/cam"} 30',
    'streampump_stream_cache_bytes{stream="live/cam"} 5',
    'streampump_cache_evictions_total 6',
    'streampump_rejected_total{reason="access"} 1',
    'streampump_disconnected_players_total{reason="stalled"} 1',
    'streampump_first_frame_seconds_count 0',
    'streampump_fan_out_delay_seconds_count 0',
  ]) {
    expect(text.split('\n')).toContain(line);
  }
  expect(text).toContain('\nprocess_resident_memory_bytes ');
});

test('a name cannot end its label', async () => {
  const metrics = watch([sample('live/a"} 1\\n'), sample('live/b\nstreampump_streams 99')], 10);
  expect(await seriesOf(metrics, 'streampump_stream_cache_bytes')).toEqual([
    'streampump_stream_cache_bytes{stream="live/a\\"} 1\\\\n"} 5',
    'streampump_stream_cache_bytes{stream="live/b\\nstreampump_streams 99"} 5',
  ]);
  expect(await seriesOf(metrics, 'streampump_streams ')).toEqual(['streampump_streams 2']);
});

test('streams beyond the limit count as one', async () => {
  const metrics = watch(
    Array.from({ length: 500 }, (_, i) => sample(`live/cam${i}`)),
    2,
  );
  expect(await seriesOf(metrics, 'streampump_stream_sent_bytes_total')).toEqual([
    'streampump_stream_sent_bytes_total{stream="live/cam0"} 20',
    'streampump_stream_sent_bytes_total{stream="live/cam1"} 20',
    'streampump_stream_sent_bytes_total{stream="other"} 9960',
  ]);
  expect(await seriesOf(metrics, 'streampump_stream_players')).toContain(
    'streampump_stream_players{stream="other",protocol="rtmp"} 996',
  );
  expect(await seriesOf(metrics, 'streampump_streams ')).toEqual(['streampump_streams 500']);
});

test('with no labels at all every stream is other', async () => {
  const metrics = watch([sample('live/a'), sample('live/b')], 0);
  expect(await seriesOf(metrics, 'streampump_stream_cache_bytes')).toEqual([
    'streampump_stream_cache_bytes{stream="other"} 10',
  ]);
});

test('series end with their stream, and the next one moves up', async () => {
  const streams = [sample('live/a'), sample('live/b', { keyframeAgeSeconds: undefined })];
  const metrics = watch(streams, 1);
  expect(await seriesOf(metrics, 'streampump_stream_keyframe_age_seconds')).toEqual([
    'streampump_stream_keyframe_age_seconds{stream="live/a"} 0.5',
  ]);
  streams.shift();
  const text = await metrics.text();
  expect(text).not.toContain('live/a');
  expect(text).toContain('streampump_stream_cache_bytes{stream="live/b"} 5');
  expect(text).not.toContain('stream="other"');
});

test('a limit is shown as how much of it is used; what has none has no series', async () => {
  const source = metricsSource({
    limits: () => [
      { limit: 'sessions', used: 45, most: 50 },
      { limit: 'sessionsPerAddress', used: 3, most: Number.POSITIVE_INFINITY },
      { limit: 'cacheBytes', used: 0, most: 0 },
    ],
  });
  const metrics = new Metrics(source, {
    labels: labelValues,
    limits: { streamLabels: 1 },
    relayName: undefined,
  });
  expect(await seriesOf(metrics, 'streampump_limit_used_ratio')).toEqual([
    'streampump_limit_used_ratio{limit="sessions"} 0.9',
  ]);
});

test('only what remains is asked for: no stream is looked at', async () => {
  let looks = 0;
  const source = metricsSource({
    streams: () => {
      looks++;
      return [sample('live/a')];
    },
  });
  const metrics = new Metrics(source, {
    labels: labelValues,
    limits: { streamLabels: 9 },
    relayName: undefined,
  });
  const { ofStreams } = await metrics.snapshot('counts');
  expect([ofStreams, looks]).toEqual([[], 0]);
});

test('whoever scrapes does not list the sockets, and knows how many files are open all the same', async () => {
  const metrics = watch([], 1);
  const [open = ''] = await seriesOf(metrics, 'process_open_fds');
  expect(Number(open.split(' ')[1])).toBeGreaterThan(2);
  expect(await seriesOf(metrics, 'nodejs_active')).toEqual([]);
});

test('of several listeners of a kind the certificate that expires first is shown', async () => {
  const source = metricsSource({
    certificates: () => [
      { listener: 'rtmps', expiresAtSeconds: 2000 },
      { listener: 'https', expiresAtSeconds: 3000 },
      { listener: 'rtmps', expiresAtSeconds: 1000 },
    ],
  });
  const options = { labels: labelValues, limits: { streamLabels: 1 }, relayName: undefined };
  expect(await seriesOf(new Metrics(source, options), 'streampump_certificate_expiry')).toEqual([
    'streampump_certificate_expiry_timestamp_seconds{listener="rtmps"} 1000',
    'streampump_certificate_expiry_timestamp_seconds{listener="https"} 3000',
  ]);
});
