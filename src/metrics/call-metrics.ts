import type { LabelValues } from './metrics-source.ts';
import { NamedCounts } from './named-counts.ts';
import type { ShownMetrics } from './shown-metrics.ts';

/** Counts calls of clients, and to clients. */
export class CallMetrics {
  readonly #counts: ReadonlyMap<string, NamedCounts>;

  constructor(
    show: ShownMetrics,
    { callDirections, callOutcomes }: Pick<LabelValues, 'callDirections' | 'callOutcomes'>,
  ) {
    const counts = new Map(callDirections.map((direction) => [direction, new NamedCounts(callOutcomes)]));
    this.#counts = counts;
    const calls = {
      name: 'streampump_calls_total',
      help: 'Calls of clients, and to clients, by what became of them.',
      labels: ['direction', 'outcome'],
    } as const;
    show.counter(calls, function* () {
      for (const [direction, outcomes] of counts)
        for (const [labels, count] of outcomes.shown('outcome')) yield [{ direction, ...labels }, count];
    });
  }

  onCalled(direction: string, outcome: string): void {
    this.#counts.get(direction)?.add(outcome);
  }
}
