/**
 * Preloaded into a server under soak, in each of its threads: says by the channel to the process that started it what its threads
 * hold once all garbage is gone, and ends a worker when it is told to. Needs `--expose-gc` and `--import` of this file.
 */
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import { getHeapSpaceStatistics, type HeapSpaceInfo } from 'node:v8';
import { BroadcastChannel, isMainThread, threadId, type Worker, workerData } from 'node:worker_threads';

/** What a thread holds once its garbage is gone. */
export interface ThreadHoldings {
  readonly thread: number;
  /** Of a worker, its place among the workers; null for any other thread. */
  readonly worker: number | null;
  /** Bytes of the heap in use, without code. */
  readonly heap: number;
  /** Bytes of the heap that hold code: V8 goes on for hours to optimize one function more. */
  readonly code: number;
  /** Bytes outside of the heap that belong to objects on it, array buffers included. */
  readonly external: number;
  readonly arrayBuffers: number;
  /** What keeps its event loop alive, by kind: sockets, timers, ports, files. */
  readonly resources: Readonly<Record<string, number>>;
}

/** What a server is asked: what its threads hold, or to end a worker as if it had died. */
export type InspectionQuestion =
  | { readonly ask: 'holdings'; readonly number: number }
  | { readonly ask: 'kill'; readonly worker: number; readonly number: number };

/** What it answers, with the number of the question. */
export interface InspectionAnswer {
  readonly number: number;
  /** The main thread first; of `kill` those before. */
  readonly threads: readonly ThreadHoldings[];
  readonly residentBytes: number;
}

/** A thread that has not answered by then is left out, milliseconds. */
const ANSWER_MS = 15_000;
/** Buffers are let go beside the thread, and finalizers run between turns: what is garbage is gone after so many collections. */
const COLLECTIONS = 3;
/** Where V8 keeps machine code, bytecode and what belongs to them. */
const CODE_SPACE = /code|trusted/;

const channel = new BroadcastChannel('streampump-soak');
channel.unref();

if (isMainThread) inspectOnRequest();
else {
  channel.onmessage = async ({ data }: { data: unknown }) => {
    if (data === 'holdings') channel.postMessage(await holdings());
  };
}

async function holdings(): Promise<ThreadHoldings> {
  for (let i = 0; i < COLLECTIONS; i++) {
    globalThis.gc?.();
    await nextTurn();
  }
  const { external, arrayBuffers } = process.memoryUsage();
  const { code = [], heap = [] } = Object.groupBy(getHeapSpaceStatistics(), ({ space_name: name }) =>
    CODE_SPACE.test(name) ? 'code' : 'heap',
  );
  const kinds = Map.groupBy(process.getActiveResourcesInfo(), (kind) => kind);
  const resources = Object.fromEntries([...kinds].map(([kind, { length }]) => [kind, length]));
  const { index: worker = null } = (workerData ?? {}) as { readonly index?: number };
  return {
    ...{ thread: threadId, worker, heap: usedIn(heap), code: usedIn(code) },
    ...{ external, arrayBuffers, resources },
  };
}

function usedIn(spaces: readonly HeapSpaceInfo[]): number {
  return spaces.reduce((sum, { space_used_size: bytes }) => sum + bytes, 0);
}

function inspectOnRequest(): void {
  const workers = new Set<Worker>();
  process.on('worker', (worker) => {
    workers.add(worker);
    worker.once('exit', () => workers.delete(worker));
  });
  process.on('message', async (question: InspectionQuestion) => {
    const threads = [await holdings(), ...(await workersHoldings(workers))];
    if (question.ask === 'kill') {
      const thread = threads.find(({ worker }) => worker === question.worker)?.thread;
      await [...workers].find((worker) => worker.threadId === thread)?.terminate();
    }
    const residentBytes = process.memoryUsage.rss();
    const answer: InspectionAnswer = { number: question.number, threads, residentBytes };
    process.send?.(answer);
  });
  process.channel?.unref(); // the server ends when it has nothing to do, as without the channel
}

async function workersHoldings(workers: ReadonlySet<Worker>): Promise<ThreadHoldings[]> {
  const answers: ThreadHoldings[] = [];
  const { promise: complete, resolve } = Promise.withResolvers<void>();
  channel.onmessage = ({ data }: { data: unknown }) => {
    answers.push(data as ThreadHoldings);
    if (answers.length >= workers.size) resolve();
  };
  if (workers.size === 0) return answers;
  channel.postMessage('holdings');
  await Promise.race([complete, sleep(ANSWER_MS, undefined, { ref: false })]);
  return answers.toSorted((one, other) => (one.worker ?? -1) - (other.worker ?? -1));
}
