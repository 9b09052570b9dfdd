import { type Transferable, Worker } from 'node:worker_threads';
import type { RelaySettings } from '../../../config/relay-settings.ts';
import type { Log } from '../../../log.ts';
import type { Extent } from '../../../metrics/metrics.ts';
import { isRefusal } from '../../../session/access.ts';
import type { Clock } from '../../../stream/clock.ts';
import type { FailureLedger } from '../../access/credentials/failed-attempts.ts';
import type { MatchesPassword } from '../../access/credentials/password-queue.ts';
import type { PullLedger } from '../../access/joining/pull-ledger.ts';
import type { ShareLedger } from '../../access/joining/share-ledger.ts';
import { ThreadJoins } from '../../access/joining/thread-joins.ts';
import type { LineWriter } from '../../access-log/access-log.ts';
import type { EventFeed } from '../../admin/events/event-feed.ts';
import type { RelayEvent } from '../../admin/events/relay-event.ts';
import type { DrainWish } from '../../admin/process-control.ts';
import { killGroup, noteGroup } from '../../hooks/exec/process-groups.ts';
import { ListenError } from '../../listen/listener.ts';
import type { Counted, SessionLimits } from '../../listen/session-limits.ts';
import type { Configurer } from '../configuring/proofs-alike.ts';
import { answer, Questions } from './asking/questions.ts';
import type { Directory } from './directory.ts';
import type {
  MainAnswers,
  PublicationFacts,
  ToMain,
  ToWorker,
  WorkerAnswers,
  WorkerReport,
  WorkerStart,
} from './messages.ts';

/** A worker that is too busy to say how it does is counted as it was, after this time, milliseconds. */
const ANSWER_MS = 1000;

/** Of one that does not say in this time what it has nothing is known, milliseconds. */
export const LIST_MS = 5000;

/** One that does not say in this time that it cannot take settings over is believed to do so later, milliseconds. */
const CONFIGURE_MS = 5000;

/** What V8 may use for the young generation of a worker: two semi-spaces, and large objects as big as one. */
const MAX_YOUNG_MIB = 12;

/** Starts the thread of a worker. @param transfer - what of its start is moved there */
export function startThread(start: WorkerStart, transfer: readonly Transferable[]): Worker {
  const file = import.meta.url.endsWith('.ts') ? './worker-thread.ts' : './worker-thread.js';
  return new Worker(new URL(file, import.meta.url), {
    workerData: start,
    transferList: [...transfer],
    resourceLimits: { maxYoungGenerationSizeMb: MAX_YOUNG_MIB },
  });
}

/** What the main thread keeps for all workers. */
export interface SharedState {
  readonly log: Log;
  /** Undefined where there is no access log. */
  readonly accessLog: LineWriter | undefined;
  readonly directory: Directory;
  readonly events: Pick<EventFeed<RelayEvent>, 'tell'>;
  readonly pulls: PullLedger;
  readonly failures: FailureLedger;
  /** One at a time for all workers. */
  readonly matchesPassword: MatchesPassword;
  readonly shares: ShareLedger;
  readonly sessions: SessionLimits<WorkerSession>;
}

/** A session of a worker, as the main thread counts it. */
export interface WorkerSession extends Counted {
  readonly worker: Pick<WorkerHandle, 'tell' | 'ask'>;
  isPlayer: boolean;
}

/** What goes with a worker: how many sessions, how many of them had begun to play, and what was published. */
export interface LostWithWorker {
  readonly sessions: number;
  readonly players: number;
  readonly publications: readonly PublicationFacts[];
}

