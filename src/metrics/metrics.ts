import { setImmediate as nextTurn } from 'node:timers/promises';
import { CallMetrics } from './call-metrics.ts';
import { HookMetrics } from './hook-metrics.ts';
import { addLimitMetrics } from './limit-metrics.ts';
import { addHouseLinkMetrics } from './links/house-link-metrics.ts';
import { linkFamilies } from './links/link-metrics.ts';
import { familyText, METRICS_CONTENT_TYPE, type MetricFamily, type StreamFamily } from './metric-family.ts';
import type { MetricSnapshot } from './metric-snapshot.ts';
import type { MetricsOptions, MetricsSource } from './metrics-source.ts';
import { PlayerMetrics } from './player-metrics.ts';
import { ProcessMetrics } from './process-metrics.ts';
import { addRecordingMetrics } from './recording-metrics.ts';
import { addCertificateMetrics, addConfigMetrics, addLogMetrics, addSnmpMetrics } from './relay-metrics.ts';
import { sessionFamilies } from './session-metrics.ts';
import { ShownMetrics } from './shown-metrics.ts';
import { addStreamTotals, streamFamilies } from './stream-metrics.ts';

/** What is asked for: everything, or only what remains when the thread is gone. */
export type Extent = 'all' | 'counts';

/** Every metric of a relay. Names, help texts and labels stand in the files of this folder and nowhere else. */
export class Metrics {
  readonly #show = new ShownMetrics();
  readonly #source: MetricsSource;
  readonly #options: MetricsOptions;
  readonly #process: ProcessMetrics | undefined;
  readonly #players: PlayerMetrics;
  readonly #hooks: HookMetrics;
  readonly #calls: CallMetrics;
  #resumed = 0;

  constructor(source: MetricsSource, options: MetricsOptions) {
    this.#source = source;
    this.#options = options;
    const { labels, relayName } = options;
    const show = this.#show;
    this.#process = relayName === undefined ? undefined : new ProcessMetrics(show, relayName);
    this.#players = new PlayerMetrics(show, labels);
    this.#hooks = new HookMetrics(show, source, labels);
    this.#calls = new CallMetrics(show, labels);
    addLogMetrics(show, source, labels.about);
    addConfigMetrics(show, source);
    addSnmpMetrics(show, source);
    addHouseLinkMetrics(show, source);
    addRecordingMetrics(show, source);
    addCertificateMetrics(show, source);
    addLimitMetrics(show, source);
    addStreamTotals(show, source);
    const resumed = 'Times that a stream went on where it was when its source was another.';
    show.counter({ name: 'streampump_resumed_streams_total', help: resumed }, () => [[{}, this.#resumed]]);
  }

  onRejected(reason: string): void {
    this.#players.onRejected(reason);
  }

  onPlayerLeft(reason: string): void {
    this.#players.onPlayerLeft(reason);
  }

  /** A stream goes on where it was, with another source. */
  onResumed(): void {
    this.#resumed++;
  }

  onResumedPlay(outcome: 'late-join' | 'resumed'): void {
    this.#players.onResumedPlay(outcome);
  }

  onReported(): void {
    this.#players.onReported();
  }

  onFirstMedia(ms: number): void {
    this.#players.onFirstMedia(ms);
  }

  /** @param ms - undefined where nobody was asked */
  onAsked(hook: string, outcome: string, ms: number | undefined): void {
    this.#hooks.onAsked(hook, outcome, ms);
  }

  onCalled(direction: string, outcome: string): void {
    this.#calls.onCalled(direction, outcome);
  }

  onFlush(seconds: number): void {
    this.#players.onFlush(seconds);
  }

  /** All metrics as Prometheus text. */
  async text(): Promise<string> {
    const texts: string[] = [];
    const add = async (families: Families): Promise<void> => {
      for await (const family of families) {
        texts.push(familyText(family));
        await nextTurn(); // a thousand streams have thousands of series
      }
    };
    await add(this.#families());
    await add(this.#ofStreams());
    return `${texts.join('\n\n')}\n`;
  }

  /** The metrics as they are now, to be added up. @param extent - without what streams have where only counts are asked for */
  async snapshot(extent: Extent = 'all'): Promise<MetricSnapshot> {
    const families: MetricFamily[] = [];
    for await (const family of this.#families()) families.push(family);
    const ofStreams: StreamFamily[] = [];
    if (extent === 'all') for await (const family of this.#ofStreams()) ofStreams.push(family);
    return { families, ofStreams };
  }

  /** The content type of {@link text}. */
  readonly contentType: string = METRICS_CONTENT_TYPE;

  async *#families(): AsyncGenerator<MetricFamily> {
    if (this.#process !== undefined) yield* this.#process.families();
    yield* this.#show.families();
    yield* sessionFamilies(this.#source, this.#options.labels);
  }

  async *#ofStreams(): AsyncGenerator<StreamFamily> {
    const { limits, labels } = this.#options;
    yield* streamFamilies(this.#source, limits, labels.streamProtocols);
    yield* linkFamilies(this.#source, limits);
  }
}

type Families = AsyncIterable<MetricFamily | StreamFamily>;
