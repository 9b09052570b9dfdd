import { once } from 'node:events';
import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import { Crew, type CrewOrder } from './crew.ts';
import type { Counts, TallySnapshot } from './report/tally.ts';

/** What the thread of a crew says: that it is there, now and then how it stands, and at the end all that it found. */
export type CrewMessage =
  | { readonly kind: 'ready' }
  | { readonly kind: 'progress'; readonly counts: Counts; readonly latencyP99Ms: number | null }
  | {
      readonly kind: 'report';
      readonly tally: TallySnapshot;
      readonly busyPercent: number | null;
      readonly measuredMs: number | null;
    };

/** What it is told: when the first player is to join, on the clock that all threads share, and to end before its time. */
export type CrewCommand = { readonly startAtMs: number } | 'stop';

/** Between two words on how it stands, milliseconds. */
const PROGRESS_MS = 250;

async function run(port: MessagePort, order: CrewOrder): Promise<void> {
  const say = (message: CrewMessage): void => port.postMessage(message);
  say({ kind: 'ready' });
  const [command] = (await once(port, 'message')) as [CrewCommand];
  const crew = new Crew(order, command === 'stop' ? 0 : command.startAtMs);
  port.on('message', () => crew.finish());
  if (command === 'stop') crew.finish();
  const progress = setInterval(() => {
    const { counts, distributions } = crew.tally;
    say({ kind: 'progress', counts: { ...counts }, latencyP99Ms: distributions.latencyMs.at(99) });
  }, PROGRESS_MS);
  await crew.done;
  clearInterval(progress);
  const { tally, busyPercent, measuredMs } = crew;
  say({ kind: 'report', tally: tally.snapshot(), busyPercent, measuredMs });
  port.close();
}

if (parentPort !== null) await run(parentPort, workerData as CrewOrder);
