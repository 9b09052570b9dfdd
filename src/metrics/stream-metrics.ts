import type { LabelLimits, MetricsSource, StreamSample } from './metrics-source.ts';
import type { ShownMetrics } from './shown-metrics.ts';

/** The stream label of all streams beyond the first `limits.streamLabels`. */
export const OTHER = 'other';

type StreamMetric = readonly [
  kind: 'gauge' | 'counter',
  name: string,
  help: string,
  read: (sample: StreamSample) => number | undefined,
];

/** What each stream shows as one number; a copy shows nothing of what comes in. */
const ofEachStream: readonly StreamMetric[] = [
  [
    'counter',
    'received_bytes_total',
    'Media bytes received.',
    (s) => (s.isCopy ? undefined : s.receivedBytes),
  ],
  ['counter', 'sent_bytes_total', 'Bytes written to all players.', (s) => s.sentBytes],
  [
    'counter',
    'dropped_frames_total',
    'Frames left out for players that did not keep up, over all players.',
    (s) => s.droppedFrames,
  ],
  [
    'gauge',
    'lagging_players',
    'Players that miss frames now because they do not keep up.',
    (s) => s.laggingPlayers,
  ],
  [
    'gauge',
    'keyframe_age_seconds',
    'Time since the last keyframe came.',
    (s) => (s.isCopy ? undefined : s.keyframeAgeSeconds),
  ],
  [
    'gauge',
    'cache_bytes',
    'Bytes that it takes to keep what players that join late are sent.',
    (s) => s.cacheBytes,
  ],
];

/** Streams: how many there are, and how each of them does. */
export function addStreamMetrics(
  show: ShownMetrics,
  source: Pick<MetricsSource, 'streams' | 'cacheEvictions'>,
  limits: LabelLimits,
  protocols: readonly string[],
): void {
  /** Each stream with the label that it goes under. */
  function* streams(): Generator<[stream: string, sample: StreamSample]> {
    let count = 0;
    for (const sample of source.streams()) yield [count++ < limits.streamLabels ? sample.key : OTHER, sample];
  }
  show.gauge({ name: 'streampump_streams', help: 'Streams that have a source now.' }, function* () {
    for (const { isCopy } of source.streams()) if (!isCopy) yield [{}, 1];
  });
  const evictions = 'Keyframe groups given up because those of all streams together were too large.';
  show.counter({ name: 'streampump_cache_evictions_total', help: evictions }, function* () {
    yield [{}, source.cacheEvictions()];
  });
  const players = 'Players that get the stream now.';
  const byProtocol = ['stream', 'protocol'] as const;
  show.gauge({ name: 'streampump_stream_players', help: players, labels: byProtocol }, function* () {
    for (const [stream, { players }] of streams()) {
      for (const protocol of protocols) yield [{ stream, protocol }, 0];
      for (const [protocol, count] of players) yield [{ stream, protocol }, count];
    }
  });
  for (const [kind, name, help, read] of ofEachStream) {
    show[kind]({ name: `streampump_stream_${name}`, help, labels: ['stream'] }, function* () {
      for (const [stream, sample] of streams()) {
        const value = read(sample);
        if (value !== undefined) yield [{ stream }, value];
      }
    });
  }
}
