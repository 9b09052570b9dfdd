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

/** Where the numbers come from when Prometheus asks. */
export interface MetricsSource {
  streams(): Iterable<StreamSample>;
  sessions(): Iterable<{ readonly role: string; readonly protocol: string; readonly count: number }>;
  upstreams(): Iterable<UpstreamSample>;
  /** By protocol. */
  bytes(): Iterable<[string, { readonly received: number; readonly sent: number }]>;
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
    const registers = [this.#registry];
    new Gauge({
      name: 'streampump_sessions',
      help: 'Sessions now.',
      labelNames: ['role', 'protocol'],
      registers,
      collect() {
        this.reset();
        for (const { role, protocol, count } of source.sessions()) this.set({ role, protocol }, count);
      },
    });
    const addBytes = (direction: 'received' | 'sent'): void => {
      new Counter({
        name: `streampump_${direction}_bytes_total`,
        help: `Bytes ${direction} by sessions.`,
        labelNames: ['protocol'],
        registers,
        collect() {
          this.reset();
          for (const [protocol, bytes] of source.bytes()) this.inc({ protocol }, bytes[direction]);
        },
      });
    };
    addBytes('received');
    addBytes('sent');
  }

  /** Upstreams beyond the first `streamLabels` have no series: a sum of them would say nothing. */
  #addUpstreams(source: MetricsSource, streamLabels: number): void {
    const registers = [this.#registry];
    const first = (): UpstreamSample[] => [...source.upstreams()].slice(0, streamLabels);
    new Gauge({
      name: 'streampump_upstream_up',
      help: 'Whether the stream comes from its upstream now.',
      labelNames: ['stream', 'upstream'],
      registers,
      collect() {
        this.reset();
        for (const { stream, upstream, isUp } of first()) this.set({ stream, upstream }, isUp ? 1 : 0);
      },
    });
    new Counter({
      name: 'streampump_upstream_connects_total',
      help: 'Connections to upstreams, by how they went.',
      labelNames: ['stream', 'upstream', 'outcome'],
      registers,
      collect() {
        this.reset();
        for (const { stream, connects } of first()) {
          for (const { url, outcome, count } of connects) this.inc({ stream, upstream: url, outcome }, count);
        }
      },
    });
  }

  #addStreams(source: MetricsSource, streamLabels: number): void {
    const registers = [this.#registry];
    /** Calls back with each stream and the label that it goes under. */
    const eachStream = (visit: (stream: string, sample: StreamSample) => void): void => {
      let count = 0;
      for (const sample of source.streams()) visit(count++ < streamLabels ? sample.key : OTHER, sample);
    };
    new Gauge({
      name: 'streampump_streams',
      help: 'Streams that have a source now.',
      registers,
      collect() {
        this.set([...source.streams()].filter(({ isCopy }) => !isCopy).length);
      },
    });
    new Gauge({
      name: 'streampump_stream_players',
      help: 'Players that get the stream now.',
      labelNames: ['stream', 'protocol'],
      registers,
      collect() {
        this.reset();
        eachStream((stream, { players }) => {
          for (const [protocol, count] of players) this.inc({ stream, protocol }, count);
        });
      },
    });
    const perStream = (
      kind: typeof Gauge<'stream'> | typeof Counter<'stream'>,
      name: string,
      help: string,
      value: (sample: StreamSample) => number | undefined,
    ): void => {
      new kind({
        name,
        help,
        labelNames: ['stream'],
        registers,
        collect() {
          this.reset();
          eachStream((stream, sample) => {
            const number = value(sample);
            if (number !== undefined) this.inc({ stream }, number);
          });
        },
      });
    };
    perStream(Counter, 'streampump_stream_received_bytes_total', 'Media bytes received.', (s) =>
      s.isCopy ? undefined : s.receivedBytes,
    );
    perStream(
      Counter,
      'streampump_stream_sent_bytes_total',
      'Bytes written to all players.',
      (s) => s.sentBytes,
    );
    perStream(
      Counter,
      'streampump_stream_dropped_frames_total',
      'Frames left out for players that did not keep up, over all players.',
      (s) => s.droppedFrames,
    );
    perStream(
      Gauge,
      'streampump_stream_lagging_players',
      'Players that miss frames now because they do not keep up.',
      (s) => s.laggingPlayers,
    );
    perStream(Gauge, 'streampump_stream_keyframe_age_seconds', 'Time since the last keyframe came.', (s) =>
      s.isCopy ? undefined : s.keyframeAgeSeconds,
    );
    perStream(
      Gauge,
      'streampump_stream_cache_bytes',
      'Bytes kept for players that join late.',
      (s) => s.cacheBytes,
    );
  }
}
