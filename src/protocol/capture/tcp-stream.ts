import { ownBytes } from '../../bytes/own-bytes.ts';
import type { ByteBudget } from './byte-budget.ts';
import type { TcpSegment } from './tcp-segment.ts';

/** What one side of a connection sent, in order. */
export type TcpPiece =
  /** A view of the packet or a copy: read only. */
  | { readonly is: 'bytes'; readonly bytes: Buffer; readonly timeMs: number | undefined }
  /** So many bytes are not in the capture. */
  | { readonly is: 'gap'; readonly bytes: number };

/** What happened on the way of what one side sent. */
export interface TcpCounts {
  /** Segments of which everything had come before, and their bytes. */
  retransmissions: number;
  retransmittedBytes: number;
  /** Segments that came before what is to stand before them. */
  reordered: number;
  gaps: number;
  lostBytes: number;
}

/** Segments that wait for what comes before them: so many, and so many bytes, of each direction. */
const MAX_WAITING = 1024;
const MAX_WAITING_BYTES: number = 2 ** 20;
/** With so many behind it, what the receiver has acknowledged was not captured, and will not come. */
const WAITING_BEHIND_ACKNOWLEDGED = 16;
/** What a segment that waits takes besides its bytes. */
const WAITING_OVERHEAD_BYTES = 256;

interface Waiting {
  readonly sequence: number;
  readonly bytes: Buffer;
  readonly timeMs: number | undefined;
}

/**
 * Puts what one side of a connection sent in order. What comes twice counts as it came first; what is waited for too long is
 * a gap.
 */
export class TcpStream {
  readonly counts: TcpCounts = {
    retransmissions: 0,
    retransmittedBytes: 0,
    reordered: 0,
    gaps: 0,
    lostBytes: 0,
  };
  readonly #budget: ByteBudget;
  /** The sequence number of the next byte; undefined before the first segment. */
  #next: number | undefined;
  /** In the order of their sequence numbers. */
  #waiting: Waiting[] = [];
  #waitingBytes = 0;
  #endsAt: number | undefined;

  /** @param budget - of what waits */
  constructor(budget: ByteBudget) {
    this.#budget = budget;
  }

  /** Whether everything up to its end has come. */
  get isOver(): boolean {
    return this.#endsAt !== undefined && this.#endsAt === this.#next;
  }

  /** Takes a segment, and gives what is in order by now. */
  *add(segment: TcpSegment, timeMs: number | undefined): Generator<TcpPiece> {
    const { isSyn, isFin, payload } = segment;
    const sequence = (segment.sequence + (isSyn ? 1 : 0)) >>> 0;
    this.#next ??= sequence;
    if (isFin) this.#endsAt = (sequence + payload.length) >>> 0;
    if (payload.length === 0) return;
    const ahead = distance(sequence, this.#next);
    if (ahead > 0) {
      if (!this.#keep({ sequence, bytes: payload, timeMs })) {
        yield* this.#giveUp();
        yield* this.add({ ...segment, isSyn: false, sequence }, timeMs);
        return;
      }
      if (this.#isFull()) yield* this.#giveUp();
      return;
    }
    if (ahead + payload.length <= 0) this.#countTwice(payload.length);
    else {
      yield this.#take({ sequence, bytes: payload, timeMs });
      yield* this.#takeWaiting();
    }
  }

  /** The other side has got everything before this sequence number. */
  *acknowledge(acknowledged: number): Generator<TcpPiece> {
    const first = this.#waiting[0];
    if (first === undefined || this.#waiting.length < WAITING_BEHIND_ACKNOWLEDGED) return;
    if (distance(acknowledged, first.sequence) >= 0) yield* this.#giveUp();
  }

  /** Nothing more comes: what waits is given, with the gaps before it. */
  *end(): Generator<TcpPiece> {
    while (this.#waiting.length > 0) yield* this.#giveUp();
  }

  #isFull(): boolean {
    return this.#waiting.length >= MAX_WAITING || this.#waitingBytes >= MAX_WAITING_BYTES;
  }

  /** Whether there was room to keep it. */
  #keep({ sequence, bytes, timeMs }: Waiting): boolean {
    if (!this.#budget.take(bytes.length + WAITING_OVERHEAD_BYTES)) {
      if (this.#waiting.length > 0) return false;
      this.#budget.force(bytes.length + WAITING_OVERHEAD_BYTES); // one may always wait, or nothing would come
    }
    this.counts.reordered++;
    let at = this.#waiting.length;
    while (at > 0 && distance(sequence, this.#waiting[at - 1]?.sequence ?? 0) < 0) at--;
    this.#waiting.splice(at, 0, { sequence, bytes: ownBytes(bytes), timeMs });
    this.#waitingBytes += bytes.length;
    return true;
  }

  *#giveUp(): Generator<TcpPiece> {
    const first = this.#waiting[0];
    if (first === undefined || this.#next === undefined) return;
    const bytes = distance(first.sequence, this.#next);
    if (bytes > 0) {
      this.counts.gaps++;
      this.counts.lostBytes += bytes;
      this.#next = first.sequence;
      yield { is: 'gap', bytes };
    }
    yield* this.#takeWaiting();
  }

  *#takeWaiting(): Generator<TcpPiece> {
    let taken = 0;
    for (const waiting of this.#waiting) {
      const { sequence, bytes } = waiting;
      const ahead = distance(sequence, this.#next ?? 0);
      if (ahead > 0) break;
      taken++;
      this.#waitingBytes -= bytes.length;
      this.#budget.give(bytes.length + WAITING_OVERHEAD_BYTES);
      if (ahead + bytes.length <= 0) this.#countTwice(bytes.length);
      else yield this.#take(waiting);
    }
    this.#waiting.splice(0, taken);
  }

  #take({ sequence, bytes, timeMs }: Waiting): TcpPiece {
    const known = -distance(sequence, this.#next ?? sequence);
    if (known > 0) this.counts.retransmittedBytes += known;
    this.#next = (sequence + bytes.length) >>> 0;
    return { is: 'bytes', bytes: bytes.subarray(known), timeMs };
  }

  #countTwice(bytes: number): void {
    this.counts.retransmissions++;
    this.counts.retransmittedBytes += bytes;
  }
}

/** How far one sequence number is ahead of another, which wrap. */
function distance(a: number, b: number): number {
  return (a - b) | 0;
}
