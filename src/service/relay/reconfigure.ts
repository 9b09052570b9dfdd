import type { RelaySettings } from '../../config/relay-settings.ts';
import type { Log } from '../../log.ts';
import type { RelayControl } from '../admin/relay-control.ts';

/** Reads settings and takes them over; where either fails the log says why, and the old ones stay. */
export function reconfigure(
  relay: Pick<RelayControl, 'configure'>,
  load: () => RelaySettings,
  log: Log,
): void {
  try {
    relay.configure(load());
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    log.error('config', `the old configuration stays: ${reason}`);
  }
}
