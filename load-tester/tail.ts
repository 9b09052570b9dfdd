/** How much is kept: a server's goodbye in any protocol, with the key of its stream, bytes. */
const TAIL_BYTES = 1024;

/** What came last of bytes that are counted and not parsed: there a server says that the stream has ended. */
export class Tail {
  readonly #bytes = Buffer.allocUnsafe(TAIL_BYTES);
  #length = 0;
  #hasNews = false;

  /** Keeps the end of the first `size` bytes of a buffer, behind what came before. */
  push(buffer: Buffer, size: number): void {
    const kept = Math.max(0, Math.min(this.#length, TAIL_BYTES - size));
    this.#bytes.copyWithin(0, this.#length - kept, this.#length);
    this.#length = kept + buffer.copy(this.#bytes, kept, Math.max(0, size - TAIL_BYTES), size);
    this.#hasNews = true;
  }

  /** Whether bytes have come since they were read. */
  get hasNews(): boolean {
    return this.#hasNews;
  }

  /** The last bytes, valid until the next {@link push}. */
  read(): Buffer {
    this.#hasNews = false;
    return this.#bytes.subarray(0, this.#length);
  }
}
