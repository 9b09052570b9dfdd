import { ByteReader } from '../../bytes/byte-reader.ts';
import { type ErrorCode, ProtocolError } from '../../errors.ts';
import { type AmfLimits, deepestNesting, defaultAmfLimits } from './amf-limits.ts';

/** Reads a message body of AMF0 or AMF3, or of both, and holds all of it to the same limits. */
export class AmfReader extends ByteReader {
  readonly #limits: AmfLimits;
  readonly #maxDepth: number;
  #valuesLeft: number;
  #repeatedBytesLeft: number;
  #numberKeysLeft: number;

  constructor(bytes: Uint8Array, limits?: Partial<AmfLimits>) {
    super(bytes, 'AMF_TRUNCATED');
    this.#limits = { ...defaultAmfLimits, ...limits };
    this.#maxDepth = Math.min(this.#limits.maxDepth, deepestNesting);
    this.#valuesLeft = this.#limits.maxValues;
    this.#repeatedBytesLeft = this.#limits.maxRepeatedBytes;
    this.#numberKeysLeft = this.#limits.maxNumberKeys;
  }

  /** Takes values and keys from how many the body may have. */
  count(values = 1): void {
    if (values > this.#valuesLeft) throw this.#tooManyValues();
    this.#valuesLeft -= values;
  }

  /**
   * Throws unless so many values may come and can be in what is left; before memory is taken for them.
   * @param least - bytes of the smallest of them
   */
  expectValues(values: number, least = 1): void {
    if (values > this.#valuesLeft) throw this.#tooManyValues();
    this.expect(values * least);
  }

  /** @param depth - objects and arrays around one that begins */
  descend(depth: number): void {
    if (depth < this.#maxDepth) return;
    throw new ProtocolError('AMF_TOO_DEEP', `nesting over ${this.#maxDepth} before offset ${this.offset}`);
  }

  text(size: number): string {
    this.#expectShort('string', size);
    return this.utf8(size);
  }

  byteArray(size: number): Uint8Array {
    this.#expectShort('byte array', size);
    return this.bytes(size);
  }

  /** Counts text that a reference stands for. @param size - its bytes */
  repeat(size: number): void {
    this.#repeatedBytesLeft -= size;
    if (this.#repeatedBytesLeft >= 0) return;
    const { maxRepeatedBytes } = this.#limits;
    throw this.fault('AMF_TOO_MANY_VALUES', `references to over ${maxRepeatedBytes} bytes of text`);
  }

  countNumberKey(): void {
    this.#numberKeysLeft--;
    if (this.#numberKeysLeft >= 0) return;
    throw this.fault('AMF_TOO_MANY_VALUES', `over ${this.#limits.maxNumberKeys} numbers as keys`);
  }

  /** @param problem - with what was just read */
  fault(code: ErrorCode, problem: string): ProtocolError {
    return new ProtocolError(code, `${problem} before offset ${this.offset}`);
  }

  #expectShort(what: string, size: number): void {
    const { maxStringBytes } = this.#limits;
    if (size <= maxStringBytes) return;
    throw this.fault('AMF_VALUE_INVALID', `${what} of ${size} bytes, limit ${maxStringBytes},`);
  }

  #tooManyValues(): ProtocolError {
    return this.fault('AMF_TOO_MANY_VALUES', `over ${this.#limits.maxValues} values and keys`);
  }
}
