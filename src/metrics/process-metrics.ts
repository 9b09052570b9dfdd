import { collectDefaultMetrics, Gauge, type Registry } from 'prom-client';
import { version } from '../version.ts';
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

/** The process, and what runs in it. */
export function addProcessMetrics(registry: Registry, show: ShownMetrics, name: string): void {
  collectDefaultMetrics({ register: registry });
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
  const build = {
    name: 'streampump_build_info',
    help: 'What runs: the name of the relay, the version of streampump and that of Node. Always 1.',
    labels: ['name', 'version', 'node'],
  } as const;
  show.gauge(build, () => [[{ name, version, node: process.version }, 1]]);
}
