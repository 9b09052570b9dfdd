import { type MetricSnapshot, OTHER } from '../../../metrics.ts';

type Value = MetricSnapshot[number]['values'][number];

/** Sees to it that no more than so many streams have series of their own, whatever worker they are in. */
export class StreamLabels {
  readonly #max: number;
  #named = new Set<string>();
  #upstreams = new Set<string>();

  constructor(max: number) {
    this.#max = max;
  }

  /** The metrics of all workers, with streams beyond the limit as `other`; one that has its series keeps it until it ends. */
  limit(snapshots: readonly MetricSnapshot[]): MetricSnapshot[] {
    this.#named = this.#choose(this.#named, snapshots, false);
    this.#upstreams = this.#choose(this.#upstreams, snapshots, true);
    return snapshots.map((snapshot) =>
      snapshot.map((metric) => ({
        ...metric,
        values: metric.values.flatMap((value) => this.#limited(value)),
      })),
    );
  }

  #choose(
    former: ReadonlySet<string>,
    snapshots: readonly MetricSnapshot[],
    ofUpstreams: boolean,
  ): Set<string> {
    const there = new Set<string>();
    for (const { labels } of snapshots.flat().flatMap(({ values }) => values)) {
      const { stream, upstream } = labels;
      if (typeof stream === 'string' && stream !== OTHER && (upstream !== undefined) === ofUpstreams)
        there.add(stream);
    }
    const stay = [...former].filter((stream) => there.has(stream));
    return new Set([...new Set([...stay, ...there])].slice(0, this.#max));
  }

  #limited(value: Value): Value[] {
    const { stream, upstream } = value.labels;
    if (typeof stream !== 'string') return [value];
    if (upstream !== undefined) return this.#upstreams.has(stream) ? [value] : [];
    return [this.#named.has(stream) ? value : { ...value, labels: { ...value.labels, stream: OTHER } }];
  }
}
