import type { Log } from '../../log.ts';
import type { ReloadOutcome } from '../admin/process-control.ts';
import type { ServiceControl } from '../admin/service-control.ts';
import { PreflightError, type PreflightFault } from './preflight.ts';

/** Where a service's settings come from. */
export interface SettingsSource<S> {
  /** Reads them. @throws ConfigError */
  load(): S;
  /** What is wrong with the files that they name. */
  preflightFiles(settings: S): Promise<readonly PreflightFault[]>;
}

/** What takes settings over. */
export interface Configurable<S> extends Pick<ServiceControl, 'reloads'> {
  configure(settings: S): Promise<readonly string[]>;
}

/** So many faults of one configuration are logged; more are counted. */
const MAX_FAULTS = 20;

/**
 * Reads settings and takes them over, if a service could start with them; where any of that fails the log says why, and the old
 * ones stay as a whole. How it went stands in the log and the metrics, too. Never rejects.
 */
export async function reconfigure<S>(
  service: Configurable<S>,
  source: SettingsSource<S>,
  log: Log,
): Promise<ReloadOutcome> {
  try {
    const settings = source.load();
    const unusable = (await source.preflightFiles(settings)).filter(({ kind }) => kind === 'file');
    if (unusable.length > 0) throw new PreflightError(unusable);
    const restartNeeded = await service.configure(settings);
    for (const setting of restartNeeded)
      log.warn('restart-needed', `${setting} has changed and waits for a restart`, { setting });
    log.info('configured', 'configuration read again');
    service.reloads.note('success');
    return { restartNeeded };
  } catch (error) {
    service.reloads.note('failure');
    const faults = (error instanceof Error ? error.message : String(error)).split('\n');
    const more = faults.length - MAX_FAULTS;
    for (const fault of faults.slice(0, MAX_FAULTS))
      log.error('config', `the old configuration stays: ${fault}`);
    if (more > 0) log.error('config', `the old configuration stays: ${more} more faults, --check prints all`);
    return { faults };
  }
}

/** Calls `act` in turn, never twice at a time: who calls while it runs has one more run after it, however often. `act` never rejects. */
export function inTurn<T>(act: () => Promise<T>): () => Promise<T> {
  let last: Promise<unknown> = Promise.resolve();
  let next: Promise<T> | undefined; // has not begun yet
  return () => {
    next ??= last.then(() => {
      next = undefined;
      return act();
    });
    last = next;
    return next;
  };
}
