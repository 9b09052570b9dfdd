import type { RelaySettings } from '../../config/relay-settings.ts';
import type { Log } from '../../log.ts';
import type { RelayControl } from '../admin/relay-control.ts';
import { PreflightError, preflight } from './preflight.ts';

/**
 * Reads settings and takes them over, if a relay could start with them; where any of that fails the log says why, and the old
 * ones stay as a whole. Never rejects.
 */
export async function reconfigure(
  relay: Pick<RelayControl, 'configure'>,
  load: () => RelaySettings,
  log: Log,
): Promise<void> {
  try {
    const settings = load();
    const unusable = (await preflight(settings)).filter(({ kind }) => kind === 'file');
    if (unusable.length > 0) throw new PreflightError(unusable);
    await relay.configure(settings);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    log.error('config', `the old configuration stays: ${reason}`);
  }
}
