import type { Transferable, Worker } from 'node:worker_threads';
import type { MetricSnapshot } from '../../../metrics.ts';
import type { Counted, SessionLimits } from '../session-limits.ts';
import type { ToWorker, WorkerStatus } from './messages.ts';

/** A worker as the main thread sees it. */
export class Member {
  readonly worker: Worker;
  /** Resolves when the worker listens; rejects when it cannot. */
  readonly started: Promise<void>;
  /** Resolves when the thread has ended. */
  readonly ended: Promise<void>;
  readonly #sessions = new Map<string, Counted>();
  #resolveStarted: () => void = () => {};
  #rejectStarted: (error: Error) => void = () => {};
  #isReady = false;
  #snapshot: MetricSnapshot = [];
  #status: WorkerStatus = { upstreams: [], forwards: [] };
  readonly #measuring = new Map<number, () => void>();
  #lastMeasure = 0;

  constructor(worker: Worker) {
    this.worker = worker;
    this.started = new Promise((resolve, reject) => {
      this.#resolveStarted = resolve;
      this.#rejectStarted = reject;
    });
    this.ended = new Promise((resolve) => worker.once('exit', () => resolve()));
  }

  get isReady(): boolean {
    return this.#isReady;
  }

  /** The metrics as they were measured last. */
  get snapshot(): MetricSnapshot {
    return this.#snapshot;
  }

  get status(): WorkerStatus {
    return this.#status;
  }

  tell(message: ToWorker, ...transfer: Transferable[]): void {
    this.worker.postMessage(message, transfer);
  }

  onReady(): void {
    this.#isReady = true;
    this.#resolveStarted();
  }

  /** It cannot start, or has ended: nobody waits for it any longer. */
  onFailed(error: Error): void {
    this.#rejectStarted(error);
    for (const resolve of this.#measuring.values()) resolve();
    this.#measuring.clear();
  }

  /** Fetches its metrics; resolves when they are there or the worker is gone. */
  measure(): Promise<void> {
    const id = ++this.#lastMeasure;
    return new Promise((resolve) => {
      this.#measuring.set(id, resolve);
      this.tell({ say: 'measure', id });
    });
  }

  onMeasured(id: number, snapshot: MetricSnapshot, status: WorkerStatus): void {
    this.#snapshot = snapshot;
    this.#status = status;
    this.#measuring.get(id)?.();
    this.#measuring.delete(id);
  }

  add(table: SessionLimits<Counted>, id: string, address: string): void {
    const session = { address };
    this.#sessions.set(id, session);
    table.add(session);
  }

  settle(table: SessionLimits<Counted>, id: string): void {
    const session = this.#sessions.get(id);
    if (session !== undefined) table.settle(session);
  }

  remove(table: SessionLimits<Counted>, id: string): void {
    const session = this.#sessions.get(id);
    this.#sessions.delete(id);
    if (session !== undefined) table.remove(session);
  }

  /** The worker is gone. @returns how many sessions went with it */
  removeAll(table: SessionLimits<Counted>): number {
    const count = this.#sessions.size;
    for (const id of [...this.#sessions.keys()]) this.remove(table, id);
    return count;
  }
}
