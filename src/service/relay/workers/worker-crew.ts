import { MessageChannel } from 'node:worker_threads';
import type { RelaySettings } from '../../../config/relay-settings.ts';
import type { MetricFamily } from '../../../metrics/metric-family.ts';
import { addUp, countsOf } from '../../../metrics/metric-snapshot.ts';
import type { Extent } from '../../../metrics/metrics.ts';
import type { Clock } from '../../../stream/clock.ts';
import { UnavailableError } from '../../admin/unavailable-error.ts';
import type { Configurer } from '../configuring/proofs-alike.ts';
import type { ToWorker, WorkerAnswers, WorkerReport } from './messages.ts';
import { LIST_MS, type LostWithWorker, type WorkerHandle } from './worker-handle.ts';

/** The questions to which a worker answers undefined where it failed. */
type Listing = {
  [Q in keyof WorkerAnswers]: undefined extends Awaited<ReturnType<WorkerAnswers[Q]>> ? Q : never;
}[keyof WorkerAnswers];

/** What goes with a worker that the crew had. */
export interface LostFromCrew extends LostWithWorker {
  /** How long it was there, milliseconds. */
  readonly ranMs: number;
}

/** All workers of a relay, as one that is told something and asked something. */
export class WorkerCrew {
  readonly #clock: Clock;
  readonly #workers = new Map<number, WorkerHandle>();
  readonly #addedAt = new WeakMap<WorkerHandle, number>();
  /** Counters of workers that are gone. */
  #goneCounts: readonly MetricFamily[] = [];

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Those that run, by index. */
  get workers(): ReadonlyMap<number, WorkerHandle> {
    return this.#workers;
  }

  /** Those that serve, in the order in which they were started. */
  get ready(): WorkerHandle[] {
    return this.all.filter(({ isReady }) => isReady).sort((one, other) => one.number - other.number);
  }

  /** Those that run. */
  get all(): WorkerHandle[] {
    return [...this.#workers.values()];
  }

  /** Counters of workers that are gone. */
  get goneCounts(): readonly MetricFamily[] {
    return this.#goneCounts;
  }

  add(worker: WorkerHandle): void {
    this.#workers.set(worker.index, worker);
    this.#addedAt.set(worker, this.#clock.now());
  }

  /** One has ended. @returns what went with it; undefined where another one has its place already */
  remove(worker: WorkerHandle, code: number): LostFromCrew | undefined {
    if (this.#workers.get(worker.index) !== worker) return undefined;
    this.#workers.delete(worker.index);
    const lost = worker.onExit(code);
    this.#goneCounts = addUp([this.#goneCounts, countsOf(worker.report.snapshot)]);
    const now = this.#clock.now();
    return { ...lost, ranMs: now - (this.#addedAt.get(worker) ?? now) };
  }

  /** Tells every one. */
  tell(message: ToWorker): void {
    for (const worker of this.#workers.values()) worker.tell(message);
  }

  /** Gives a worker that has just started a way to each of the others. */
  introduce(worker: WorkerHandle): void {
    for (const peer of this.ready) {
      if (peer === worker) continue;
      const { port1, port2 } = new MessageChannel();
      worker.tell({ say: 'peer', index: peer.index, port: port1 }, port1);
      peer.tell({ say: 'peer', index: worker.index, port: port2 }, port2);
    }
  }

  /**
   * Has each take settings over.
   * @param keptBy - streams that the worker of this index keeps
   * @returns why one of them cannot, if one cannot
   */
  async configure(
    settings: RelaySettings,
    by: Configurer,
    keptBy: (index: number) => readonly string[],
  ): Promise<string | undefined> {
    const problems = this.all.map((worker) =>
      worker.configure(settings, keptBy(worker.index), this.#clock, by),
    );
    return (await Promise.all(problems)).find((problem) => problem !== undefined);
  }

  /** Has each tell what happens there from now on. @returns ends it */
  follow(): () => void {
    this.tell({ say: 'follow', isFollowed: true });
    return () => this.tell({ say: 'follow', isFollowed: false });
  }

  /** How each is doing, as far as it says so in time. */
  async measure(extent: Extent): Promise<WorkerReport[]> {
    const workers = this.ready;
    await Promise.all(workers.map((worker) => worker.measure(extent, this.#clock)));
    return workers.map(({ report }) => report);
  }

  /** What each says, in their order. @throws UnavailableError when one is too busy to say it */
  async ask<Q extends Listing>(
    question: Q,
    ...details: Parameters<WorkerAnswers[Q]>
  ): Promise<NonNullable<Awaited<ReturnType<WorkerAnswers[Q]>>>[]> {
    const workers = this.ready;
    const answers = await Promise.all(
      workers.map((worker) => worker.ask(this.#clock, LIST_MS, question, ...details)),
    );
    const isMissing = ({ index }: WorkerHandle, i: number): boolean =>
      answers[i] === undefined && this.#workers.get(index) === workers[i]; // one that is gone has nothing to say
    const missing = workers.find(isMissing);
    if (missing !== undefined) throw new UnavailableError(`worker ${missing.index} is too busy to answer`);
    return answers.filter((answer) => answer !== undefined) as never;
  }
}
