import { ByteQueue } from '../../bytes/byte-queue.ts';
import {
  type CapturedPacket,
  type CaptureReader,
  captureFault,
  MAX_CAPTURED_BYTES,
} from './captured-packet.ts';

/**
 * Captures as Wireshark and dumpcap write them: blocks, each of a type, its length, a body, and its length again. A section
 * begins with a block that says its byte order; its interfaces are numbered anew.
 * @see draft-ietf-opsawg-pcapng
 */

/** Types of blocks. */
const Block = {
  sectionHeader: 0x0a0d0d0a,
  interfaceDescription: 1,
  /** Obsolete, and still around. */
  packet: 2,
  simplePacket: 3,
  enhancedPacket: 6,
} as const;

/** What a section header block has behind its length, in the section's own byte order. */
const BYTE_ORDER_MAGIC = 0x1a2b3c4d;

/** Options of an interface description. */
const Option = { end: 0, timeResolution: 9, timeOffset: 14 } as const;

const BLOCK_HEADER_BYTES = 8;
const TRAILER_BYTES = 4;
const MIN_BLOCK_BYTES: number = BLOCK_HEADER_BYTES + TRAILER_BYTES;
/** Of a block that is read: a packet with its options and comments. */
const MAX_BLOCK_BYTES: number = MAX_CAPTURED_BYTES + 2 ** 16;
/** More interfaces than any machine has. */
const MAX_INTERFACES = 1024;

interface Interface {
  readonly linkType: number;
  /** Bytes that were kept of a packet at the most; 0 for all. */
  readonly snapLength: number;
  /** How many units of time a millisecond has. */
  readonly unitsPerMs: number;
  /** What is added to each time, milliseconds. */
  readonly offsetMs: number;
}

/** Whether a file begins as one of pcapng. @param bytes - at least 4 */
export function isPcapng(bytes: Buffer): boolean {
  return bytes.readUInt32BE(0) === Block.sectionHeader; // the same in both byte orders
}

/** Reads a capture as Wireshark writes it. Blocks that it does not know are passed over by their length. */
export class PcapngReader implements CaptureReader {
  readonly #bytes = new ByteQueue();
  #isLittleEndian = true;
  #interfaces: Interface[] = [];
  #hasBegun = false;
  /** Bytes of a block that nobody wants, still to come. */
  #skipping = 0;
  #offset = 0;
  #count = 0;

  get partialBytes(): number {
    return this.#bytes.length;
  }

  push(chunk: Buffer): void {
    this.#bytes.push(chunk);
  }

  *packets(): Generator<CapturedPacket> {
    for (;;) {
      const read = this.#readBlock();
      if (read === undefined) return;
      if (read !== 'passed') yield read;
    }
  }

