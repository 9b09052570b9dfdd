import { setImmediate as nextTurn } from 'node:timers/promises';
import { Registry } from 'prom-client';
import { HookMetrics } from './hook-metrics.ts';
import { addLimitMetrics } from './limit-metrics.ts';
import { addLinkMetrics } from './link-metrics.ts';
import type { MetricSnapshot } from './metric-snapshot.ts';
import type { MetricsOptions, MetricsSource } from './metrics-source.ts';
import { PlayerMetrics } from './player-metrics.ts';
import { addConfigMetrics, addLogMetrics, addProcessMetrics } from './relay-metrics.ts';
import { addSessionMetrics } from './session-metrics.ts';
import { ShownMetrics } from './shown-metrics.ts';
import { addStreamMetrics } from './stream-metrics.ts';

/** Every metric of a relay. Names, help texts and labels stand in the files of this folder and nowhere else. */
export class Metrics {
  readonly #registry = new Registry();
  readonly #players: PlayerMetrics;
  readonly #hooks: HookMetrics;

  constructor(source: MetricsSource, { labels, limits, isProcess }: MetricsOptions) {
    const show = new ShownMetrics(this.#registry);
    if (isProcess) addProcessMetrics(this.#registry, show);
    this.#players = new PlayerMetrics(this.#registry, labels);
    this.#hooks = new HookMetrics(this.#registry, show, source, labels);
    addSessionMetrics(show, source, labels);
    addLogMetrics(show, source, labels.about);
    addConfigMetrics(show, source);
    addLimitMetrics(show, source);
    addStreamMetrics(show, source, limits, labels.protocol);
    addLinkMetrics(show, source, limits);
  }

  onRejected(reason: string): void {
    this.#players.onRejected(reason);
  }

  onPlayerLeft(reason: string): void {
    this.#players.onPlayerLeft(reason);
  }

  onFirstMedia(ms: number): void {
    this.#players.onFirstMedia(ms);
  }

  /** @param ms - undefined where nobody was asked */
  onAsked(hook: string, outcome: string, ms: number | undefined): void {
    this.#hooks.onAsked(hook, outcome, ms);
  }

  onFlush(seconds: number): void {
    this.#players.onFlush(seconds);
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
}
