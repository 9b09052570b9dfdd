import { setImmediate as nextTurn } from 'node:timers/promises';
import { labelList, type StreamFamily } from './metric-family.ts';
import type { LabelLimits, MetricsSource, StreamSample } from './metrics-source.ts';
import type { ShownMetrics } from './shown-metrics.ts';

/** The stream label of all streams beyond the first `limits.streamLabels`. */
export const OTHER = 'other';

/** So many streams are looked at in one turn of the event loop. */
const PER_TURN = 250;

type StreamMetric = readonly [
  type: 'gauge' | 'counter',
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
  [
    'counter',
    'received_frames_total',
    'Frames received, whatever they carry.',
    (s) => (s.isCopy ? undefined : s.receivedFrames),
  ],
  [
    'counter',
    'video_frames_total',
    'Frames with video that went out, counted once for all players.',
    (s) => (s.isCopy ? undefined : s.videoFrames),
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
    'keyframe_interval_seconds',
    'Media time between the last two keyframes.',
    (s) => (s.isCopy ? undefined : s.keyframeIntervalSeconds),
  ],
  [
    'gauge',
    'cache_bytes',
    'Bytes that it takes to keep what players that join late are sent.',
    (s) => s.cacheBytes,
  ],
];

/** Streams as a whole. */
export function addStreamTotals(
  show: ShownMetrics,
  source: Pick<MetricsSource, 'liveStreams' | 'cacheBytes' | 'cacheEvictions'>,
): void {
  show.gauge({ name: 'streampump_streams', help: 'Streams that have a source now.' }, () => [
    [{}, source.liveStreams()],
  ]);
  const kept =
    'Bytes that it takes to keep what players that join late are sent, and publishers that are to take over, over all streams.';
  show.gauge({ name: 'streampump_cache_bytes', help: kept }, () => [[{}, source.cacheBytes()]]);
  const evictions = 'Keyframe groups given up because those of all streams together were too large.';
  show.counter({ name: 'streampump_cache_evictions_total', help: evictions }, () => [
    [{}, source.cacheEvictions()],
  ]);
}

/** How each stream does. They are looked at in turns: there may be thousands. */
export async function* streamFamilies(
  source: Pick<MetricsSource, 'streams'>,
  limits: LabelLimits,
  protocols: readonly string[],
): AsyncGenerator<StreamFamily> {
  const rows = new StreamRows(limits, protocols);
  let looked = 0;
  for (const sample of source.streams()) {
    rows.add(sample);
    if (++looked % PER_TURN === 0) await nextTurn();
  }
  yield* rows.families();
}

/** A row for each stream, and one for all others. */
class StreamRows {
  readonly #limits: LabelLimits;
  readonly #protocols: readonly string[];
  readonly #streams: string[] = [];
  /** By row and protocol, of each stream in turn. */
  readonly #players: number[] = [];
  /** By metric, then by row; NaN where there is no value. */
  readonly #values: readonly number[][] = ofEachStream.map(() => []);
  #count = 0;

  constructor(limits: LabelLimits, protocols: readonly string[]) {
    this.#limits = limits;
    this.#protocols = protocols;
  }

  add(sample: StreamSample): void {
    const row = this.#rowOf(sample.key);
    for (const [at, protocol] of this.#protocols.entries()) {
      const cell = row * this.#protocols.length + at;
      this.#players[cell] = (this.#players[cell] ?? 0) + (sample.players.get(protocol) ?? 0);
    }
    for (const [at, [, , , read]] of ofEachStream.entries()) {
      const column = this.#values[at] ?? [];
      const value = read(sample);
      const before = column[row] ?? Number.NaN;
      column[row] = value === undefined ? before : Number.isNaN(before) ? value : before + value;
    }
  }

  *families(): Generator<StreamFamily> {
    const streams = this.#streams;
    const labels = this.#protocols.map((protocol) => labelList({ protocol }));
    const head = { together: 'sum', kind: 'stream' } as const;
    yield {
      ...head,
      name: 'streampump_stream_players',
      help: 'Players that get the stream now.',
      type: 'gauge',
      streams: streams.flatMap((stream) => labels.map(() => stream)),
      labels: streams.flatMap(() => labels),
      values: this.#players,
    };
    const none = streams.map(() => '');
    for (const [at, [type, name, help]] of ofEachStream.entries()) {
      const family = { ...head, name: `streampump_stream_${name}`, help, type };
      yield withoutGaps({ ...family, streams, labels: none, values: this.#values[at] ?? [] });
    }
  }

  #rowOf(key: string): number {
    const stream = this.#count++ < this.#limits.streamLabels ? key : OTHER;
    if (stream !== OTHER || this.#streams.at(-1) !== OTHER) this.#streams.push(stream);
    return this.#streams.length - 1;
  }
}

/** Without the rows that have no value. */
function withoutGaps(family: StreamFamily): StreamFamily {
  const isThere = (_: unknown, row: number): boolean => !Number.isNaN(family.values[row]);
  if (family.values.every((value) => !Number.isNaN(value))) return family;
  return {
    ...family,
    streams: family.streams.filter(isThere),
    labels: family.labels.filter(isThere),
    values: family.values.filter(isThere),
  };
}