/** A worker as the main thread sees it, with its part of what all workers share. */
export class WorkerHandle {
  readonly index: number;
  /** How many were started before it, in whatever place. */
  readonly number: number;
  readonly worker: Worker;
  readonly #shared: SharedState;
  readonly #joins: ThreadJoins;
  readonly #sessions = new Map<string, WorkerSession>();
  readonly #publications: PublicationFacts[] = [];
  readonly #started = Promise.withResolvers<void>();
  readonly #questions = new Questions<WorkerAnswers>((question) => this.tell(question));
  readonly #answers: MainAnswers;
  /** Process groups of programs that it runs. */
  readonly #programs = new Set<number>();
  #isReady = false;
  #report: WorkerReport = { snapshot: { families: [], ofStreams: [] } };

  constructor(index: number, number: number, worker: Worker, shared: SharedState) {
    this.index = index;
    this.number = number;
    this.worker = worker;
    this.#shared = shared;
    const { directory, pulls, shares, sessions } = shared;
    const waiting = {
      isThere: (key: string) => directory.isPublished(key),
      wait: (session: string) => sessions.wait(session),
      endWait: (session: string) => sessions.endWait(session),
    };
    this.#joins = new ThreadJoins({ pulls, shares, waiting }, index);
    this.#answers = {
      admit: (session, address) => {
        const denial = sessions.admit(address);
        if (!denial?.isCut) this.#add(session, address, denial !== undefined);
        return denial;
      },
      move: (session, address) => sessions.move(session, address),
      find: (keys) => directory.find(keys, index),
      join: (id, join) => {
        const answer = this.#joins.take(id, join);
        return isRefusal(answer) ? answer : { ...answer, home: directory.find([join.key], index).home };
      },
      matchesPassword: (password, hash) => shared.matchesPassword(password, hash),
      liveStreams: () => directory.published(),
    };
    worker.on('message', (message: ToMain) => this.#onMessage(message));
  }

  /** Resolves when the worker listens; rejects when it cannot. */
  get started(): Promise<void> {
    return this.#started.promise;
  }

  get isReady(): boolean {
    return this.#isReady;
  }

  /** How it did when it was measured last. */
  get report(): WorkerReport {
    return this.#report;
  }

  tell(message: ToWorker, ...transfer: Transferable[]): void {
    this.worker.postMessage(message, transfer);
  }

