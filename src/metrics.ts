import {
  AggregatorRegistry,
  Counter,
  collectDefaultMetrics,
  Gauge,
  Histogram,
  type MetricObjectWithValues,
  type MetricValue,
  Registry,
} from 'prom-client';

/** What one stream shows. */
export interface StreamSample {
  readonly key: string;
  readonly players: ReadonlyMap<string, number>;
  /** Whether another thread keeps the stream: what comes in is counted there. */
  readonly isCopy: boolean;
  readonly receivedBytes: number;
  readonly sentBytes: number;
  readonly droppedFrames: number;
  readonly laggingPlayers: number;
  readonly cacheBytes: number;
  /** Undefined before the first keyframe. */
  readonly keyframeAgeSeconds: number | undefined;
}

/** What one upstream shows. */
export interface UpstreamSample {
  readonly stream: string;
  /** Its URL without credentials. */
  readonly upstream: string;
  readonly isUp: boolean;
  readonly connects: readonly { readonly url: string; readonly outcome: string; readonly count: number }[];
}

/** What is held for peers now, bytes. */
export interface HeldSample {
  /** Of all streams, for players that join late. */
  readonly cache: number;
  /** Sent to players and not taken yet. */
  readonly backlog: number;
  /** Received and not acted on yet. */
  readonly partial: number;
}

/** Where the numbers come from when Prometheus asks. */
export interface MetricsSource {
  streams(): Iterable<StreamSample>;
  /** How often what was kept of a stream gave way to what was kept of others. */
  cacheEvictions(): number;
  sessions(): Iterable<{ readonly role: string; readonly protocol: string; readonly count: number }>;
  upstreams(): Iterable<UpstreamSample>;
  held(): HeldSample;
  /** By protocol. */
  bytes(): Iterable<[string, { readonly received: number; readonly sent: number }]>;
  /** Lines that the log has left out, by what they were about. */
  leftOutLines(): Iterable<[string, number]>;
}

/** The metrics of one thread at one moment, as plain objects. */
export type MetricSnapshot = readonly MetricObjectWithValues<MetricValue<string>>[];

/** The metrics of several threads as those of one: what stands in several snapshots is added up. */
export function addUp(snapshots: readonly MetricSnapshot[]): MetricSnapshot {
  return AggregatorRegistry.aggregate(
    snapshots as unknown as object[],
  ).getMetricsAsArray() as unknown as MetricSnapshot;
}

/** Metrics as Prometheus text. */
export function toText(snapshot: MetricSnapshot): Promise<string> {
  return AggregatorRegistry.aggregate([snapshot] as unknown as object[]).metrics();
}

/** What stays of a thread that is gone: what it counted, but for streams, whose series end with them. */
export function countsOf(snapshot: MetricSnapshot): MetricSnapshot {
  const isCount = ({ type, values }: MetricSnapshot[number]): boolean =>
    ['counter', 'histogram'].includes(String(type)) && values.every(({ labels }) => !('stream' in labels));
  return snapshot.filter(isCount);
}

/** The stream label of all streams beyond the first `limits.streamLabels`. */
export const OTHER = 'other';

type StreamMetric = readonly [
  kind: typeof Gauge<string> | typeof Counter<string>,
  name: string,
  help: string,
  read: (sample: StreamSample) => number | undefined,
];

/** What each stream shows as one number; a copy shows nothing of what comes in. */
const ofEachStream: readonly StreamMetric[] = [
  [Counter, 'received_bytes_total', 'Media bytes received.', (s) => (s.isCopy ? undefined : s.receivedBytes)],
  [Counter, 'sent_bytes_total', 'Bytes written to all players.', (s) => s.sentBytes],
  [
    Counter,
    'dropped_frames_total',
    'Frames left out for players that did not keep up, over all players.',
    (s) => s.droppedFrames,
  ],
  [
    Gauge,
    'lagging_players',
    'Players that miss frames now because they do not keep up.',
    (s) => s.laggingPlayers,
  ],
  [
    Gauge,
    'keyframe_age_seconds',
    'Time since the last keyframe came.',
    (s) => (s.isCopy ? undefined : s.keyframeAgeSeconds),
  ],
  [
    Gauge,
    'cache_bytes',
    'Bytes that it takes to keep what players that join late are sent.',
    (s) => s.cacheBytes,
  ],
];

const heldBytes: readonly (readonly [keyof HeldSample, help: string])[] = [
  [
    'cache',
    'Bytes that it takes to keep what players that join late are sent, and publishers that are to take over, over all streams.',
  ],
  ['backlog', 'Bytes that peers were sent and have not taken, over all sessions.'],
  ['partial', 'Bytes received that are no whole message yet or wait for their turn, over all sessions.'],
];

/** Every metric of a relay: names, help texts and labels are here and nowhere else. */
export class Metrics {
  readonly #registry = new Registry();
  readonly #rejected: Counter<'reason'>;
  readonly #disconnected: Counter<'reason'>;
  readonly #firstFrame: Histogram;
  readonly #fanOutDelay: Histogram;

