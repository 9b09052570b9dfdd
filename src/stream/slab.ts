/** Memory is taken in pieces of this size, and what is larger than a quarter of one has memory of its own, bytes. */
const PIECE_BYTES = 8192;

/**
 * Memory for the small buffers of one stream, several from one piece: that is much cheaper than an own piece for each. One
 * that is kept keeps all of its piece, so what is kept for long is not to be taken from here, nor what belongs to others.
 */
export class Slab {
  #piece = Buffer.alloc(0);
  #at = 0;

  /** A buffer with any content. */
  take(size: number): Buffer {
    if (size > PIECE_BYTES / 4) return Buffer.allocUnsafeSlow(size);
    if (this.#at + size > this.#piece.length) {
      this.#piece = Buffer.allocUnsafeSlow(PIECE_BYTES);
      this.#at = 0;
    }
    const at = this.#at;
    this.#at += size;
    return this.#piece.subarray(at, this.#at);
  }
}
