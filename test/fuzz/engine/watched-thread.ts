import { setTimeout as sleep } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { CurrentInput } from './current-input.ts';
import type { ThreadNews, ThreadWish } from './fuzz-thread.ts';

/** Whoever is at work on one input for so long hangs, milliseconds of processor time: on a busy machine the thread may have to wait. */
const HANG_CPU_MS = 15_000;

/** What it may have of the heap, MiB. */
const MAX_HEAP_MIB = 512;

const LOOK_EVERY_MS = 200;

/** The module of all targets. */
const ALL_TARGETS = new URL('../targets/all-targets.ts', import.meta.url).href;

type Task = ThreadWish extends infer Wish
  ? Wish extends unknown
    ? Omit<Wish, 'shared' | 'module'>
    : never
  : never;

/** How a thread is watched. */
export interface ThreadWatch {
  readonly onNews?: (news: ThreadNews) => void;
  /** So much processor time may one input take, milliseconds. */
  readonly hangCpuMs?: number;
  /** URL of the module that has the targets; all of them by default. */
  readonly module?: string;
}

/** How a thread came to its end; with the input that it was at work on, if that was no good end. */
export type ThreadEnd =
  | { readonly how: 'done' }
  | { readonly how: 'hang' | 'death'; readonly message: string; readonly input: Buffer };

/** Runs a thread, and ends it where it hangs. */
export async function runThread(
  task: Task,
  { onNews = () => {}, hangCpuMs = HANG_CPU_MS, module = ALL_TARGETS }: ThreadWatch = {},
): Promise<ThreadEnd> {
  const current = new CurrentInput();
  const thread = new Worker(new URL('fuzz-thread.ts', import.meta.url), {
    workerData: { ...task, module, shared: current.shared } satisfies ThreadWish,
    resourceLimits: { maxOldGenerationSizeMb: MAX_HEAP_MIB },
  });
  let end: ThreadEnd | undefined;
  thread.on('message', onNews);
  thread.on('error', (error: Error) => {
    end ??= { how: 'death', message: error.stack ?? error.message, input: current.input };
  });
  const exited = new Promise<void>((resolve) => {
    thread.once('exit', (code) => {
      end ??=
        code === 0 ? { how: 'done' } : { how: 'death', message: `exit code ${code}`, input: current.input };
      resolve();
    });
  });
  const watch = async (): Promise<void> => {
    let count = current.count;
    let cpu = cpuMs();
    while (end === undefined) {
      await Promise.race([sleep(LOOK_EVERY_MS, undefined, { ref: false }), exited]);
      if (current.count !== count || current.count === 0) {
        count = current.count;
        cpu = cpuMs();
      } else if (cpuMs() - cpu > hangCpuMs) {
        end = {
          how: 'hang',
          message: `still at it after ${hangCpuMs} ms of processor time`,
          input: current.input,
        };
        await thread.terminate();
      }
    }
  };
  await Promise.all([exited, watch()]);
  return end ?? { how: 'done' };
}

function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}
