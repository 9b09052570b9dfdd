import type { Histogram } from './histogram.ts';
import { labelText, type MetricFamily, type MetricHead } from './metric-family.ts';

/** Labels of a series and its value. */
export type Shown<Label extends string = string, Value = number> = readonly [
  labels: Partial<Record<Label, string>>,
  value: Value,
];

/** What a metric is called, and by what its series differ. */
export interface MetricName<Label extends string> {
  readonly name: string;
  readonly help: string;
  readonly labels?: readonly Label[];
  /** What its values in several threads are together; unless it is said their sum. */
  readonly together?: MetricHead['together'];
}

/** Metrics that are asked for their values when Prometheus asks; values with the same labels are added up. */
export class ShownMetrics {
  readonly #families: (() => MetricFamily)[] = [];

  gauge<Label extends string>(of: MetricName<Label>, values: () => Iterable<Shown<Label>>): void {
    this.#add('gauge', of, values);
  }

  counter<Label extends string>(of: MetricName<Label>, values: () => Iterable<Shown<Label>>): void {
    this.#add('counter', of, values);
  }

  histogram<Label extends string>(
    { name, help }: MetricName<Label>,
    values: () => Iterable<Shown<Label, Histogram>>,
  ): void {
    this.#families.push(() => {
      const series = [...values()].flatMap(([labels, histogram]) => [...histogram.series(labels)]);
      return { name, help, type: 'histogram', together: 'sum', values: new Map(series) };
    });
  }

  /** All of them as they are now, each when it is taken. */
  *families(): Generator<MetricFamily> {
    for (const family of this.#families) yield family();
  }

  #add<Label extends string>(
    type: 'gauge' | 'counter',
    { name, help, together = 'sum' }: MetricName<Label>,
    values: () => Iterable<Shown<Label>>,
  ): void {
    this.#families.push(() => {
      const sums = new Map<string, number>();
      for (const [labels, value] of values()) {
        const behind = labelText(labels);
        sums.set(behind, (sums.get(behind) ?? 0) + value);
      }
      return { name, help, type, together, values: sums };
    });
  }
}
