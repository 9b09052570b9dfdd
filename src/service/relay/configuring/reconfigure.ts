import type { RelaySettings } from '../../../config/relay-settings.ts';
import type { Log } from '../../../log.ts';
import type { RelayControl } from '../../admin/relay-control.ts';
import { PreflightError, preflightFiles } from '../preflight.ts';

/** So many faults of one configuration are logged; more are counted. */
const MAX_FAULTS = 20;

/**
 * Reads settings and takes them over, if a relay could start with them; where any of that fails the log says why, and the old
 * ones stay as a whole. Which of them wait for a restart stands in the log, how it went in the metrics. Never rejects.
 */
export async function reconfigure(
  relay: Pick<RelayControl, 'configure' | 'reloads'>,
  load: () => RelaySettings,
  log: Log,
): Promise<void> {
  try {
    const settings = load();
    const unusable = (await preflightFiles(settings)).filter(({ kind }) => kind === 'file');
    if (unusable.length > 0) throw new PreflightError(unusable);
    for (const setting of await relay.configure(settings))
      log.warn('restart-needed', `${setting} has changed and waits for a restart`, { setting });
    log.info('configured', 'configuration read again');
    relay.reloads.note('success');
  } catch (error) {
    relay.reloads.note('failure');
    const faults = (error instanceof Error ? error.message : String(error)).split('\n');
    const more = faults.length - MAX_FAULTS;
    for (const fault of faults.slice(0, MAX_FAULTS))
      log.error('config', `the old configuration stays: ${fault}`);
    if (more > 0) log.error('config', `the old configuration stays: ${more} more faults, --check prints all`);
  }
}

/** Calls `act` in turn, never twice at a time: who calls while it runs has one more run after it, however often. */
export function inTurn(act: () => Promise<void>): () => void {
  let last: Promise<void> = Promise.resolve();
  let next: Promise<void> | undefined; // has not begun yet
  return () => {
    next ??= last.then(() => {
      next = undefined;
      return act();
    });
    last = next;
  };
}
