import type { DrainSettings } from '../../config/relay-settings.ts';
import type { Log } from '../../log.ts';
import type { Clock } from '../../stream/clock.ts';
import type { SessionTable } from '../listen/session-table.ts';
import type { Listeners } from './listeners.ts';

/** What is drained. */
export interface DrainedService {
  readonly clock: Clock;
  readonly log: Log;
  readonly gate: { isDraining: boolean };
  readonly table: SessionTable;
  readonly listeners: Pick<Listeners, 'closePublic'>;
}

/** Lets nobody new in, and asks those who are there to go elsewhere. @returns when their time is over, milliseconds of the clock */
export function beginDrain(
  { clock, log, gate, table, listeners }: DrainedService,
  { timeoutMs, reconnectUrl }: DrainSettings,
): number {
  gate.isDraining = true;
  listeners.closePublic(); // before it is said: whoever reads that line may take the ports
  logDraining(log, table.size, timeoutMs);
  for (const session of [...table.sessions()]) session.askToReconnect(reconnectUrl);
  return clock.now() + timeoutMs;
}

/** Says how many are waited for, and how long. */
export function logDraining(log: Log, sessions: number, timeoutMs: number): void {
  const wait = `waiting at most ${timeoutMs / 1000} s for open sessions to end: ${sessions}`;
  log.info('draining', sessions === 0 ? 'no sessions are open' : wait, { sessions });
}
