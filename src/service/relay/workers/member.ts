import type { Transferable, Worker } from 'node:worker_threads';
import type { MetricSnapshot } from '../../../metrics.ts';
import type { Clock } from '../../../stream/clock.ts';
import type { WorkerPulls } from '../../access/worker-pulls.ts';
import type { Counted, SessionLimits } from '../../listen/session-limits.ts';
import type { ToWorker, WorkerStatus } from './messages.ts';

/** A worker that is too busy to say how it does is counted as it was, after this time, milliseconds. */
const ANSWER_MS = 1000;

/** A worker as the main thread sees it. */
export class Member {
  readonly worker: Worker;
  /** Its places among the pulls on demand. */
  readonly pulls: WorkerPulls;
  /** Resolves when the worker listens; rejects when it cannot. */
  readonly started: Promise<void>;
  /** Resolves when the thread has ended. */
  readonly ended: Promise<void>;
  readonly #sessions = new Map<string, Counted & { isPlayer: boolean }>();
  /** Resolves when nobody is left at the worker that was asked to drain. */
  readonly drained: Promise<void>;
  readonly onDrained: () => void;
  #resolveStarted: () => void = () => {};
  #rejectStarted: (error: Error) => void = () => {};
  #isReady = false;
  #snapshot: MetricSnapshot = [];
  #status: WorkerStatus = { upstreams: [], forwards: [] };
  readonly #measuring = new Map<number, () => void>();
  #lastMeasure = 0;

  constructor(worker: Worker, pulls: WorkerPulls) {
    this.worker = worker;
    this.pulls = pulls;
    this.started = new Promise((resolve, reject) => {
      this.#resolveStarted = resolve;
      this.#rejectStarted = reject;
    });
    const { promise, resolve } = Promise.withResolvers<void>();
    this.drained = promise;
    this.onDrained = resolve;
    this.ended = new Promise((settle) => worker.once('exit', () => settle()));
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
    this.onDrained();
    for (const resolve of this.#measuring.values()) resolve();
    this.#measuring.clear();
  }

  /** Fetches its metrics; resolves when they are there, the worker is gone or it does not answer in time. */
  measure(clock: Clock): Promise<void> {
    const id = ++this.#lastMeasure;
    return new Promise((resolve) => {
      const stopWaiting = clock.after(ANSWER_MS, () => this.#onAnswered(id));
      this.#measuring.set(id, () => {
        stopWaiting();
        resolve();
      });
      this.tell({ say: 'measure', id });
    });
  }

  #onAnswered(id: number): void {
    this.#measuring.get(id)?.();
    this.#measuring.delete(id);
  }

  onMeasured(id: number, snapshot: MetricSnapshot, status: WorkerStatus): void {
    this.#snapshot = snapshot;
    this.#status = status;
    this.#onAnswered(id);
  }

  add(table: SessionLimits<Counted>, id: string, address: string): void {
    const session = { address, isPlayer: false };
    this.#sessions.set(id, session);
    table.add(session);
  }

  settle(table: SessionLimits<Counted>, id: string, isPlayer: boolean): void {
    const session = this.#sessions.get(id);
    if (session === undefined) return;
    session.isPlayer = isPlayer;
    table.settle(session);
  }

  remove(table: SessionLimits<Counted>, id: string): void {
    const session = this.#sessions.get(id);
    this.#sessions.delete(id);
    if (session !== undefined) table.remove(session);
  }

  /** The worker is gone. @returns how many sessions went with it, and how many of them had begun to play */
  removeAll(table: SessionLimits<Counted>): { readonly sessions: number; readonly players: number } {
    this.pulls.close();
    const lost = [...this.#sessions];
    for (const [id] of lost) this.remove(table, id);
    return { sessions: lost.length, players: lost.filter(([, { isPlayer }]) => isPlayer).length };
  }
}
