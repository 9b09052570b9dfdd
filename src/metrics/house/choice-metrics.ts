import { Histogram } from '../histogram.ts';
import { NamedCounts } from '../named-counts.ts';
import type { ShownMetrics } from '../shown-metrics.ts';
import { OTHER } from '../stream-metrics.ts';
import { RELAY_LABELS } from './fleet-metrics.ts';

/** Who is sent where. There may be tens of thousands in a second. */
export class ChoiceMetrics {
  readonly #redirects = new NamedCounts();
  readonly #refused: NamedCounts;
  readonly #seconds = new Histogram([
    0.00001, 0.000025, 0.00005, 0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.01, 0.1,
  ]);

  /** @param noChoices - all reasons why nobody can be chosen */
  constructor(show: ShownMetrics, noChoices: readonly string[]) {
    this.#refused = new NamedCounts(noChoices);
    const redirects = {
      name: 'streampump_house_redirects_total',
      help: 'Players and publishers that were sent to a relay, or brought there.',
      labels: ['relay'],
    } as const;
    show.counter(redirects, () => this.#redirects.shown('relay'));
    const refused = {
      name: 'streampump_house_refused_total',
      help: 'Players and publishers for whom there was no relay, by why.',
      labels: ['reason'],
    } as const;
    show.counter(refused, () => this.#refused.shown('reason'));
    const help = 'Time that it takes to choose a relay.';
    show.histogram({ name: 'streampump_house_choice_seconds', help }, () => [[{}, this.#seconds]]);
  }

  onChosen(relay: string, seconds: number): void {
    const isShown = this.#redirects.has(relay) || this.#redirects.size < RELAY_LABELS;
    this.#redirects.add(isShown ? relay : OTHER);
    this.#seconds.observe(seconds);
  }

  onNoChoice(reason: string, seconds: number): void {
    this.#refused.add(reason);
    this.#seconds.observe(seconds);
  }
}
