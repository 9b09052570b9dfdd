import { Histogram, type Registry } from 'prom-client';
import type { ShownMetrics } from '../shown-metrics.ts';
import { OTHER } from '../stream-metrics.ts';
import { RELAY_LABELS } from './fleet-metrics.ts';

/** Who is sent where. There may be tens of thousands in a second. */
export class ChoiceMetrics {
  readonly #redirects = new Map<string, number>();
  readonly #refused: Map<string, number>;
  readonly #seconds: Histogram;

  /** @param noChoices - all reasons why nobody can be chosen */
  constructor(registry: Registry, show: ShownMetrics, noChoices: readonly string[]) {
    this.#refused = new Map(noChoices.map((reason) => [reason, 0]));
    const redirects = {
      name: 'streampump_house_redirects_total',
      help: 'Players and publishers that were sent to a relay, or brought there.',
      labels: ['relay'],
    } as const;
    show.counter(redirects, () =>
      Array.from(this.#redirects, ([relay, count]) => [{ relay }, count] as const),
    );
    const refused = {
      name: 'streampump_house_refused_total',
      help: 'Players and publishers for whom there was no relay, by why.',
      labels: ['reason'],
    } as const;
    show.counter(refused, () => Array.from(this.#refused, ([reason, count]) => [{ reason }, count] as const));
    this.#seconds = new Histogram({
      name: 'streampump_house_choice_seconds',
      help: 'Time that it takes to choose a relay.',
      buckets: [0.00001, 0.000025, 0.00005, 0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.01, 0.1],
      registers: [registry],
    });
  }

  onChosen(relay: string, seconds: number): void {
    const isShown = this.#redirects.has(relay) || this.#redirects.size < RELAY_LABELS;
    count(this.#redirects, isShown ? relay : OTHER);
    this.#seconds.observe(seconds);
  }

  onNoChoice(reason: string, seconds: number): void {
    count(this.#refused, reason);
    this.#seconds.observe(seconds);
  }
}

function count(counts: Map<string, number>, name: string): void {
  counts.set(name, (counts.get(name) ?? 0) + 1);
}
