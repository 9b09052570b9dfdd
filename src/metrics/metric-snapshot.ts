import type { MetricFamily, StreamFamily } from './metric-family.ts';

/** The metrics of one thread at one moment. */
export interface MetricSnapshot {
  readonly families: readonly MetricFamily[];
  readonly ofStreams: readonly StreamFamily[];
}

/** The metrics of several threads as those of one. */
export function addUp(threads: readonly (readonly MetricFamily[])[]): MetricFamily[] {
  const families = new Map<string, MetricFamily & { readonly values: Map<string, number> }>();
  for (const family of threads.flat()) {
    const sum = families.get(family.name);
    if (sum === undefined) families.set(family.name, { ...family, values: new Map(family.values) });
    else
      for (const [behind, value] of family.values) {
        const before = sum.values.get(behind);
        sum.values.set(behind, before === undefined ? value : combine[family.together](before, value));
      }
  }
  return [...families.values()];
}

/** What stays of a thread that is gone: what it counted, but for streams, whose series end with them. */
export function countsOf({ families }: MetricSnapshot): MetricFamily[] {
  return families.filter(({ type }) => type === 'counter' || type === 'histogram');
}

const combine: Readonly<Record<MetricFamily['together'], (a: number, b: number) => number>> = {
  sum: (a, b) => a + b,
  min: Math.min,
  max: Math.max,
  first: (a) => a,
};
