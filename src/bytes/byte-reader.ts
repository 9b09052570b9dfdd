import { type ErrorCode, ProtocolError } from '../errors.ts';
import { bufferView } from './buffer-view.ts';

/** Reads big-endian fields of a complete message from front to back; a field that is not all there is an error. */
export class ByteReader {
  readonly #bytes: Buffer;
  readonly #truncatedCode: ErrorCode;
  #offset = 0;

  /** @param truncatedCode - the code of the ProtocolError thrown by every read beyond the end. */
  constructor(bytes: Uint8Array, truncatedCode: ErrorCode) {
    this.#bytes = bufferView(bytes);
    this.#truncatedCode = truncatedCode;
  }

  /** Bytes read so far: the place of the next field in the message. */
  get offset(): number {
    return this.#offset;
  }

  /** Bytes not read yet. */
  get remaining(): number {
    return this.#bytes.length - this.#offset;
  }

  /** The next byte without consuming it, or undefined at the end. */
  peekU8(): number | undefined {
    return this.#bytes[this.#offset];
  }

  /** The next byte. */
  u8(): number {
    return this.#bytes.readUInt8(this.#take(1));
  }

  /** An unsigned integer of 2 bytes. */
  u16(): number {
    return this.#bytes.readUInt16BE(this.#take(2));
  }

  /** An unsigned integer of 4 bytes. */
  u32(): number {
    return this.#bytes.readUInt32BE(this.#take(4));
  }

  /** A double of 8 bytes. */
  f64(): number {
    return this.#bytes.readDoubleBE(this.#take(8));
  }

  /** Text of `size` bytes; what is no UTF-8 in it reads as U+FFFD. */
  utf8(size: number): string {
    const start = this.#take(size);
    return this.#bytes.toString('utf8', start, start + size);
  }

  /** A copy of the next `size` bytes. */
  bytes(size: number): Uint8Array {
    const start = this.#take(size);
    return new Uint8Array(this.#bytes.subarray(start, start + size));
  }

  /** Passes over `size` bytes. */
  skip(size: number): void {
    this.#take(size);
  }

  /** Throws unless `size` more bytes are there; consumes nothing. */
  expect(size: number): void {
    if (size <= this.remaining) return;
    const problem = `${size} bytes expected at offset ${this.#offset}, ${this.remaining} are there`;
    throw new ProtocolError(this.#truncatedCode, problem);
  }

  #take(size: number): number {
    this.expect(size);
    const start = this.#offset;
    this.#offset += size;
    return start;
  }
}
