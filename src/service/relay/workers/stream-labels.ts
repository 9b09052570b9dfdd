import {
  flattened,
  type MetricFamily,
  type StreamFamily,
  type StreamFamilyKind,
} from '../../../metrics/metric-family.ts';
import type { MetricSnapshot } from '../../../metrics/metric-snapshot.ts';
import type { LabelLimits } from '../../../metrics/metrics-source.ts';
import { OTHER } from '../../../metrics/stream-metrics.ts';

/** Sees to it that no more than so many streams have series of their own, whatever worker they are in. */
export class StreamLabels {
  readonly #limits: LabelLimits;
  /** The streams that have series of each kind. */
  #named: Readonly<Record<StreamFamilyKind, ReadonlySet<string>>> = {
    stream: new Set(),
    upstream: new Set(),
    forward: new Set(),
  };

  /** @param limits - they may change */
  constructor(limits: LabelLimits) {
    this.#limits = limits;
  }

  /** The metrics of each worker, with streams beyond the limit as `other`; one that has its series keeps it until it ends. */
  limit(snapshots: readonly MetricSnapshot[]): MetricFamily[][] {
    const families = snapshots.flatMap(({ ofStreams }) => ofStreams);
    const choose = (kind: StreamFamilyKind): ReadonlySet<string> =>
      this.#choose(
        kind,
        new Set(families.filter((one) => one.kind === kind).flatMap(({ streams }) => streams)),
      );
    this.#named = { stream: choose('stream'), upstream: choose('upstream'), forward: choose('forward') };
    return snapshots.map(({ families, ofStreams }) => [
      ...families,
      ...ofStreams.map((family) => flattened(this.#limited(family))),
    ]);
  }

  #choose(kind: StreamFamilyKind, there: ReadonlySet<string>): ReadonlySet<string> {
    const stay = [...this.#named[kind]].filter((stream) => there.has(stream));
    const named = new Set([...stay, ...there]);
    named.delete(OTHER);
    return new Set([...named].slice(0, this.#limits.streamLabels));
  }

  /** A sum of links would say nothing: those beyond the limit have no series. */
  #limited(family: StreamFamily): StreamFamily {
    const named = this.#named[family.kind];
    if (family.streams.every((stream) => named.has(stream))) return family;
    if (family.kind === 'stream')
      return { ...family, streams: family.streams.map((stream) => (named.has(stream) ? stream : OTHER)) };
    const isNamed = (_: unknown, row: number): boolean => named.has(family.streams[row] ?? '');
    return {
      ...family,
      streams: family.streams.filter(isNamed),
      labels: family.labels.filter(isNamed),
      values: family.values.filter(isNamed),
    };
  }
}
