import type { Readable } from 'node:stream';
import type { Clock } from '../../stream/clock.ts';

/** Bytes that pay for one unit of work; chunks of 128 bytes, the smallest that clients send, are paid for twice over. */
const BYTES_PER_UNIT = 64;

/** Unpaid work that every connection may cause for ever, units per millisecond: 800 tiny messages a second. */
const FREE_UNITS_PER_MS = 4;

/** Unpaid work that a connection may cause at once, units: ten seconds of sound that come after a pause in the network. */
const BURST_UNITS = 8192;

/** The same of a connection that is new. */
const FIRST_BURST_UNITS = 2048;

/** Unpaid work that all connections beyond their burst may cause together, units per millisecond: a few percent of a thread. */
const SHARED_UNITS_PER_MS = 200;

/** The longest wait for a turn, milliseconds. */
const MAX_WAIT_MS = 10_000;

/** From this debt on a connection is read in slices: whose bytes do not always pay at once is not yet a costly one. */
const SLICED_UNITS = BURST_UNITS / 2;

/** What is read at a time of such a connection, bytes. */
const SLICE_BYTES = 1024;

/** What is read ahead while the reader is held, bytes: so much that a peer that leaves is noticed. */
const MAX_HELD_BYTES = 256 * 1024;

/** The part of a thread that its costly connections have together: they take turns. */
export class CostlyShare {
  /** When all work that was let in so far has had its time. */
  #freeAtMs = 0;

  /** Lets work in. @returns how long whoever caused it has to wait for the next */
  take(units: number, nowMs: number): number {
    const freeAtMs = Math.max(this.#freeAtMs, nowMs) + units / SHARED_UNITS_PER_MS;
    this.#freeAtMs = Math.min(freeAtMs, nowMs + MAX_WAIT_MS);
    return this.#freeAtMs - nowMs;
  }
}

const shareOfThread = new CostlyShare();

/** Whose bytes are read. */
export interface BudgetedReader {
  /** Whether what comes is to be kept until {@link ReadBudget.goOn}. */
  readonly isHeld: boolean;
  /** Acts on bytes. @returns units of work that all bytes so far have been, see `ServerDialogue.work` */
  read(bytes: Buffer): number;
  /** The connection is slowed down from now on; called once. */
  onSlowed(): void;
}

/**
 * Reads a socket, and slows it down when its bytes cost much more work than bytes usually do, as chunks of one byte do. Who
 * sends media, however much of it, is never slowed.
 */
export class ReadBudget {
  readonly #socket: Readable;
  readonly #clock: Clock;
  readonly #reader: BudgetedReader;
  readonly #share: CostlyShare;
  #work = 0;
  /** Units of work beyond what the bytes have paid for and time has forgiven. */
  #debt = BURST_UNITS - FIRST_BURST_UNITS;
  #debtAtMs: number;
  /** What has come and is not read: its turn has not come, or the reader is held. */
  #kept: Buffer[] = [];
  #keptBytes = 0;
  #waitsForTurn = false;
  #wasSlowed = false;

  constructor(socket: Readable, clock: Clock, reader: BudgetedReader, share: CostlyShare = shareOfThread) {
    this.#socket = socket;
    this.#clock = clock;
    this.#reader = reader;
    this.#share = share;
    this.#debtAtMs = clock.now();
    socket.on('data', (bytes: Buffer) => this.#receive(bytes));
  }

  /** Reads what was kept, as far as it may be read now. */
  goOn(): void {
    if (this.#waitsForTurn || this.#reader.isHeld || this.#socket.destroyed) return;
    const kept = this.#kept;
    this.#kept = [];
    this.#keptBytes = 0;
    for (const bytes of kept) this.#receive(bytes); // whose turn is over by then is kept again
    if (!this.#waitsForTurn && this.#keptBytes <= MAX_HELD_BYTES) this.#socket.resume();
  }

  #receive(bytes: Buffer): void {
    for (let rest = bytes; rest.length > 0; ) {
      if (this.#waitsForTurn || this.#reader.isHeld) {
        this.#keep(rest);
        return;
      }
      const size = this.#debt < SLICED_UNITS ? rest.length : Math.min(rest.length, SLICE_BYTES);
      const waitMs = this.#read(size === rest.length ? rest : rest.subarray(0, size));
      rest = rest.subarray(size);
      if (waitMs > 0) this.#wait(waitMs);
    }
  }

  #keep(bytes: Buffer): void {
    this.#kept.push(bytes);
    this.#keptBytes += bytes.length;
    if (this.#waitsForTurn || this.#keptBytes > MAX_HELD_BYTES) this.#socket.pause();
  }

  /** @returns how long to wait before anything else is read, milliseconds */
  #read(bytes: Buffer): number {
    const work = this.#reader.read(bytes);
    const unpaid = work - this.#work - bytes.length / BYTES_PER_UNIT;
    this.#work = work;
    if (this.#debt === 0 && unpaid <= 0) return 0;
    const nowMs = this.#clock.now();
    const forgiven = (nowMs - this.#debtAtMs) * FREE_UNITS_PER_MS;
    const debt = Math.max(0, this.#debt - forgiven) + unpaid;
    this.#debtAtMs = nowMs;
    this.#debt = Math.min(Math.max(0, debt), BURST_UNITS);
    return debt > BURST_UNITS ? this.#share.take(debt - BURST_UNITS, nowMs) : 0;
  }

  #wait(waitMs: number): void {
    this.#waitsForTurn = true;
    this.#socket.pause();
    this.#clock.after(waitMs, () => {
      this.#waitsForTurn = false;
      this.#debtAtMs = this.#clock.now(); // what waits is not forgiven: the turns are all that it has
      this.goOn();
    });
    if (this.#wasSlowed) return;
    this.#wasSlowed = true;
    this.#reader.onSlowed();
  }
}
