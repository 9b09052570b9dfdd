import { setImmediate as nextTurn } from 'node:timers/promises';
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
import type {
  HeldSample,
  LabelLimits,
  LabelValues,
  LinkSample,
  MetricsOptions,
  MetricsSource,
  StreamSample,
} from './metrics-source.ts';
import { version } from './version.ts';

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

const keptHelp =
  'Bytes that it takes to keep what players that join late are sent, and publishers that are to take over, over all streams.';

const heldBytes: readonly (readonly [keyof HeldSample, help: string])[] = [
  ['cache', keptHelp],
  ['backlog', 'Bytes that peers were sent and have not taken, over all sessions.'],
  ['partial', 'Bytes received that are no whole message yet or wait for their turn, over all sessions.'],
];

/** Of prom-client's, those whose names say that they count, and which do not; the same is to be had under other names. */
const misnamed = [
  'nodejs_active_handles_total',
  'nodejs_active_requests_total',
  'nodejs_active_resources_total',
];

/** Every metric of a relay: names, help texts and labels are here and nowhere else. */
export class Metrics {
  readonly #registry = new Registry();
  readonly #rejected: Counter<'reason'>;
  readonly #disconnected: Counter<'reason'>;
  readonly #firstFrame: Histogram;
  readonly #fanOutDelay: Histogram;
  readonly #questions: Counter<'hook' | 'outcome'>;
  readonly #answerTimes: Histogram<'hook'>;

