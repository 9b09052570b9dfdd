import { isRefusal, type Refusal } from '../../../session/access.ts';
import type { Join, Joined, JoinPlaces, SentReport } from './join.ts';
import type { PullLedger } from './pull-ledger.ts';
import type { PullNews } from './pull-slots.ts';
import type { ShareHold, ShareLedger } from './share-ledger.ts';
import { WorkerPulls } from './worker-pulls.ts';

/** The plays that wait for their streams, over all threads. */
export interface WaitingRoom {
  /** Whether the stream is there, in any thread. */
  isThere(key: string): boolean;
  /** A play of this session waits from now on. @returns why it may not */
  wait(session: string): Refusal | undefined;
  endWait(session: string): void;
}

/** What is counted over all threads. */
export interface JoinCounts {
  readonly pulls: PullLedger;
  readonly shares: ShareLedger;
  readonly waiting: WaitingRoom;
}

interface Hold {
  readonly join: Join;
  readonly share: ShareHold | undefined;
  isWaiting: boolean;
}

/** What the joins of one thread hold, so that it can be given back when the thread is gone. */
export class ThreadJoins implements JoinPlaces {
  readonly #counts: JoinCounts;
  readonly #thread: number;
  readonly #pulls: WorkerPulls;
  readonly #holds = new Map<number, Hold>();

  constructor(counts: JoinCounts, thread: number) {
    this.#counts = counts;
    this.#thread = thread;
    this.#pulls = new WorkerPulls(counts.pulls);
  }

  /** How many joins hold anything. */
  get size(): number {
    return this.#holds.size;
  }

  take(id: number, join: Join): Joined | Refusal {
    const { shares, waiting } = this.#counts;
    const share = shares.take(join, this.#thread, id);
    if (share !== undefined && isRefusal(share)) return share;
    const refusal = join.isPulled
      ? this.#pulls.take(join.key, join.isRelay ? undefined : join.address)
      : undefined;
    const hasSlot = join.isPulled && refusal === undefined;
    const isWaiting = refusal === undefined && join.mayWait && !waiting.isThere(join.key);
    const problem = refusal ?? (isWaiting ? waiting.wait(join.session) : undefined);
    if (problem !== undefined) {
      if (hasSlot) this.#pulls.note(join.key, 'released');
      if (share !== undefined) shares.release(share);
      return problem;
    }
    const isHeld = share !== undefined || hasSlot || isWaiting;
    if (isHeld) this.#holds.set(id, { join, share, isWaiting });
    return { isHeld, isWaiting, streamBits: share?.promisedBits ?? 0 };
  }

  endWait(id: number): void {
    const hold = this.#holds.get(id);
    if (hold === undefined) return;
    this.#endWait(hold);
    if (hold.share === undefined && !hold.join.isPulled) this.#holds.delete(id);
  }

  release(id: number): void {
    const hold = this.#holds.get(id);
    if (hold === undefined) return;
    this.#holds.delete(id);
    const { join, share } = hold;
    this.#endWait(hold);
    if (join.isPulled) this.#pulls.note(join.key, 'released');
    if (share !== undefined) this.#counts.shares.release(share);
  }

  /** What befell a pull of the thread. */
  notePull(key: string, news: PullNews): void {
    this.#pulls.note(key, news);
  }

  onSent(report: SentReport): void {
    this.#counts.shares.onSent(this.#thread, report);
  }

  /** The thread is gone. */
  close(): void {
    for (const id of [...this.#holds.keys()]) this.release(id);
    this.#pulls.close();
    this.#counts.shares.forget(this.#thread);
  }

  #endWait(hold: Hold): void {
    if (hold.isWaiting) this.#counts.waiting.endWait(hold.join.session);
    hold.isWaiting = false;
  }
}
