import { Counter, Gauge, type Registry } from 'prom-client';

/** Labels of a series and its value. */
export type Shown<Label extends string = string> = readonly [
  labels: Partial<Record<Label, string>>,
  value: number,
];

/** What a metric is called, and by what its series differ. */
export interface MetricName<Label extends string> {
  readonly name: string;
  readonly help: string;
  readonly labels?: readonly Label[];
}

/** Adds metrics that are asked for their values when Prometheus asks; values with the same labels are added up. */
export class ShownMetrics {
  readonly #registry: Registry;

  constructor(registry: Registry) {
    this.#registry = registry;
  }

  gauge<Label extends string>(of: MetricName<Label>, values: () => Iterable<Shown<Label>>): void {
    this.#add(Gauge, of, values);
  }

  counter<Label extends string>(of: MetricName<Label>, values: () => Iterable<Shown<Label>>): void {
    this.#add(Counter, of, values);
  }

  #add<Label extends string>(
    kind: typeof Gauge<Label> | typeof Counter<Label>,
    { name, help, labels = [] }: MetricName<Label>,
    values: () => Iterable<Shown<Label>>,
  ): void {
    new kind({
      name,
      help,
      labelNames: labels,
      registers: [this.#registry],
      collect() {
        this.reset();
        for (const [labels, value] of values()) this.inc(labels, value);
      },
    });
  }
}
