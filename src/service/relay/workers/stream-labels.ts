import type { MetricSnapshot } from '../../../metrics/metric-snapshot.ts';
import type { LabelLimits } from '../../../metrics/metrics-source.ts';
import { OTHER } from '../../../metrics/stream-metrics.ts';

type Value = MetricSnapshot[number]['values'][number];

/** Whose series a value belongs to: those of a stream, of its upstream or of a forward. */
type Kind = 'stream' | 'upstream' | 'forward';

/** Sees to it that no more than so many streams have series of their own, whatever worker they are in. */
export class StreamLabels {
  readonly #limits: LabelLimits;
  /** The streams that have series of each kind. */
  #named: Readonly<Record<Kind, ReadonlySet<string>>> = {
    stream: new Set(),
    upstream: new Set(),
    forward: new Set(),
  };

  /** @param limits - they may change */
  constructor(limits: LabelLimits) {
    this.#limits = limits;
  }

  /** The metrics of all workers, with streams beyond the limit as `other`; one that has its series keeps it until it ends. */
  limit(snapshots: readonly MetricSnapshot[]): MetricSnapshot[] {
    const there: Record<Kind, Set<string>> = { stream: new Set(), upstream: new Set(), forward: new Set() };
    for (const value of snapshots.flat().flatMap(({ values }) => values)) {
      const { stream } = value.labels;
      if (typeof stream === 'string' && stream !== OTHER) there[kindOf(value)].add(stream);
    }
    this.#named = {
      stream: this.#choose('stream', there.stream),
      upstream: this.#choose('upstream', there.upstream),
      forward: this.#choose('forward', there.forward),
    };
    return snapshots.map((snapshot) =>
      snapshot.map((metric) => ({
        ...metric,
        values: metric.values.flatMap((value) => this.#limited(value)),
      })),
    );
  }

  #choose(kind: Kind, there: ReadonlySet<string>): ReadonlySet<string> {
    const stay = [...this.#named[kind]].filter((stream) => there.has(stream));
    return new Set([...new Set([...stay, ...there])].slice(0, this.#limits.streamLabels));
  }

  #limited(value: Value): Value[] {
    const { stream } = value.labels;
    const kind = kindOf(value);
    if (typeof stream !== 'string' || this.#named[kind].has(stream)) return [value];
    return kind === 'stream' ? [{ ...value, labels: { ...value.labels, stream: OTHER } }] : [];
  }
}

function kindOf({ labels }: Value): Kind {
  if (labels['upstream'] !== undefined) return 'upstream';
  return labels['forward'] === undefined ? 'stream' : 'forward';
}
