import type { ChoiceMetrics } from '../../../metrics/house/choice-metrics.ts';
import type { Choice, ChoiceExplanation, Chooser, Seeking } from '../choosing/choice.ts';

/** A chooser of whose choices account is kept. */
export class MeasuredChooser implements Chooser {
  readonly #chooser: Chooser;
  readonly #metrics: () => Pick<ChoiceMetrics, 'onChosen' | 'onNoChoice'>;

  /** @param metrics - asked for at each choice: they may be made later */
  constructor(chooser: Chooser, metrics: () => Pick<ChoiceMetrics, 'onChosen' | 'onNoChoice'>) {
    this.#chooser = chooser;
    this.#metrics = metrics;
  }

  choose(seeking: Seeking): Choice {
    const begin = performance.now();
    const choice = this.#chooser.choose(seeking);
    const seconds = (performance.now() - begin) / 1000;
    if ('relay' in choice) this.#metrics().onChosen(choice.relay, seconds);
    else this.#metrics().onNoChoice(choice.refused, seconds);
    return choice;
  }

  look(seeking: Seeking): Choice {
    return this.#chooser.look(seeking);
  }

  explain(seeking: Seeking): ChoiceExplanation {
    return this.#chooser.explain(seeking);
  }
}
