import { Worker } from 'node:worker_threads';
import { monotonicMs } from './clock.ts';
import type { CrewOrder } from './crew.ts';
import type { CrewCommand, CrewMessage } from './crew-thread.ts';
import type { LoadPlan } from './load-plan.ts';
import { type Counts, emptyCounts, sumCounts, Tally } from './report/tally.ts';

/** How the test stands. */
export interface Standing {
  /** Since the first player joined, milliseconds. */
  readonly elapsedMs: number;
  readonly counts: Counts;
  /** Of the worst thread, so far; null while nothing was measured. */
  readonly latencyP99Ms: number | null;
}

/** What all crews together found. */
export interface CrewsReport {
  readonly tally: Tally;
  /** Of each thread: the share of the measurement that it had something to do; null where it did not come to it. */
  readonly busyPercents: readonly (number | null)[];
  /** By the thread that went on longest: one whose players have all gone ends before, milliseconds. Null where none came to it. */
  readonly measuredMs: number | null;
}

/** From the word to the threads to the first player's joining, milliseconds. */
const LEAD_MS = 20;
/** How long a thread may take to close what it has opened, milliseconds. */
const THREAD_END_MS = 3000;

// compiled, it stands beside this file under another name
const threadFile = new URL(
  import.meta.url.endsWith('.ts') ? './crew-thread.ts' : './crew-thread.js',
  import.meta.url,
);

/**
 * Plays the plan with one crew for each thread.
 * @param signal - ends the test before its time; the report is of what was measured until then
 */
export async function runCrews(
  plan: LoadPlan,
  address: string,
  signal: AbortSignal,
  onProgress: (standing: Standing) => void,
): Promise<CrewsReport> {
  const standings = Array.from({ length: plan.threads }, () => ({
    counts: emptyCounts(),
    latencyP99Ms: null as number | null,
  }));
  let startAtMs = 0;
  const crews = standings.map(
    (_, thread) =>
      new CrewThread({ plan, address, thread }, ({ counts, latencyP99Ms }) => {
        standings[thread] = { counts, latencyP99Ms };
        if (thread !== 0) return;
        onProgress({
          elapsedMs: monotonicMs() - startAtMs,
          counts: sumCounts(standings.map((standing) => standing.counts)),
          latencyP99Ms: most(standings.map((standing) => standing.latencyP99Ms)),
        });
      }),
  );
  const stop = (): void => {
    for (const crew of crews) crew.tell('stop');
  };
  signal.addEventListener('abort', stop, { once: true });
  try {
    await Promise.all(crews.map(({ ready }) => ready));
    startAtMs = monotonicMs() + LEAD_MS;
    for (const crew of crews) crew.tell(signal.aborted ? 'stop' : { startAtMs });
    return summarize(await Promise.all(crews.map(({ report }) => report)));
  } finally {
    signal.removeEventListener('abort', stop);
    await Promise.all(crews.map((crew) => crew.terminate()));
  }
}

type ReportMessage = CrewMessage & { kind: 'report' };

function summarize(reports: readonly ReportMessage[]): CrewsReport {
  const tally = new Tally();
  for (const report of reports) tally.add(report.tally);
  return {
    tally,
    busyPercents: reports.map(({ busyPercent }) => busyPercent),
    measuredMs: most(reports.map(({ measuredMs }) => measuredMs)),
  };
}

/** The largest of those that are known. */
function most(values: readonly (number | null)[]): number | null {
  const known = values.filter((value) => value !== null);
  return known.length === 0 ? null : Math.max(...known);
}

/** A crew in a thread of its own. */
class CrewThread {
  /** Resolves when it waits for the word to begin. */
  readonly ready: Promise<void>;
  /** Resolves when it has closed all it had opened; rejects when the thread breaks. */
  readonly report: Promise<ReportMessage>;
  readonly #worker: Worker;

  constructor(order: CrewOrder, onProgress: (message: CrewMessage & { kind: 'progress' }) => void) {
    this.#worker = new Worker(threadFile, { workerData: order });
    const ready = Promise.withResolvers<void>();
    const report = Promise.withResolvers<ReportMessage>();
    let reported: ReportMessage | undefined;
    let impatience: NodeJS.Timeout | undefined;
    this.#worker.on('message', (message: CrewMessage) => {
      if (message.kind === 'ready') ready.resolve();
      else if (message.kind === 'progress') onProgress(message);
      else {
        reported = message;
        impatience = setTimeout(() => void this.terminate(), THREAD_END_MS);
      }
    });
    this.#worker.on('error', report.reject);
    this.#worker.on('exit', () => {
      clearTimeout(impatience);
      if (reported === undefined) report.reject(new Error('a thread of the load tester has broken down'));
      else report.resolve(reported);
    });
    this.report = report.promise;
    this.ready = Promise.race([ready.promise, report.promise.then(() => {})]);
    report.promise.catch(() => {}); // whoever waits for it is told
  }

  tell(command: CrewCommand): void {
    this.#worker.postMessage(command);
  }

  /** Ends the thread at once, if it has not ended. */
  async terminate(): Promise<void> {
    await this.#worker.terminate();
  }
}
