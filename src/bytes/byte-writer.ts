/** Writes big-endian fields one after the other into memory that grows as needed. */
export class ByteWriter {
  #bytes = Buffer.allocUnsafeSlow(256);
  #length = 0;

  /** Writes a byte. */
  u8(value: number): void {
    const at = this.#reserve(1);
    this.#bytes.writeUInt8(value, at);
  }

  /** Writes an unsigned integer of 2 bytes. */
  u16(value: number): void {
    const at = this.#reserve(2);
    this.#bytes.writeUInt16BE(value, at);
  }

  /** Writes an unsigned integer of 4 bytes. */
  u32(value: number): void {
    const at = this.#reserve(4);
    this.#bytes.writeUInt32BE(value, at);
  }

  /** Writes a double of 8 bytes. */
  f64(value: number): void {
    const at = this.#reserve(8);
    this.#bytes.writeDoubleBE(value, at);
  }

  /** Writes text as UTF-8. @param size - `Buffer.byteLength(text)`, which the caller needs anyway to write it before the text. */
  utf8(text: string, size: number): void {
    const at = this.#reserve(size);
    this.#bytes.write(text, at, size, 'utf8');
  }

  /** Copies bytes in. */
  bytes(bytes: Uint8Array): void {
    const at = this.#reserve(bytes.length);
    this.#bytes.set(bytes, at);
  }

  /** What was written: a view of the writer's memory, so the writer must not be used any more. */
  finish(): Buffer {
    return this.#bytes.subarray(0, this.#length);
  }

  #reserve(size: number): number {
    const at = this.#length;
    this.#length += size;
    if (this.#length > this.#bytes.length) {
      const grown = Buffer.allocUnsafeSlow(Math.max(this.#length, this.#bytes.length * 2));
      this.#bytes.copy(grown, 0, 0, at);
      this.#bytes = grown;
    }
    return at;
  }
}
