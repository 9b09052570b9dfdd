import type { Log } from '../log.ts';
import type { LogEvent } from '../log-events.ts';
import { PreflightError, type PreflightFault, preflightText } from '../service/serving/preflight.ts';

/** What is said of faults that a service can run with. */
const warnings: { readonly [Kind in PreflightFault['kind']]?: LogEvent } = {
  date: 'certificate',
  later: 'unreadable',
  doubt: 'advice',
};

/** Warns of what a service can run with. @throws PreflightError with all that it cannot run with */
export function heedFaults(faults: readonly PreflightFault[], log: Log): void {
  const obstacles = faults.filter(({ kind }) => warnings[kind] === undefined);
  if (obstacles.length > 0) throw new PreflightError(obstacles);
  for (const fault of faults) log.warn(warnings[fault.kind] ?? 'advice', preflightText(fault));
}
