import type { MetricFamily } from '../../../metrics/metric-family.ts';

/** Metrics by name, to be read one by one. */
export class Figures {
  readonly #families: ReadonlyMap<string, MetricFamily>;

  constructor(families: readonly MetricFamily[]) {
    this.#families = new Map(families.map((family) => [family.name, family]));
  }

  /** All series of a metric added up. @param having - only those with this in their labels, such as `role="player"` */
  sum(name: string, having = ''): number {
    let sum = 0;
    for (const [labels, value] of this.#values(name)) if (labels.includes(having)) sum += value;
    return sum;
  }

  /** How many series a metric has. */
  count(name: string): number {
    return this.#families.get(name)?.values.size ?? 0;
  }

  /** By stream, the others of its labels added up. */
  byStream(name: string): ReadonlyMap<string, number> {
    const sums = new Map<string, number>();
    for (const [labels, value] of this.#values(name)) {
      const [, written] = /^\{stream="((?:[^"\\]|\\.)*)"/.exec(labels) ?? [];
      if (written === undefined) continue;
      const stream = written.replaceAll(/\\(.)/g, (_, character: string) =>
        character === 'n' ? '\n' : character,
      );
      sums.set(stream, (sums.get(stream) ?? 0) + value);
    }
    return sums;
  }

  *#values(name: string): Generator<readonly [string, number]> {
    yield* this.#families.get(name)?.values ?? [];
  }
}