  /** Fetches its report; resolves when it is there, the worker is gone or it does not answer in time. */
  async measure(extent: Extent, clock: Clock): Promise<void> {
    const asked = this.#questions.ask('measure', extent).then((report = this.#report) => {
      const { ofStreams } = (extent === 'all' ? report : this.#report).snapshot;
      this.#report = { ...report, snapshot: { ...report.snapshot, ofStreams } };
    });
    await inTime(clock, ANSWER_MS, asked);
  }

  /** What it answers; undefined when it is gone or does not answer in time. @param ms - how long that is, milliseconds */
  ask<Q extends keyof WorkerAnswers>(
    clock: Clock,
    ms: number,
    question: Q,
    ...details: Parameters<WorkerAnswers[Q]>
  ): Promise<Awaited<ReturnType<WorkerAnswers[Q]>> | undefined> {
    return inTime(clock, ms, this.#questions.ask(question, ...details));
  }

  /** Has it take settings over; resolves with why it cannot, if it says so in time: one that is gone says nothing. */
  configure(
    settings: RelaySettings,
    kept: readonly string[],
    clock: Clock,
    by: Configurer = 'operator',
  ): Promise<string | undefined> {
    return this.ask(clock, CONFIGURE_MS, 'configure', settings, kept, by);
  }

  /** Lets nobody in any more; resolves when those who are there have left, it was time to go, or the worker has ended. */
  drain(wish: DrainWish): Promise<void> {
    return this.#questions.ask('drain', wish).catch(() => {});
  }

  /** Ends it in good order; resolves when it has ended. */
  async close(): Promise<void> {
    await this.#questions.ask('close').catch(() => {});
    await this.worker.terminate();
  }

  /** It has ended. @returns what went with it */
  onExit(code: number): LostWithWorker {
    const error = new Error(`worker ${this.index} ended with code ${code}`);
    this.#started.reject(error);
    this.#questions.close(error);
    for (const group of this.#programs) {
      killGroup(group);
      noteGroup(group, false);
    }
    this.#joins.close();
    const lost = [...this.#sessions];
    for (const [id] of lost) this.#remove(id);
    const players = lost.filter(([, { isPlayer }]) => isPlayer).length;
    return { sessions: lost.length, players, publications: this.#publications.splice(0) };
  }

  #onMessage(message: ToMain): void {
    switch (message.say) {
      case 'ask':
        void answer(this.#answers, message).then((reply) => this.tell(reply));
        return;
      case 'answer':
        this.#questions.onAnswer(message);
        return;
      case 'ready':
        this.#isReady = true;
        this.#started.resolve();
        return;
      case 'failed':
        this.#started.reject(new ListenError(message.problem));
        return;
      case 'log':
        this.#shared.log.write(message.line);
        this.tell({ say: 'logged', bytes: message.bytes });
        return;
      case 'access':
        this.#shared.accessLog?.write(message.line);
        this.tell({ say: 'access-logged', bytes: message.bytes });
        return;
      case 'program':
        this.#onProgram(message.group, message.isRunning);
        return;
      case 'publishing':
        this.#onPublishing(message.publication, message.isOver);
        return;
      case 'accepted':
        this.#accept(message.session, message.isPlayer);
        return;
      case 'idle':
        this.#rest(message.session);
        return;
      case 'wait-over':
        this.#joins.endWait(message.join);
        return;
      case 'join-over':
        this.#joins.release(message.join);
        return;
      case 'sent':
        this.#joins.onSent(message.report);
        return;
      case 'closed':
        this.#remove(message.session);
        return;
      case 'wrong-credential':
        this.#shared.failures.note(message.address);
        return;
      case 'events':
        for (const event of message.events) this.#shared.events.tell(event);
        return;
      case 'pull-news':
        this.#joins.notePull(message.key, message.news);
        return;
      case 'published':
        this.#shared.directory.setPublished(message.key, this.index, message.isPublished);
        return;
      case 'done':
        this.#shared.directory.done(message.key, this.index);
        return;
      default:
        message satisfies never;
    }
  }

  #onProgram(group: number, isRunning: boolean): void {
    if (isRunning) this.#programs.add(group);
    else this.#programs.delete(group);
    noteGroup(group, isRunning);
  }

  /** One connection may publish a stream twice, the second time in place of the first: of those that are alike one is over. */
  #onPublishing(publication: PublicationFacts, isOver: boolean): void {
    const { connection, stream } = publication;
    const at = this.#publications.findIndex((one) => one.connection === connection && one.stream === stream);
    if (!isOver) this.#publications.push(publication);
    else if (at >= 0) this.#publications.splice(at, 1);
  }

  #add(id: string, address: string | null, isGuest: boolean): void {
    const session = { id, worker: this, isPlayer: false };
    this.#sessions.set(id, session);
    this.#shared.sessions.add(session, address, isGuest);
  }

  #accept(id: string, isPlayer: boolean): void {
    const session = this.#sessions.get(id);
    if (session === undefined) return;
    session.isPlayer = isPlayer;
    this.#shared.sessions.accept(session);
  }

  #rest(id: string): void {
    const session = this.#sessions.get(id);
    if (session === undefined) return;
    session.isPlayer = false;
    this.#shared.sessions.rest(session);
  }

  #remove(id: string): void {
    const session = this.#sessions.get(id);
    this.#sessions.delete(id);
    if (session !== undefined) this.#shared.sessions.remove(session);
  }
}

/** What a worker answers; undefined when it is gone or does not answer in time. */
function inTime<T>(clock: Clock, ms: number, answered: Promise<T>): Promise<T | undefined> {
  return new Promise((resolve) => {
    const stopWaiting = clock.after(ms, () => resolve(undefined));
    const finish = (answer?: T): void => {
      stopWaiting();
      resolve(answer);
    };
    answered.then(finish, () => finish());
  });
}
