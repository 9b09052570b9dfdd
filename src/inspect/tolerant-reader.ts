import { ByteQueue } from '../bytes/byte-queue.ts';
import { ProtocolError } from '../errors.ts';
import type { ByteBudget } from '../protocol/capture/byte-budget.ts';
import type { CapturedFlow, FlowProtocol, Found, InspectSink, MediaPiece, Sureness } from './record.ts';

/** Of so many pieces that wait it is known when each came. */
const MAX_ARRIVALS = 1024;

/** The bytes of a flow that are not read yet, and what is told of those that are. */
export class FlowInput {
  readonly flow: CapturedFlow;
  readonly #sink: InspectSink;
  readonly #bytes = new ByteQueue();
  #offset = 0;
  /** When bytes came, by the offset behind them; those before the next unread byte are gone. */
  readonly #arrivals: { end: number; timeMs: number }[] = [];

  constructor(flow: CapturedFlow, sink: InspectSink) {
    this.flow = flow;
    this.#sink = sink;
  }

  /** For whoever peeks: what reads tells {@link advance} of it. */
  get bytes(): ByteQueue {
    return this.#bytes;
  }

  /** Where the next unread byte stands. */
  get offset(): number {
    return this.#offset;
  }

  /** Takes bytes that are the caller's again after the next {@link keep}. */
  lend(bytes: Buffer, timeMs: number | undefined): void {
    this.#bytes.lend(bytes, bytes.length);
    if (timeMs === undefined) return;
    const end = this.#offset + this.#bytes.length;
    const last = this.#arrivals.at(-1);
    if (last === undefined || this.#arrivals.length < MAX_ARRIVALS) this.#arrivals.push({ end, timeMs });
    else Object.assign(last, { end, timeMs });
  }

  read(size: number): Buffer | undefined {
    const bytes = this.#bytes.read(size);
    if (bytes !== undefined) this.#offset += size;
    return bytes;
  }

  readSome(size: number): Buffer | undefined {
    const bytes = this.#bytes.readSome(size);
    this.#offset += bytes?.length ?? 0;
    return bytes;
  }

  skip(size: number): void {
    this.#bytes.skip(size);
    this.#offset += size;
  }

  /** Others have read or lost so many bytes. */
  advance(size: number): void {
    this.#offset += size;
  }

  found(found: Found, offset: number): void {
    this.#sink.found({ flow: this.flow, offset, timeMs: this.#arrival(), ...found });
  }

  media(piece: MediaPiece): void {
    this.#sink.media(this.flow, piece);
  }

  /** When the last byte that was read came. */
  #arrival(): number | undefined {
    const arrivals = this.#arrivals;
    while (arrivals.length > 1 && (arrivals[0]?.end ?? 0) < this.#offset) arrivals.shift();
    return arrivals[0]?.timeMs;
  }
}

/** A place in a window of bytes where a format can be read from. */
export interface Foothold {
  readonly at: number;
  readonly sureness: Sureness;
}

/** How one format is read and found. */
export interface FlowFormat {
  readonly protocol: FlowProtocol;
  /**
   * Reads on, and tells what it found; false when more bytes have to come.
   * @param isAll - no more bytes come
   * @throws ProtocolError at what cannot be, of which nothing was consumed
   */
  read(input: FlowInput, isAll: boolean): boolean;
  /**
   * Whether so many lost bytes are all of something whose end is known, so that it can be read on behind them.
   * @param queuedBytes - which stand before them and were not read yet; they are lost as well
   */
  lose(bytes: number, queuedBytes: number): boolean;
  /** Forgets what has begun. */
  drop(): void;
  /**
   * The first place in a window where reading can go on; `more` when that cannot be told without the bytes behind it.
   * @param isAll - no more bytes come
   */
  find(window: Buffer, isAll: boolean): Foothold | 'more' | undefined;
  /** What it is in the middle of. */
  readonly inside: string | undefined;
}

/** A search begins with so many bytes, and looks at so many at a time at the most. */
const FIRST_WINDOW_BYTES: number = 2 ** 14;
const LAST_WINDOW_BYTES: number = 2 ** 20;
/** What stays of a window in which nothing was found: a header may have begun in it. */
const KEPT_BYTES = 32;

/** Reads a flow in one format, and goes on after whatever cannot be. */
export class TolerantReader {
  readonly #input: FlowInput;
  readonly #format: FlowFormat;
  /** Where a search for the next foothold has begun; undefined while reading. */
  #searchedFrom: number | undefined;
  #windowBytes = FIRST_WINDOW_BYTES;
  /** What the bytes take that wait. */
  #keptBytes = 0;

