/** Bytes that wait in a ring at a time: a power of two, so that positions may wrap. */
export const RING_BYTES: number = 2 ** 18;

/** What is larger leaves too little room for others, bytes. */
export const MAX_RING_RECORD_BYTES: number = RING_BYTES / 4;

/** Before the records, words of 32 bits that both sides look at, each on a cache line of its own. */
const CONTROL_BYTES = 256;
/** Positions: bytes that were written, and read, so far. */
const WRITTEN = 0;
const READ = 16;
/** How many messages of the port the reader has acted on. */
const HANDLED = 32;
/** Whether the reader was woken and has not looked since. */
const WOKEN = 48;

/** In place of the size of a record: the rest of the ring is left out. */
const GAP = 0;

/** Memory for one direction between two threads. */
export function newRing(): SharedArrayBuffer {
  return new SharedArrayBuffer(CONTROL_BYTES + RING_BYTES);
}

/** The end of a ring that writes: records whose sizes are multiples of 8 and stand in their first four bytes, big-endian. */
export class RingWriter {
  /** Where records are written. */
  readonly bytes: Buffer;
  readonly #control: Int32Array;
  #written = 0;

  constructor(memory: SharedArrayBuffer) {
    this.#control = new Int32Array(memory, 0, CONTROL_BYTES / 4);
    this.bytes = Buffer.from(memory, CONTROL_BYTES);
  }

  /** Behind the last record. */
  get written(): number {
    return this.#written;
  }

  /** The place for a record; undefined when there is no room. */
  reserve(size: number): number | undefined {
    if (size > MAX_RING_RECORD_BYTES) return undefined;
    const at = this.#written & (RING_BYTES - 1);
    const gap = at + size > RING_BYTES ? RING_BYTES - at : 0;
    const used = this.#written - Atomics.load(this.#control, READ);
    if ((used | 0) + gap + size > RING_BYTES) return undefined;
    if (gap === 0) return at;
    this.bytes.writeUInt32BE(GAP, at);
    this.#written = (this.#written + gap) | 0;
    return 0;
  }

  /** The record at the reserved place is written. */
  commit(size: number): void {
    this.#written = (this.#written + size) | 0;
    Atomics.store(this.#control, WRITTEN, this.#written);
  }

  /** Whether everything up to this position has been read. */
  isRead(position: number): boolean {
    return ((Atomics.load(this.#control, READ) - position) | 0) >= 0;
  }

  /** Whether the reader has acted on so many messages of the port. */
  isHandled(messages: number): boolean {
    return ((Atomics.load(this.#control, HANDLED) - messages) | 0) >= 0;
  }

  /** Whether the reader has to be woken to see what was written: once, until it looks. */
  wake(): boolean {
    return Atomics.exchange(this.#control, WOKEN, 1) === 0;
  }
}

/** The end of a ring that reads. */
export class RingReader {
  readonly #bytes: Buffer;
  readonly #control: Int32Array;
  #read = 0;

  constructor(memory: SharedArrayBuffer) {
    this.#control = new Int32Array(memory, 0, CONTROL_BYTES / 4);
    this.#bytes = Buffer.from(memory, CONTROL_BYTES);
  }

  /** It was woken, and is about to look: what is written from now on wakes it again. */
  onWoken(): void {
    Atomics.store(this.#control, WOKEN, 0);
  }

  /** So many messages of the port were acted on. */
  onHandled(messages: number): void {
    Atomics.store(this.#control, HANDLED, messages | 0);
  }

  /**
   * Reads the records that are there now.
   * @param take - is given the place of a record, whose bytes are good until it returns; false when its time has not come
   */
  drain(take: (bytes: Buffer, at: number) => boolean): void {
    const written = Atomics.load(this.#control, WRITTEN);
    while (this.#read !== written) {
      const at = this.#read & (RING_BYTES - 1);
      const size = this.#bytes.readUInt32BE(at);
      if (size !== GAP && !take(this.#bytes, at)) return;
      this.#read = (this.#read + (size === GAP ? RING_BYTES - at : size)) | 0;
      Atomics.store(this.#control, READ, this.#read);
    }
  }
}
