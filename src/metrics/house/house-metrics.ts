import { setImmediate as nextTurn } from 'node:timers/promises';
import { addLimitMetrics } from '../limit-metrics.ts';
import { familyText, METRICS_CONTENT_TYPE, type MetricFamily } from '../metric-family.ts';
import type { NamedCounts } from '../named-counts.ts';
import { ProcessMetrics } from '../process-metrics.ts';
import { countRejections } from '../rejections.ts';
import { addCertificateMetrics, addConfigMetrics, addLogMetrics } from '../relay-metrics.ts';
import { sessionFamilies } from '../session-metrics.ts';
import { ShownMetrics } from '../shown-metrics.ts';
import { ChoiceMetrics } from './choice-metrics.ts';
import { addFleetMetrics } from './fleet-metrics.ts';
import type { HouseLabels, HouseMetricsSource } from './house-source.ts';

/** Every metric of a house. Those that a relay has, too, are the same. */
export class HouseMetrics {
  readonly choices: ChoiceMetrics;
  readonly #process: ProcessMetrics;
  readonly #show = new ShownMetrics();
  readonly #rejected: NamedCounts;
  readonly #source: HouseMetricsSource;
  readonly #labels: HouseLabels;

  /** @param name - of the house */
  constructor(source: HouseMetricsSource, labels: HouseLabels, name: string) {
    this.#source = source;
    this.#labels = labels;
    const show = this.#show;
    this.#process = new ProcessMetrics(show, name);
    this.choices = new ChoiceMetrics(show, labels.noChoices);
    this.#rejected = countRejections(show, labels.refusals);
    addLogMetrics(show, source, labels.about);
    addConfigMetrics(show, source);
    addCertificateMetrics(show, source);
    addLimitMetrics(show, { ...source, shares: () => [], bans: () => source.bans() });
    addStoreMetrics(show, source);
  }

  onRejected(reason: string): void {
    this.#rejected.add(reason);
  }

  /** All metrics as Prometheus text. */
  async text(): Promise<string> {
    const texts: string[] = [];
    for await (const family of this.families()) {
      texts.push(familyText(family));
      await nextTurn(); // a thousand relays have thousands of series
    }
    return `${texts.join('\n\n')}\n`;
  }

  /** The content type of {@link text}. */
  readonly contentType: string = METRICS_CONTENT_TYPE;

  /** All of them as they are now, each when it is taken. */
  async *families(): AsyncGenerator<MetricFamily> {
    yield* this.#process.families();
    yield* this.#show.families();
    const fleet = new ShownMetrics();
    addFleetMetrics(fleet, this.#source, this.#labels);
    yield* fleet.families();
    yield* sessionFamilies(this.#source, this.#labels);
  }
}

/** What houses decide, and where that is kept. */
function addStoreMetrics(
  show: ShownMetrics,
  source: Pick<HouseMetricsSource, 'isStoreThere' | 'rollbacks'>,
): void {
  const isThere = 'Whether what is decided can be kept now, and other houses can be told.';
  show.gauge({ name: 'streampump_house_store_up', help: isThere }, () => [
    [{}, source.isStoreThere() ? 1 : 0],
  ]);
  const rollbacks = 'Configs that were taken back because the relay that had them first did worse.';
  show.counter({ name: 'streampump_house_config_rollbacks_total', help: rollbacks }, () => [
    [{}, source.rollbacks()],
  ]);
}
