import { setTimeout as sleep } from 'node:timers/promises';
import type { MetricObjectWithValues, MetricValueWithName, Registry } from 'prom-client';
import { version } from '../version.ts';
import { labelText, type MetricFamily } from './metric-family.ts';
import { openFileCount } from './open-files.ts';
import type { ShownMetrics } from './shown-metrics.ts';

/**
 * Of prom-client's, those that are left out: names that say that they count, and which do not; and what takes Node milliseconds with
 * thousands of sockets, all of which it lists.
 */
const unwanted = [
  'nodejs_active_handles',
  'nodejs_active_handles_total',
  'nodejs_active_requests',
  'nodejs_active_requests_total',
  'nodejs_active_resources',
  'nodejs_active_resources_total',
];

const OPEN_FILES = 'process_open_fds';

/** What prom-client counts from the moment when it is loaded, and the process from its start. */
const cpuSeconds = {
  process_cpu_user_seconds_total: ({ user }: NodeJS.CpuUsage) => user / 1e6,
  process_cpu_system_seconds_total: ({ system }: NodeJS.CpuUsage) => system / 1e6,
  process_cpu_seconds_total: ({ user, system }: NodeJS.CpuUsage) => (user + system) / 1e6,
} as const;

/** The first values of the event loop's delay, which is looked at so often, come after a moment, milliseconds. */
const FIRST_LOOK_MS = 25;

/**
 * The process, and what runs in it. prom-client, which knows that, is loaded when somebody asks for the first time: it takes 8 MB,
 * and from then on a timer that fires a hundred times a second.
 */
export class ProcessMetrics {
  #registry: Promise<Registry> | undefined;

  /** @param name - of the relay or house */
  constructor(show: ShownMetrics, name: string) {
    const build = {
      name: 'streampump_build_info',
      help: 'What runs: the name of the relay, the version of streampump and that of Node. Always 1.',
      labels: ['name', 'version', 'node'],
    } as const;
    show.gauge(build, () => [[{ name, version, node: process.version }, 1]]);
  }

  /** All of them as they are now, each when it is taken. */
  async *families(): AsyncGenerator<MetricFamily> {
    this.#registry ??= openRegistry();
    yield* countedFamilies(await this.#registry);
  }
}

async function openRegistry(): Promise<Registry> {
  const { collectDefaultMetrics, Counter, Gauge, Registry } = await import('prom-client');
  const registry = new Registry();
  const used = process.cpuUsage();
  collectDefaultMetrics({ register: registry });
  for (const [name, seconds] of Object.entries(cpuSeconds)) {
    const counter = registry.getSingleMetric(name);
    if (counter instanceof Counter) counter.inc(seconds(used));
  }
  for (const name of [...unwanted, OPEN_FILES]) registry.removeSingleMetric(name);
  new Gauge({
    name: OPEN_FILES,
    help: 'Number of open file descriptors.',
    registers: [registry],
    async collect() {
      const count = await openFileCount();
      if (count !== undefined) this.set(count);
    },
  });
  await sleep(FIRST_LOOK_MS);
  return registry;
}

/** What prom-client counts, one metric after the other, each when it is taken. */
async function* countedFamilies(registry: Registry): AsyncGenerator<MetricFamily> {
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
