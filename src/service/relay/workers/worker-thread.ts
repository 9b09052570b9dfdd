import { parentPort, workerData } from 'node:worker_threads';
import { flvFamily } from '../../../family/flv/flv-family.ts';
import { openLog } from '../../../log.ts';
import { systemClock } from '../../../stream/clock.ts';
import { Relay } from '../relay.ts';
import { MainLink } from './main-link.ts';
import type { ToWorker, WorkerStart } from './messages.ts';

/** What a worker thread runs: a relay without an admin listener, that shares its ports with the other workers. */
async function run(): Promise<void> {
  if (parentPort === null) throw new Error('worker-thread is not a program: it is started by a relay');
  const start = workerData as WorkerStart;
  const log = (await openLog(start.settings.log, start.settings.name)).with({ worker: start.index });
  const link = new MainLink(parentPort, start, systemClock, log, [flvFamily]);
  try {
    const relay = await Relay.start(start.settings, log, systemClock, link);
    parentPort.on('message', (message: ToWorker) => link.onMessage(message, relay));
    link.tell({ say: 'ready' });
  } catch (error) {
    link.tell({ say: 'failed', problem: error instanceof Error ? error.message : String(error) });
  }
}

await run();