  /**
   * @param streamLabels - how many streams may have series of their own
   * @param isProcess - whether to show the process, too: one thread of it does
   */
  constructor(source: MetricsSource, streamLabels: number, isProcess = true) {
    const registers = [this.#registry];
    if (isProcess) collectDefaultMetrics({ register: this.#registry });
    this.#rejected = new Counter({
      name: 'streampump_rejected_total',
      help: 'Connections, publishers and players that were refused.',
      labelNames: ['reason'],
      registers,
    });
    this.#disconnected = new Counter({
      name: 'streampump_disconnected_players_total',
      help: 'Players that left, by why.',
      labelNames: ['reason'],
      registers,
    });
    this.#firstFrame = new Histogram({
      name: 'streampump_first_frame_seconds',
      help: 'Time from an accepted connection to the first media written to its player.',
      buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
      registers,
    });
    this.#fanOutDelay = new Histogram({
      name: 'streampump_fan_out_delay_seconds',
      help: 'Time from a frame received to its batch written to all players.',
      buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.15, 0.2, 0.3, 0.5, 1],
      registers,
    });
    this.#addSessions(source);
    this.#addHeld(source);
    this.#addStreams(source, streamLabels);
    this.#addUpstreams(source, streamLabels);
  }

  onRejected(reason: string): void {
    this.#rejected.inc({ reason });
  }

  onPlayerLeft(reason: string): void {
    this.#disconnected.inc({ reason });
  }

  onFirstMedia(ms: number): void {
    this.#firstFrame.observe(ms / 1000);
  }

  onFlush(seconds: number): void {
    this.#fanOutDelay.observe(seconds);
  }

  /** All metrics as Prometheus text. */
  text(): Promise<string> {
    return this.#registry.metrics();
  }

  /** All metrics as they are now, to be added up by {@link addUp}. */
  snapshot(): Promise<MetricSnapshot> {
    return this.#registry.getMetricsAsJSON();
  }

  /** The content type of {@link text}. */
  get contentType(): string {
    return this.#registry.contentType;
  }

  #addSessions(source: MetricsSource): void {
    this.#show(Gauge, 'streampump_sessions', 'Sessions now.', ['role', 'protocol'], function* () {
      for (const { role, protocol, count } of source.sessions()) yield [{ role, protocol }, count];
    });
    const leftOut = 'Lines left out of the log because there were too many of their kind.';
    this.#show(Counter, 'streampump_log_left_out_lines_total', leftOut, ['about'], function* () {
      for (const [about, lines] of source.leftOutLines()) yield [{ about }, lines];
    });
    for (const direction of ['received', 'sent'] as const) {
      const name = `streampump_${direction}_bytes_total`;
      this.#show(Counter, name, `Bytes ${direction} by sessions.`, ['protocol'], function* () {
        for (const [protocol, bytes] of source.bytes()) yield [{ protocol }, bytes[direction]];
      });
    }
  }

  #addHeld(source: MetricsSource): void {
    for (const [what, help] of heldBytes) {
      this.#show(Gauge, `streampump_${what}_bytes`, help, [], function* () {
        yield [{}, source.held()[what]];
      });
    }
  }

  /** Upstreams beyond the first `streamLabels` have no series: a sum of them would say nothing. */
  #addUpstreams(source: MetricsSource, streamLabels: number): void {
    const first = (): UpstreamSample[] => [...source.upstreams()].slice(0, streamLabels);
    const isUp = 'Whether the stream comes from its upstream now.';
    this.#show(Gauge, 'streampump_upstream_up', isUp, ['stream', 'upstream'], function* () {
      for (const { stream, upstream, isUp } of first()) yield [{ stream, upstream }, isUp ? 1 : 0];
    });
    const connects = 'Connections to upstreams, by how they went.';
    const labels = ['stream', 'upstream', 'outcome'] as const;
    this.#show(Counter, 'streampump_upstream_connects_total', connects, labels, function* () {
      for (const { stream, connects } of first())
        for (const { url, outcome, count } of connects) yield [{ stream, upstream: url, outcome }, count];
    });
  }

  #addStreams(source: MetricsSource, streamLabels: number): void {
    /** Each stream with the label that it goes under. */
    function* streams(): Generator<[stream: string, sample: StreamSample]> {
      let count = 0;
      for (const sample of source.streams()) yield [count++ < streamLabels ? sample.key : OTHER, sample];
    }
    this.#show(Gauge, 'streampump_streams', 'Streams that have a source now.', [], function* () {
      for (const { isCopy } of source.streams()) if (!isCopy) yield [{}, 1];
    });
    const evictions = 'Keyframe groups given up because those of all streams together were too large.';
    this.#show(Counter, 'streampump_cache_evictions_total', evictions, [], function* () {
      yield [{}, source.cacheEvictions()];
    });
    const players = 'Players that get the stream now.';
    this.#show(Gauge, 'streampump_stream_players', players, ['stream', 'protocol'], function* () {
      for (const [stream, { players }] of streams())
        for (const [protocol, count] of players) yield [{ stream, protocol }, count];
    });
    for (const [kind, name, help, read] of ofEachStream) {
      this.#show(kind, `streampump_stream_${name}`, help, ['stream'], function* () {
        for (const [stream, sample] of streams()) {
          const value = read(sample);
          if (value !== undefined) yield [{ stream }, value];
        }
      });
    }
  }

  /** Adds a metric that is asked for its values when Prometheus asks; those with the same labels are added up. */
  #show<Label extends string>(
    kind: typeof Gauge<Label> | typeof Counter<Label>,
    name: string,
    help: string,
    labelNames: readonly Label[],
    values: () => Iterable<[labels: Partial<Record<Label, string>>, value: number]>,
  ): void {
    new kind({
      name,
      help,
      labelNames,
      registers: [this.#registry],
      collect() {
        this.reset();
        for (const [labels, value] of values()) this.inc(labels, value);
      },
    });
  }
}
