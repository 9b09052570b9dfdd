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
  /** What is read next: of the first chunk the bytes from `#at` to `#end`. */
  #first: Buffer = spent;
  #at = 0;
  #end = 0;
  /** The chunks behind it. */
  #rest: Buffer[] = [];
  /** Index there of the next chunk; those before it are done with. */
  #head = 0;
  /** The memory of the last chunk, where that is one of ours. */
  #piece: Piece | undefined;
  #length = 0;
  /** Whether the first chunk is somebody else's. */
  #isLent = false;

  /** Bytes that can be read now. */
  get length(): number {
    return this.#length;
  }

  /** Takes a chunk over: the caller must not change it afterwards. */
  push(chunk: Buffer): void {
    const { length } = chunk;
    if (length === 0) return;
    const isSmall = length < SMALL_BYTES || length * 2 < chunk.buffer.byteLength;
    if (this.#length === 0) this.#begin(chunk, length);
    else if (isSmall) this.#gather(chunk, length);
    else {
      this.#rest.push(chunk);
      this.#piece = undefined;
    }
    this.#length += length;
  }

  /** Takes the first `length` bytes of memory that is the caller's again after {@link keep}. */
  lend(memory: Buffer, length: number): void {
    if (length === 0) return;
    if (this.#length === 0) {
      this.#begin(memory, length);
      this.#isLent = true;
    } else this.#gather(memory, length);
    this.#length += length;
  }

  /** Copies what is left of lent memory. */
  keep(): void {
    if (!this.#isLent) return;
    this.#isLent = false;
    const used = this.#end - this.#at;
    const memory = Buffer.allocUnsafeSlow(Math.max(used, FIRST_PIECE_BYTES));
    this.#first.copy(memory, 0, this.#at, this.#end);
    this.#begin(memory, used);
    if (this.#length === used) this.#piece = { memory, used };
  }

  /** The first `size` bytes without consuming them, or undefined until as many are there. A view or a copy: read only. */
  peek(size: number): Buffer | undefined {
    if (size > this.#length) return undefined;
    const end = this.#at + size;
    if (end <= this.#end) return this.#first.subarray(this.#at, end);
    const joined = Buffer.allocUnsafeSlow(size);
    this.#copyTo(joined, 0, size);
    return joined;
  }

  /** The byte at `index` without consuming it, or undefined while it is not there. */
  peekByte(index: number): number | undefined {
    let at = this.#at + index;
    if (at < this.#end) return this.#first[at];
    at -= this.#end;
    for (let i = this.#head; i < this.#rest.length; i++) {
      const chunk = this.#rest[i] as Buffer;
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
    return this.#length === 0 ? undefined : this.read(Math.min(this.#end - this.#at, maxBytes));
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
    this.#at += size;
    if (this.#at >= this.#end) this.#advance();
  }

  /** Forgets everything. */
  clear(): void {
    this.#begin(spent, 0);
    this.#rest.length = 0;
    this.#head = 0;
    this.#length = 0;
    this.#piece = undefined;
    this.#isLent = false;
  }

  #begin(chunk: Buffer, length: number): void {
    this.#first = chunk;
    this.#at = 0;
    this.#end = length;
  }

  /** Goes on with the chunk that is read next. */
  #advance(): void {
    if (this.#length === 0) {
      this.clear();
      return;
    }
    this.#isLent = false;
    let at = this.#at - this.#end;
    let next = this.#rest[this.#head] as Buffer;
    while (at >= next.length) {
      at -= next.length;
      this.#leaveHead();
      next = this.#rest[this.#head] as Buffer;
    }
    this.#leaveHead();
    this.#begin(next, next.length);
    this.#at = at;
  }

  #leaveHead(): void {
    this.#rest[this.#head] = spent;
    this.#head++;
    if (this.#head >= 64 && this.#head * 2 >= this.#rest.length) {
      // Only when at least as many go as stay: moving the rest then costs constant time per chunk.
      this.#rest.splice(0, this.#head);
      this.#head = 0;
    }
  }

  /** Copies a chunk behind those that wait. */
  #gather(chunk: Buffer, length: number): void {
    let piece = this.#piece;
    if (piece === undefined || piece.used + length > piece.memory.length) {
      const size = Math.min(2 * (piece?.memory.length ?? FIRST_PIECE_BYTES / 2), LAST_PIECE_BYTES);
      piece = { memory: Buffer.allocUnsafeSlow(Math.max(size, length)), used: 0 };
      this.#piece = piece;
      this.#rest.push(piece.memory);
    }
    chunk.copy(piece.memory, piece.used, 0, length);
    piece.used += length;
    if (this.#head === this.#rest.length) {
      this.#first = piece.memory;
      this.#end = piece.used;
    } else this.#rest[this.#rest.length - 1] = piece.memory.subarray(0, piece.used);
  }

  #copyTo(target: Buffer, at: number, size: number): void {
    if (size > this.#length) throw new RangeError(`copy of ${size} bytes, ${this.#length} are there`);
    let written = Math.min(size, this.#end - this.#at);
    this.#first.copy(target, at, this.#at, this.#at + written);
    for (let i = this.#head; written < size; i++) {
      const chunk = this.#rest[i] as Buffer;
      const more = Math.min(chunk.length, size - written);
      chunk.copy(target, at + written, 0, more);
      written += more;
    }
  }
}
