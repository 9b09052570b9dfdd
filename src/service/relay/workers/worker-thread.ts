import { parentPort, workerData } from 'node:worker_threads';
import { systemClock } from '../../../stream/clock.ts';
import { WorkerAccessLog } from '../../access-log/worker-access-log.ts';
import { watchGroups } from '../../hooks/exec/process-groups.ts';
import { withSockets } from '../../privileges/kept-ports.ts';
import { mediaFormats } from '../../stream-formats.ts';
import { Relay } from '../relay.ts';
import { MainLink } from './main-link.ts';
import type { ToMain, ToWorker, WorkerStart } from './messages.ts';
import { WorkerLog } from './worker-log.ts';

/** What a worker thread runs: a relay without an admin listener, that shares its ports with the other workers. */
async function run(): Promise<void> {
  if (parentPort === null) throw new Error('worker-thread is not a program: it is started by a relay');
  const start: WorkerStart = workerData;
  const port = parentPort;
  const workerLog = new WorkerLog(start.settings.log, start, (line, bytes) =>
    port.postMessage({ say: 'log', line, bytes } satisfies ToMain),
  );
  const { log } = workerLog;
  const accessLog = new WorkerAccessLog(log, (line, bytes) =>
    port.postMessage({ say: 'access', line, bytes } satisfies ToMain),
  );
  const families = mediaFormats(start.settings.limits).map(({ forms }) => forms.raw.family);
  watchGroups((group, isRunning) => port.postMessage({ say: 'program', group, isRunning } satisfies ToMain));
  const link = new MainLink(port, start, systemClock, log, families);
  try {
    const listen = withSockets(start.settings.listen, start.sockets);
    const relay = await Relay.start({ ...start.settings, listen }, log, systemClock, {
      link,
      accessLog: start.settings.accessLog.file === null ? undefined : accessLog,
    });
    relay.changed.goByAdditions(start.additions);
    relay.member.welcome(start.welcomes, null);
    port.on('message', (message: ToWorker) => {
      if (message.say === 'logged') workerLog.onTaken(message.bytes);
      else if (message.say === 'access-logged') accessLog.onTaken(message.bytes);
      else link.onMessage(message, relay);
    });
    link.tell({ say: 'ready' });
  } catch (error) {
    link.tell({ say: 'failed', problem: error instanceof Error ? error.message : String(error) });
  }
}

await run();