  end(): void {
    if (!this.#hasBegun) throw captureFault('the capture ends inside its header', this.#offset);
    if (this.#skipping > 0 || this.#bytes.length > 0)
      throw captureFault('the capture ends inside a block', this.#offset);
  }

  #readBlock(): CapturedPacket | 'passed' | undefined {
    if (this.#skipping > 0) this.#skipping -= this.#skip(Math.min(this.#skipping, this.#bytes.length));
    if (this.#skipping > 0) return undefined;
    const header = this.#bytes.peek(MIN_BLOCK_BYTES);
    if (header === undefined) return undefined;
    if (isPcapng(header)) this.#readByteOrder(header);
    else if (!this.#hasBegun) throw captureFault('no section header', this.#offset);
    const type = this.#u32(header, 0);
    const size = this.#u32(header, 4);
    if (size < MIN_BLOCK_BYTES || size % 4 !== 0)
      throw captureFault(`a block of ${size} bytes`, this.#offset);
    const isRead = Object.values<number>(Block).includes(type) && type !== Block.sectionHeader;
    if (!isRead) {
      this.#skipping = size;
      return 'passed';
    }
    if (size > MAX_BLOCK_BYTES)
      throw captureFault(`a block of ${size} bytes, limit ${MAX_BLOCK_BYTES}`, this.#offset);
    const block = this.#bytes.peek(size);
    if (block === undefined) return undefined;
    if (this.#u32(block, size - TRAILER_BYTES) !== size)
      throw captureFault('a block whose two lengths differ', this.#offset);
    const read = this.#readBody(type, block.subarray(BLOCK_HEADER_BYTES, size - TRAILER_BYTES));
    this.#skip(size);
    return read;
  }

  #readByteOrder(header: Buffer): void {
    const isLittleEndian = header.readUInt32LE(8) === BYTE_ORDER_MAGIC;
    if (!isLittleEndian && header.readUInt32BE(8) !== BYTE_ORDER_MAGIC)
      throw captureFault('a section header without a byte order', this.#offset);
    this.#isLittleEndian = isLittleEndian;
    this.#interfaces = [];
    this.#hasBegun = true;
  }

  #readBody(type: number, body: Buffer): CapturedPacket | 'passed' {
    if (type === Block.interfaceDescription) {
      if (this.#interfaces.length === MAX_INTERFACES)
        throw captureFault(`more than ${MAX_INTERFACES} interfaces`, this.#offset);
      this.#interfaces.push(this.#readInterface(body));
      return 'passed';
    }
    if (type === Block.simplePacket) {
      this.#expect(body, 4);
      const { linkType, snapLength } = this.#interface(0);
      const kept = Math.min(this.#u32(body, 0), snapLength || Number.POSITIVE_INFINITY, body.length - 4);
      return this.#packet(linkType, undefined, body.subarray(4, 4 + kept));
    }
    this.#expect(body, 20);
    const from = this.#interface(type === Block.packet ? this.#u16(body, 0) : this.#u32(body, 0));
    const time = this.#u32(body, 4) * 2 ** 32 + this.#u32(body, 8);
    const kept = this.#u32(body, 12);
    this.#expect(body, 20 + kept);
    return this.#packet(from.linkType, time / from.unitsPerMs + from.offsetMs, body.subarray(20, 20 + kept));
  }

  #packet(linkType: number, timeMs: number | undefined, bytes: Buffer): CapturedPacket {
    return { number: ++this.#count, timeMs, linkType, bytes };
  }

  #readInterface(body: Buffer): Interface {
    this.#expect(body, 8);
    let unitsPerMs = 1000;
    let offsetMs = 0;
    for (let at = 8; at + 4 <= body.length; ) {
      const [code, size] = [this.#u16(body, at), this.#u16(body, at + 2)];
      if (code === Option.end) break;
      at += 4;
      this.#expect(body, at + size);
      if (code === Option.timeResolution && size === 1) unitsPerMs = unitsPerMsOf(body.readUInt8(at));
      if (code === Option.timeOffset && size === 8)
        offsetMs = 1000 * Number(this.#isLittleEndian ? body.readBigInt64LE(at) : body.readBigInt64BE(at));
      at += Math.ceil(size / 4) * 4;
    }
    return { linkType: this.#u16(body, 0), snapLength: this.#u32(body, 4), unitsPerMs, offsetMs };
  }

  #interface(index: number): Interface {
    const found = this.#interfaces[index];
    if (found === undefined)
      throw captureFault(`a packet of interface ${index}, which is not described`, this.#offset);
    return found;
  }

  #expect(body: Buffer, size: number): void {
    if (size > body.length)
      throw captureFault(`a block with ${body.length} bytes in it, ${size} are needed`, this.#offset);
  }

  #u16(bytes: Buffer, at: number): number {
    return this.#isLittleEndian ? bytes.readUInt16LE(at) : bytes.readUInt16BE(at);
  }

  #u32(bytes: Buffer, at: number): number {
    return this.#isLittleEndian ? bytes.readUInt32LE(at) : bytes.readUInt32BE(at);
  }

  #skip(size: number): number {
    this.#bytes.skip(size);
    this.#offset += size;
    return size;
  }
}

/** @param resolution - a negative power of 10, or with the highest bit of 2, of a second */
function unitsPerMsOf(resolution: number): number {
  return (resolution & 0x80 ? 2 ** (resolution & 0x7f) : 10 ** resolution) / 1000;
}
