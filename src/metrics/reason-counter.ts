import { Counter, type Registry } from 'prom-client';

/** A counter with a series for each reason, all of which are there from the start. @param reasons - all that there can be */
export function reasonCounter(
  registry: Registry,
  name: string,
  help: string,
  reasons: readonly string[],
): Counter<'reason'> {
  const counter = new Counter({ name, help, labelNames: ['reason'], registers: [registry] });
  for (const reason of reasons) counter.inc({ reason }, 0);
  return counter;
}

/** Who was refused. */
export function rejectionCounter(registry: Registry, refusals: readonly string[]): Counter<'reason'> {
  const help = 'Connections, publishers and players that were refused.';
  return reasonCounter(registry, 'streampump_rejected_total', help, refusals);
}
