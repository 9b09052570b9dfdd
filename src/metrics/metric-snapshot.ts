import { AggregatorRegistry, type MetricObjectWithValues, type MetricValue } from 'prom-client';

/** The metrics of one thread at one moment, as plain objects. */
export type MetricSnapshot = readonly MetricObjectWithValues<MetricValue<string>>[];

/** The metrics of several threads as those of one: what stands in several snapshots is added up. */
export function addUp(snapshots: readonly MetricSnapshot[]): MetricSnapshot {
  return AggregatorRegistry.aggregate(
    snapshots as unknown as object[],
  ).getMetricsAsArray() as unknown as MetricSnapshot;
}

/** Metrics as Prometheus text. */
export function toText(snapshot: MetricSnapshot): Promise<string> {
  return AggregatorRegistry.aggregate([snapshot] as unknown as object[]).metrics();
}

/** What stays of a thread that is gone: what it counted, but for streams, whose series end with them. */
export function countsOf(snapshot: MetricSnapshot): MetricSnapshot {
  const isCount = ({ type, values }: MetricSnapshot[number]): boolean =>
    ['counter', 'histogram'].includes(String(type)) && values.every(({ labels }) => !('stream' in labels));
  return snapshot.filter(isCount);
}
