import type { Clock } from '../../stream/clock.ts';

/** Work that is done for all peers before the loop takes a turn, so that everything else has its time: a few milliseconds. */
const TURN_WORK = 16_384;

/** Those who neither publish nor play have this long in a turn of the loop, milliseconds: thousands may come at once. */
const PENDING_TURN_MS = 2;

/** Unpaid work that all slowed connections may cause together, for each millisecond: a few percent of a thread. */
const SHARED_WORK_PER_MS = 200;

/** How often is looked whose time has come, milliseconds: half of it sooner or later is on time. */
const TICK_MS = 20;

/** The longest wait for a share, milliseconds. */
const MAX_WAIT_MS = 10_000;

/** Who waits for its turn. */
export interface TurnTaker {
  /** Whether it neither publishes nor plays: all others go first. */
  readonly isPending?: boolean;
  onTurn(): void;
}

const turnsByClock = new WeakMap<Clock, ReadTurns>();

/** Shares one thread among those whose peers' bytes are read on it: who had enough goes on in a later turn of the loop. */
export class ReadTurns {
  readonly #clock: Clock;
  /** Work left until the loop takes a turn. */
  #left = TURN_WORK;
  #isTurning = false;
  #isTicking = false;
  /** Who goes on in the next turn, in order; and behind them who is pending. */
  readonly #next = new Set<TurnTaker>();
  readonly #nextPending = new Set<TurnTaker>();
  /** When somebody who is pending was first read in this turn; undefined when nobody was. */
  #pendingSince: number | undefined;
  /** Who goes on at a time, milliseconds of the clock. */
  readonly #later = new Map<TurnTaker, number>();
  /** When all shared work that was promised so far has had its time. */
  #shareFreeAt = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Those of the thread whose clock it is. */
  static of(clock: Clock): ReadTurns {
    let turns = turnsByClock.get(clock);
    if (turns === undefined) {
      turns = new ReadTurns(clock);
      turnsByClock.set(clock, turns);
    }
    return turns;
  }

  /** Whether nothing more is to be read before the loop has taken a turn. */
  get isOver(): boolean {
    return this.#left <= 0;
  }

  /** Whether somebody who is pending may be read in this turn; it begins with the first who asks. */
  mayReadPending(): boolean {
    const now = this.#clock.now();
    this.#pendingSince ??= now;
    this.#turn();
    return now - this.#pendingSince < PENDING_TURN_MS;
  }

  /** Counts work that was done. */
  spend(work: number): void {
    this.#left -= work;
    if (this.#left <= 0) this.#turn();
  }

  /** Calls `taker` in the next turn, or a later one when there is too much to do; at its time if it has one. */
  queue(taker: TurnTaker): void {
    if (taker.isPending) this.#nextPending.add(taker);
    else this.#next.add(taker);
    this.#turn();
  }

  /** Promises shared work. @returns when its time has come */
  share(work: number): number {
    const now = this.#clock.now();
    const freeAt = Math.max(this.#shareFreeAt, now) + work / SHARED_WORK_PER_MS;
    this.#shareFreeAt = Math.min(freeAt, now + MAX_WAIT_MS);
    return this.#shareFreeAt;
  }

  /** Calls `taker` at a time, in place of any other. One tick serves all, so that they cost no timer each. */
  delay(taker: TurnTaker, dueAt: number): void {
    this.#next.delete(taker);
    this.#nextPending.delete(taker);
    this.#later.set(taker, dueAt);
    this.#scheduleTick();
  }

  #turn(): void {
    if (this.#isTurning) return;
    this.#isTurning = true;
    this.#clock.soon(() => this.#onTurned());
  }

  #onTurned(): void {
    this.#isTurning = false;
    this.#left = TURN_WORK;
    this.#pendingSince = undefined;
    for (let waiting = this.#next.size; waiting > 0 && this.#left > 0; waiting--) {
      const [taker] = this.#next;
      if (taker === undefined) break;
      this.#next.delete(taker);
      taker.onTurn();
    }
    if (this.#next.size > 0) this.#turn();
    this.#goOnWithPending(this.#nextPending.size);
  }

  /** One after the other, so that the time of each counts with what follows from it: access is asked for it, and it joins. */
  #goOnWithPending(waiting: number): void {
    const [taker] = this.#nextPending;
    if (taker === undefined) return;
    if (waiting === 0 || this.isOver || !this.mayReadPending()) {
      this.#turn();
      return;
    }
    this.#nextPending.delete(taker);
    taker.onTurn();
    this.#clock.next(() => this.#goOnWithPending(waiting - 1));
  }

  #scheduleTick(): void {
    if (this.#isTicking) return;
    this.#isTicking = true;
    this.#clock.after(TICK_MS, () => this.#tick());
  }

  #tick(): void {
    this.#isTicking = false;
    const end = this.#clock.now() + TICK_MS / 2;
    for (const [taker, dueAt] of this.#later) {
      if (dueAt > end) continue;
      this.#later.delete(taker);
      this.queue(taker);
    }
    if (this.#later.size > 0) this.#scheduleTick();
  }
}