  /** @param isInMiddle - the bytes begin anywhere, so that a place to read from has to be found first */
  constructor(input: FlowInput, format: FlowFormat, isInMiddle = false) {
    this.#input = input;
    this.#format = format;
    if (isInMiddle) this.#searchedFrom = input.offset;
  }

  /** Reads what has been pushed to the input. */
  run(isAll = false): void {
    for (;;) {
      if (this.#searchedFrom !== undefined && !this.#search(this.#searchedFrom, isAll)) return;
      try {
        if (!this.#format.read(this.#input, isAll)) return;
      } catch (error) {
        if (!(error instanceof ProtocolError)) throw error;
        this.#input.found({ is: 'fault', reason: error.message }, this.#input.offset);
        this.#loseStep(1);
      }
    }
  }

  /** So many bytes are missing; undefined for nobody knows how many. */
  gap(bytes: number | undefined): void {
    const input = this.#input;
    this.run();
    const reason = `${bytes ?? 'some'} bytes are not in the capture`;
    const inside = this.#format.inside ?? 'a packet';
    if (
      bytes !== undefined &&
      this.#searchedFrom === undefined &&
      this.#format.lose(bytes, input.bytes.length)
    ) {
      input.skip(input.bytes.length);
      input.found(
        { is: 'fault', reason: `${reason}, inside ${inside}: what follows it is read on` },
        input.offset,
      );
      input.advance(bytes);
      return;
    }
    input.found({ is: 'fault', reason }, input.offset + input.bytes.length);
    if (this.#searchedFrom !== undefined) this.run(true);
    this.#loseStep(0);
    input.skip(input.bytes.length);
    input.advance(bytes ?? 0);
  }

  /** Copies what was lent and not read; where there is no room for that, it is lost. */
  keep(budget: ByteBudget): void {
    const { bytes } = this.#input;
    const more = bytes.length - this.#keptBytes;
    if (more > 0 && !budget.take(more)) {
      const reason = `${bytes.length} bytes that wait for more, and too many of other flows do`;
      this.#input.found({ is: 'fault', reason }, this.#input.offset);
      this.#loseStep(bytes.length);
      budget.give(this.#keptBytes);
      this.#keptBytes = 0;
      return;
    }
    if (more < 0) budget.give(-more);
    this.#keptBytes += more;
    bytes.keep();
  }

  end(): void {
    this.run(true);
    const input = this.#input;
    const inside =
      this.#searchedFrom === undefined ? this.#format.inside : 'bytes in which nothing was found';
    const rest =
      input.bytes.length === 0 ? undefined : `a header of which ${input.bytes.length} bytes are there`;
    input.found({ is: 'end', inside: inside ?? rest }, input.offset + input.bytes.length);
    input.skip(input.bytes.length);
    this.#format.drop();
  }

  /** Begins a search behind so many bytes. */
  #loseStep(bytes: number): void {
    this.#searchedFrom ??= this.#input.offset;
    this.#format.drop();
    this.#input.skip(Math.min(bytes, this.#input.bytes.length));
    this.#windowBytes = FIRST_WINDOW_BYTES;
  }

  /** Whether a foothold was found, at which the input stands then. */
  #search(from: number, isAll: boolean): boolean {
    const { bytes } = this.#input;
    for (;;) {
      if (bytes.length < this.#windowBytes && !isAll) return false;
      const isFull = bytes.length >= LAST_WINDOW_BYTES;
      const window = bytes.peek(Math.min(bytes.length, LAST_WINDOW_BYTES));
      if (window === undefined || window.length === 0) return false;
      const found = this.#format.find(window, isAll || isFull);
      if (found === 'more') {
        this.#windowBytes = Math.min(2 * window.length, LAST_WINDOW_BYTES);
        continue;
      }
      if (found === undefined) {
        this.#input.skip(isAll && !isFull ? window.length : window.length - KEPT_BYTES);
        this.#windowBytes = FIRST_WINDOW_BYTES;
        continue;
      }
      this.#input.skip(found.at);
      this.#searchedFrom = undefined;
      this.#windowBytes = FIRST_WINDOW_BYTES;
      const { offset } = this.#input;
      const { protocol } = this.#format;
      const { sureness } = found;
      this.#input.found({ is: 'resumed', protocol, sureness, skippedBytes: offset - from }, offset);
      return true;
    }
  }
}
