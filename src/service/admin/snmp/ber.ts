/** The part of the Basic Encoding Rules that SNMP uses: definite lengths, tags of one byte. @see RFC 3417 section 8 */

/** Tags of the types of SMIv2 and of SNMP's own exceptions. */
export const Tag = {
  integer: 0x02,
  octets: 0x04,
  null: 0x05,
  oid: 0x06,
  sequence: 0x30,
  counter32: 0x41,
  gauge32: 0x42,
  timeTicks: 0x43,
  counter64: 0x46,
  noSuchObject: 0x80,
  noSuchInstance: 0x81,
  endOfMibView: 0x82,
} as const;

/** An object identifier: its numbers. */
export type Oid = readonly number[];

/** An OID has at most so many numbers. @see RFC 2578 section 3.5 */
const MAX_OID_LENGTH = 128;

/** What was received is not encoded as it has to be. */
export class BerError extends Error {
  override readonly name = 'BerError';
}

/** Reads what stands one after the other in a buffer; nothing is copied. Every method throws a {@link BerError} where that is not there. */
export class BerReader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  get isEmpty(): boolean {
    return this.#at === this.#bytes.length;
  }

  /** The tag of what comes next; undefined at the end. */
  peekTag(): number | undefined {
    return this.#bytes[this.#at];
  }

  /** The contents of what comes next, which has this tag. */
  read(tag: number): Buffer {
    if (this.#bytes[this.#at] !== tag) throw new BerError(`no tag ${tag} where it has to be`);
    let at = this.#at + 1;
    let length = this.#byteAt(at++);
    if (length >= 0x80) {
      const size = length - 0x80;
      if (size === 0 || size > 3) throw new BerError('a length that is indefinite or too large');
      length = 0;
      for (let i = 0; i < size; i++) length = length * 256 + this.#byteAt(at++);
    }
    if (length > this.#bytes.length - at) throw new BerError('a length beyond the end');
    this.#at = at + length;
    return this.#bytes.subarray(at, at + length);
  }

  /** What a sequence, or what is encoded like one, holds. */
  enter(tag: number = Tag.sequence): BerReader {
    return new BerReader(this.read(tag));
  }

  /** A number of 32 bits with its sign. */
  readInteger(): number {
    const content = this.read(Tag.integer);
    if (content.length === 0 || content.length > 4) throw new BerError('an integer of no or too many bytes');
    return content.readIntBE(0, content.length);
  }

  readOid(): Oid {
    const content = this.read(Tag.oid);
    const oid: number[] = [];
    let value = 0;
    for (const [index, byte] of content.entries()) {
      if (value > 2 ** 25 - 1) throw new BerError('a number of an OID that is too large');
      value = value * 128 + (byte & 0x7f);
      if (byte & 0x80) {
        if (index === content.length - 1) throw new BerError('an OID that ends in a number');
        continue;
      }
      if (oid.length === 0) {
        const first = Math.min(2, Math.floor(value / 40));
        oid.push(first, value - first * 40);
      } else oid.push(value);
      if (oid.length > MAX_OID_LENGTH) throw new BerError('an OID that is too long');
      value = 0;
    }
    return oid;
  }

  /** Makes sure that nothing follows. */
  end(): void {
    if (!this.isEmpty) throw new BerError('bytes behind the end');
  }

  #byteAt(at: number): number {
    const byte = this.#bytes[at];
    if (byte === undefined) throw new BerError('it ends too early');
    return byte;
  }
}

/** Something encoded: its tag, its length and its contents. */
export function encode(tag: number, ...contents: readonly Buffer[]): Buffer {
  const length = contents.reduce((sum, { length: size }) => sum + size, 0);
  return Buffer.concat([Buffer.from([tag, ...lengthBytes(length)]), ...contents]);
}

/** A number in as few bytes as it takes; one without a sign has a zero in front where it would seem to have one. */
export function encodeNumber(value: number | bigint, tag: number = Tag.integer): Buffer {
  const bytes: number[] = [];
  let rest = BigInt(value);
  do {
    bytes.unshift(Number(rest & 0xffn));
    rest >>= 8n;
  } while (rest !== 0n && rest !== -1n);
  const isNegative = rest === -1n;
  if ((bytes[0] ?? 0) >= 0x80 !== isNegative) bytes.unshift(isNegative ? 0xff : 0);
  return encode(tag, Buffer.from(bytes));
}

/** A text or bytes. */
export function encodeOctets(value: string | Buffer): Buffer {
  return encode(Tag.octets, Buffer.from(value as string));
}

export function encodeOid(oid: Oid): Buffer {
  const [first = 0, second = 0, ...rest] = oid;
  const bytes = [first * 40 + second, ...rest].flatMap(base128);
  return encode(Tag.oid, Buffer.from(bytes));
}

/** What has no value. */
export function encodeEmpty(tag: number): Buffer {
  return encode(tag);
}

function base128(value: number): readonly number[] {
  const bytes = [value % 128];
  for (let rest = Math.floor(value / 128); rest > 0; rest = Math.floor(rest / 128))
    bytes.unshift((rest % 128) | 0x80);
  return bytes;
}

function lengthBytes(length: number): readonly number[] {
  if (length < 0x80) return [length];
  return length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
}
