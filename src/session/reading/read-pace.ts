import { Work, type WorkMeter } from '../../protocol/work-meter.ts';
import type { Clock } from '../../stream/clock.ts';
import { ReadTurns, type TurnTaker } from './read-turns.ts';

/** Bytes that pay for one unit of work; chunks of 128 bytes, the smallest that clients send, are paid for twice over. */
const BYTES_PER_UNIT = 64;

/** Unpaid work that every connection may cause for ever, units per millisecond: 800 tiny messages a second, a packet each. */
const FREE_WORK_PER_MS = 8;

/** Unpaid work that a connection may cause at once, units: ten seconds of sound that come after a pause in the network. */
const BURST_WORK = 8192;

/** The same of a connection that is new and that anybody may have opened. */
const FIRST_BURST_WORK = 2048;

/** Unpaid work of a slowed connection when its time has come, units: so much that its time need not come often. */
const SHARE_WORK = 4096;

/** How much of its burst a connection may have used until its bytes are read in slices, not as they come. */
const SLICED_WORK = BURST_WORK / 2;

/** Who is paced. */
export interface Paced {
  /** Goes on with all that was left, until the pace is spent again. */
  onTurn(): void;
  /** The connection is slowed down from now on; called once. */
  onSlowed(): void;
}

type State =
  | { readonly at: 'reading' }
  /** For the next turn of the loop. */
  | { readonly at: 'turn' }
  /** For its time. `grant`: unpaid work that it may cause then. */
  | { readonly at: 'time'; readonly dueAt: number; readonly grant: number };

const reading: State = { at: 'reading' };
const awaitingTurn: State = { at: 'turn' };

/**
 * How fast one connection is read. All of them take turns, so that no turn of the loop is long whatever peers send; and one whose
 * bytes cost much more work than bytes usually do, as chunks of one byte do, has to share a small part of the thread with
 * others like it. Who sends media, however much of it, is never slowed.
 */
export class ReadPace implements WorkMeter, TurnTaker {
  readonly #clock: Clock;
  readonly #turns: ReadTurns;
  readonly #paced: Paced;
  /** Unpaid work that it may still cause. */
  #credit: number;
  #creditAt: number;
  #state: State = reading;
  #wasSlowed = false;
  /** Whether its peer neither publishes nor plays: many such may come at once, and live media goes before them. */
  isPending: boolean;

  /** @param isTrusted - it leads to a server that the operator has chosen */
  constructor(clock: Clock, paced: Paced, isTrusted = false) {
    this.#clock = clock;
    this.#turns = ReadTurns.of(clock);
    this.#paced = paced;
    this.#credit = isTrusted ? BURST_WORK : FIRST_BURST_WORK;
    this.#creditAt = clock.now();
    this.isPending = !isTrusted;
  }

  get isSpent(): boolean {
    return this.#state.at !== 'reading';
  }

  /** Whether what comes is better read in slices: the peer's bytes do not always pay for their work. */
  get isSliced(): boolean {
    return this.#credit < SLICED_WORK;
  }

  spend(work: number, bytes: number): void {
    this.#turns.spend(work);
    const unpaid = work - bytes / BYTES_PER_UNIT;
    if (unpaid > 0) this.#credit -= unpaid;
    if (this.#state.at !== 'reading') return;
    if (this.#credit < 0) this.#slow();
    else if (this.#turns.isOver) this.#awaitTurn();
  }

  /** A piece of so many bytes has come from the socket. */
  onPiece(bytes: number): void {
    if (this.#state.at === 'reading' && this.#credit < BURST_WORK) {
      const now = this.#clock.now();
      const forgiven = (now - this.#creditAt) * FREE_WORK_PER_MS;
      this.#credit = Math.min(BURST_WORK, this.#credit + forgiven);
      this.#creditAt = now;
    }
    this.spend(Work.piece, bytes);
  }

  /** Whether more may be read now; when not, its turn comes by itself. */
  mayRead(): boolean {
    if (this.#state.at === 'reading' && this.#isTurnOver) this.#awaitTurn();
    return this.#state.at === 'reading';
  }

  /** The connection has had its share: nothing more of it is acted on for `ms` milliseconds, and all that it sends waits. */
  wait(ms: number): void {
    const dueAt = this.#clock.now() + ms;
    const state = this.#state;
    if (state.at === 'time') this.#delay(Math.max(dueAt, state.dueAt), state.grant);
    else this.#delay(dueAt, 0);
  }

  onTurn(): void {
    const state = this.#state;
    this.#state = reading;
    if (state.at === 'time') {
      this.#credit += state.grant;
      this.#creditAt = this.#clock.now(); // what waits is not forgiven: the grants are all that it has
    }
    if (this.#turns.isOver) this.#awaitTurn();
    else this.#paced.onTurn();
  }

  get #isTurnOver(): boolean {
    return this.#turns.isOver || (this.isPending && !this.#turns.mayReadPending());
  }

  #awaitTurn(): void {
    this.#state = awaitingTurn;
    this.#turns.queue(this);
  }

  #slow(): void {
    const grant = SHARE_WORK - this.#credit;
    this.#delay(this.#turns.share(grant), grant);
    if (this.#wasSlowed) return;
    this.#wasSlowed = true;
    this.#paced.onSlowed();
  }

  #delay(dueAt: number, grant: number): void {
    this.#state = { at: 'time', dueAt, grant };
    this.#turns.delay(this, dueAt);
  }
}
