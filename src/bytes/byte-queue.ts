/** Stands in place of a chunk that is done with, so that its memory can go. */
const spent = Buffer.alloc(0);

/** A chunk that is smaller than this, and has to wait behind others, is copied: its object would cost as much again, bytes. */
const SMALL_BYTES = 1024;

/** The memory that small chunks are copied to: its first piece, and the largest; each is twice the one before, bytes. */
const FIRST_PIECE_BYTES = 256;
const LAST_PIECE_BYTES = 64 * 1024;

/** Memory that small chunks are gathered in while they wait. */
interface Piece {
  readonly memory: Buffer;
  used: number;
}

/**
 * Received bytes that are not parsed yet: chunks as they came from the socket, in order. Small ones that wait behind others
 * are gathered in memory that grows with them: a byte that waits costs hardly more than a byte, however the peer cuts what it sends.
 * Reading inside one chunk gives a view of it; only a read across a seam copies.
 */
export class ByteQueue {
  #chunks: Buffer[] = [];
  /** The memory of the last chunk, where that is one of ours. */
  #piece: Piece | undefined;
  /** Index of the first chunk that still has bytes; those before it are done with. */
  #head = 0;
  /** Bytes of the first chunk that are read. */
  #offset = 0;
  #length = 0;

  /** Bytes that can be read now. */
  get length(): number {
    return this.#length;
  }

  /** Takes a chunk over: the caller must not change it afterwards. */
  push(chunk: Buffer): void {
    if (chunk.length === 0) return;
    const isSmall = chunk.length < SMALL_BYTES || chunk.length * 2 < chunk.buffer.byteLength;
    if (this.#length > 0 && isSmall) this.#gather(chunk);
    else {
      this.#chunks.push(chunk);
      this.#piece = undefined;
    }
    this.#length += chunk.length;
  }

  /** The first `size` bytes without consuming them, or undefined until as many are there. A view or a copy: read only. */
  peek(size: number): Buffer | undefined {
    if (size > this.#length) return undefined;
    const first = this.#chunks[this.#head];
    if (first === undefined) return Buffer.alloc(0);
    const end = this.#offset + size;
    if (end <= first.length) return first.subarray(this.#offset, end);
    const joined = Buffer.allocUnsafeSlow(size);
    this.#copyTo(joined, 0, size);
    return joined;
  }

  /** The byte at `index` without consuming it, or undefined while it is not there. */
  peekByte(index: number): number | undefined {
    let at = this.#offset + index;
    for (let i = this.#head; i < this.#chunks.length; i++) {
      const chunk = this.#chunks[i] as Buffer;
      if (at < chunk.length) return chunk[at];
      at -= chunk.length;
    }
    return undefined;
  }

  /** Consumes and returns the first `size` bytes, or undefined until as many are there. A view or a copy: read only. */
  read(size: number): Buffer | undefined {
    const bytes = this.peek(size);
    if (bytes !== undefined) this.skip(size);
    return bytes;
  }

  /** Consumes and returns what is left of the first chunk, at most `maxBytes`; undefined when there is none. A view: read only. */
  readSome(maxBytes: number): Buffer | undefined {
    const first = this.#chunks[this.#head];
    return first && this.read(Math.min(first.length - this.#offset, maxBytes));
  }

  /** Copies the first `size` bytes, which must be there, to `target` at `at`, and consumes them. */
  readInto(target: Buffer, at: number, size: number): void {
    this.#copyTo(target, at, size);
    this.skip(size);
  }

  /** Consumes `size` bytes, at most `length`. */
  skip(size: number): void {
    if (size > this.#length) throw new RangeError(`skip of ${size} bytes, ${this.#length} are there`);
    this.#length -= size;
    this.#offset += size;
    let first = this.#chunks[this.#head];
    while (first !== undefined && this.#offset >= first.length) {
      this.#offset -= first.length;
      this.#chunks[this.#head] = spent;
      this.#head++;
      first = this.#chunks[this.#head];
    }
    if (this.#length === 0) {
      this.#chunks.length = 0;
      this.#head = 0;
      this.#piece = undefined;
    } else if (this.#head >= 64 && this.#head * 2 >= this.#chunks.length) {
      // Only when at least as many go as stay: moving the rest then costs constant time per chunk.
      this.#chunks.splice(0, this.#head);
      this.#head = 0;
    }
  }

  /** Forgets everything. */
  clear(): void {
    this.#chunks.length = 0;
    this.#head = 0;
    this.#offset = 0;
    this.#length = 0;
    this.#piece = undefined;
  }

  /** Copies a chunk behind those that wait. */
  #gather(chunk: Buffer): void {
    let piece = this.#piece;
    if (piece === undefined || piece.used + chunk.length > piece.memory.length) {
      const size = Math.min(2 * (piece?.memory.length ?? FIRST_PIECE_BYTES / 2), LAST_PIECE_BYTES);
      piece = { memory: Buffer.allocUnsafeSlow(Math.max(size, chunk.length)), used: 0 };
      this.#piece = piece;
      this.#chunks.push(piece.memory);
    }
    chunk.copy(piece.memory, piece.used);
    piece.used += chunk.length;
    this.#chunks[this.#chunks.length - 1] = piece.memory.subarray(0, piece.used);
  }

  #copyTo(target: Buffer, at: number, size: number): void {
    let written = 0;
    let offset = this.#offset;
    for (let i = this.#head; written < size; i++) {
      const chunk = this.#chunks[i];
      if (chunk === undefined) throw new RangeError(`copy of ${size} bytes, ${this.#length} are there`);
      const end = Math.min(chunk.length, offset + size - written);
      chunk.copy(target, at + written, offset, end);
      written += end - offset;
      offset = 0;
    }
  }
}