  constructor(source: MetricsSource, { labels, limits, isProcess }: MetricsOptions) {
    const registers = [this.#registry];
    if (isProcess) this.#addProcess();
    this.#rejected = this.#counter(
      'streampump_rejected_total',
      'Connections, publishers and players that were refused.',
      labels.refusals,
    );
    this.#disconnected = this.#counter(
      'streampump_disconnected_players_total',
      'Players that left, by why.',
      labels.departures,
    );
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
    this.#questions = new Counter({
      name: 'streampump_hook_questions_total',
      help: 'Questions to hooks, by what became of them.',
      labelNames: ['hook', 'outcome'],
      registers,
    });
    this.#answerTimes = new Histogram({
      name: 'streampump_hook_answer_seconds',
      help: 'Time from a question to a hook to its answer, or until none can come any more.',
      labelNames: ['hook'],
      buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
      registers,
    });
    this.#addHooks(source, labels);
    this.#addSessions(source, labels);
    this.#addReloads(source);
    this.#addShares(source);
    this.#addHeld(source);
    this.#addStreams(source, limits, labels.protocol);
    this.#addUpstreams(source, limits);
    this.#addForwards(source, limits);
    this.#addToldHooks(source);
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

  /** @param ms - undefined where nobody was asked */
  onAsked(hook: string, outcome: string, ms: number | undefined): void {
    this.#questions.inc({ hook, outcome });
    if (ms !== undefined) this.#answerTimes.observe({ hook }, ms / 1000);
  }

  onFlush(seconds: number): void {
    this.#fanOutDelay.observe(seconds);
  }

  /** All metrics as Prometheus text. Each is made in a turn of the loop of its own: a thousand streams have thousands of series. */
  async text(): Promise<string> {
    const texts: string[] = [];
    for (const { name } of this.#registry.getMetricsAsArray()) {
      texts.push(await this.#registry.getSingleMetricAsString(name));
      await nextTurn();
    }
    return `${texts.join('\n\n')}\n`;
  }

  /** All metrics as they are now, to be added up by {@link addUp}. */
  async snapshot(): Promise<MetricSnapshot> {
    const snapshot: MetricSnapshot[number][] = [];
    for (const { name } of this.#registry.getMetricsAsArray()) {
      const metric = await this.#registry.getSingleMetric(name)?.get();
      // what one thread alone shows is not left out, though it could not be added up: the time of the start
      if (metric !== undefined)
        snapshot.push(metric.aggregator === 'omit' ? { ...metric, aggregator: 'first' } : metric);
      await nextTurn();
    }
    return snapshot;
  }

  /** The content type of {@link text}. */
  get contentType(): string {
    return this.#registry.contentType;
  }

  #addProcess(): void {
    collectDefaultMetrics({ register: this.#registry });
    for (const name of misnamed) this.#registry.removeSingleMetric(name);
    const help = 'What runs: the version of streampump and that of Node. Always 1.';
    this.#show(Gauge, 'streampump_build_info', help, ['version', 'node'], function* () {
      yield [{ version, node: process.version }, 1];
    });
  }

  /** @param reasons - all that there can be */
  #counter(name: string, help: string, reasons: readonly string[]): Counter<'reason'> {
    const counter = new Counter({ name, help, labelNames: ['reason'], registers: [this.#registry] });
    for (const reason of reasons) counter.inc({ reason }, 0);
    return counter;
  }

  #addHooks(source: MetricsSource, { questionOutcomes, breakerStates }: LabelValues): void {
    for (const { hook } of source.askedHooks()) {
      for (const outcome of questionOutcomes) this.#questions.inc({ hook, outcome }, 0);
      this.#answerTimes.zero({ hook });
    }
    const states =
      'Workers by whether they ask the hook: closed as always, open not at all, half-open once to see.';
    this.#show(Gauge, 'streampump_hook_breakers', states, ['hook', 'state'], function* () {
      for (const { hook, breaker } of source.askedHooks())
        for (const state of breakerStates) yield [{ hook, state }, state === breaker ? 1 : 0];
    });
    const waiting = 'Questions to hooks that wait for their turn.';
    this.#show(Gauge, 'streampump_hook_waiting_questions', waiting, ['hook'], function* () {
      for (const sample of source.askedHooks()) yield [{ hook: sample.hook }, sample.waiting];
    });
  }

  #addSessions(source: MetricsSource, labels: LabelValues): void {
    this.#show(Gauge, 'streampump_sessions', 'Sessions now.', ['role', 'protocol'], function* () {
      for (const role of labels.role) for (const protocol of labels.protocol) yield [{ role, protocol }, 0];
      for (const { role, protocol, count } of source.sessions()) yield [{ role, protocol }, count];
    });
    const leftOut = 'Lines left out of the log because there were too many of their kind.';
    this.#show(Counter, 'streampump_log_left_out_lines_total', leftOut, ['about'], function* () {
      for (const about of labels.about) yield [{ about }, 0];
      for (const [about, lines] of source.leftOutLines()) yield [{ about }, lines];
    });
    for (const direction of ['received', 'sent'] as const) {
      const name = `streampump_${direction}_bytes_total`;
      this.#show(Counter, name, `Bytes ${direction} by sessions.`, ['protocol'], function* () {
        for (const protocol of labels.protocol) yield [{ protocol }, 0];
        for (const [protocol, bytes] of source.bytes()) yield [{ protocol }, bytes[direction]];
      });
    }
  }

  #addReloads({ reloads }: MetricsSource): void {
    const start = 'streampump_config';
    const times = 'Times that the configuration was read again, by how it went.';
    this.#show(Counter, `${start}_reloads_total`, times, ['outcome'], function* () {
      for (const [outcome, count] of Object.entries(reloads()?.counts ?? {})) yield [{ outcome }, count];
    });
    const isSuccessful = 'Whether the configuration could be used when it was last read.';
    this.#show(Gauge, `${start}_last_reload_successful`, isSuccessful, [], function* () {
      const last = reloads();
      if (last !== undefined) yield [{}, last.isSuccessful ? 1 : 0];
    });
    const succeededAt = 'When the configuration was last read and could be used, in seconds since 1970.';
    this.#show(Gauge, `${start}_last_reload_success_timestamp_seconds`, succeededAt, [], function* () {
      const last = reloads();
      if (last !== undefined) yield [{}, last.succeededAtSeconds];
    });
  }

  #addShares(source: MetricsSource): void {
    const help = 'How much of a limit is in use by whoever has most of it: 1 is all.';
    this.#show(Gauge, 'streampump_share_used_ratio', help, ['match', 'per', 'limit'], function* () {
      for (const { usedRatio, ...share } of source.shares()) yield [share, usedRatio];
    });
  }

  #addHeld(source: MetricsSource): void {
    for (const [what, help] of heldBytes) {
      this.#show(Gauge, `streampump_${what}_bytes`, help, [], function* () {
        yield [{}, source.held()[what]];
      });
    }
  }

  /** Upstreams beyond the first `streamLabels` have no series: a sum of them would say nothing. */
  #addUpstreams(source: MetricsSource, limits: LabelLimits): void {
    const first = (): LinkSample[] => [...source.upstreams()].slice(0, limits.streamLabels);
    this.#addLinks('upstream', first, {
      up: 'Whether the stream comes from its upstream now.',
      connects: 'Attempts to connect to upstreams, by outcome.',
    });
  }

  /** As with upstreams, those beyond the first have no series. */
  #addForwards(source: MetricsSource, limits: LabelLimits): void {
    const first = () => [...source.forwards()].slice(0, limits.streamLabels);
    this.#addLinks('forward', first, {
      up: 'Whether the server takes the stream now.',
      connects: 'Attempts to connect to servers that streams are forwarded to, by outcome.',
    });
    const sent = 'Bytes sent to servers that streams are forwarded to.';
    this.#show(Counter, 'streampump_forward_sent_bytes_total', sent, ['stream', 'forward'], function* () {
      for (const { stream, url, sentBytes } of first()) yield [{ stream, forward: url }, sentBytes];
    });
  }

  #addToldHooks({ toldHooks }: MetricsSource): void {
    const events = 'Events that hooks were to be told, by what became of them.';
    this.#show(Counter, 'streampump_hook_events_total', events, ['hook', 'outcome'], function* () {
      for (const { hook, counts } of toldHooks())
        for (const [outcome, count] of Object.entries(counts)) yield [{ hook, outcome }, count];
    });
    const waiting = 'Events that wait to be told.';
    this.#show(Gauge, 'streampump_hook_waiting_events', waiting, ['hook'], function* () {
      for (const { hook, queueLength } of toldHooks()) yield [{ hook }, queueLength];
    });
  }

  /** What upstreams and forwards have in common. @param kind - of link, the label of its URL */
  #addLinks(
    kind: 'upstream' | 'forward',
    links: () => Iterable<LinkSample>,
    help: { readonly up: string; readonly connects: string },
  ): void {
    this.#show(Gauge, `streampump_${kind}_up`, help.up, ['stream', kind], function* () {
      const shown = new Map<string, LinkSample>();
      for (const link of links()) {
        const id = `${link.stream} ${link.url}`;
        if (shown.get(id)?.isUp !== false) shown.set(id, link); // of those that look alike one that is down
      }
      for (const { stream, url, isUp } of shown.values()) yield [{ stream, [kind]: url }, isUp ? 1 : 0];
    });
    const labels = ['stream', kind, 'outcome'] as const;
    this.#show(Counter, `streampump_${kind}_connects_total`, help.connects, labels, function* () {
      for (const { stream, connects } of links())
        for (const { url, outcome, count } of connects) yield [{ stream, [kind]: url, outcome }, count];
    });
  }

  #addStreams(source: MetricsSource, limits: LabelLimits, protocols: readonly string[]): void {
    /** Each stream with the label that it goes under. */
    function* streams(): Generator<[stream: string, sample: StreamSample]> {
      let count = 0;
      for (const sample of source.streams())
        yield [count++ < limits.streamLabels ? sample.key : OTHER, sample];
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
      for (const [stream, { players }] of streams()) {
        for (const protocol of protocols) yield [{ stream, protocol }, 0];
        for (const [protocol, count] of players) yield [{ stream, protocol }, count];
      }
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
