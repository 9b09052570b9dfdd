import type { MetricObjectWithValues, MetricValueWithName, Registry } from 'prom-client';
import { labelText, type MetricFamily } from './metric-family.ts';

/** What prom-client counts, one metric after the other, each when it is taken. */
export async function* countedFamilies(registry: Registry): AsyncGenerator<MetricFamily> {
  for (const { name } of registry.getMetricsAsArray()) {
    const metric = await registry.getSingleMetric(name)?.get();
    if (metric !== undefined) yield familyOf(metric);
  }
}

function familyOf({
  name,
  help,
  type,
  values,
}: MetricObjectWithValues<MetricValueWithName<string>>): MetricFamily {
  const written = values.map(({ metricName = name, labels, value }): [string, number] => [
    metricName.slice(name.length) + labelText(labels),
    value,
  ]);
  // of the process there is one; what threads count is added up
  const together = String(type) === 'counter' || String(type) === 'histogram' ? 'sum' : 'first';
  return { name, help, type: String(type) as MetricFamily['type'], together, values: new Map(written) };
}
