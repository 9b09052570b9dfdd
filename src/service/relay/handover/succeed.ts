import type { Log } from '../../../log.ts';
import type { RelayControl } from '../../admin/relay-control.ts';
import { HandoverError, type Predecessor } from './predecessor.ts';

/**
 * Has the relay before leave the ports to this one, which listens on them already, and gets from it what it still has. Where that fails
 * both go on, and the log says so.
 */
export async function succeed(
  predecessor: Predecessor,
  relay: Pick<RelayControl, 'inherit'>,
  log: Log,
): Promise<void> {
  const { pid } = predecessor;
  if (predecessor.isDraining) {
    predecessor.close();
    log.info('handover', `the relay with process id ${pid} drains already`, { pid });
    return;
  }
  try {
    relay.inherit(await predecessor.takeOver());
    log.info('handover', `took over from the relay with process id ${pid}, which drains`, { pid });
  } catch (error) {
    if (!(error instanceof HandoverError)) throw error;
    const text = `${error.message}: if it still runs, it gets part of the connections until you end it`;
    log.error('handover', text, { pid });
  }
}
