import {
  type CapturedPacket,
  type CaptureReader,
  captureFault,
  type DamageListener,
  MAX_CAPTURED_BYTES,
  refuseDamage,
} from './captured-packet.ts';
import { RecordSearch } from './record-search.ts';

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
const readTypes: ReadonlySet<number> = new Set(Object.values(Block));
/** Types of blocks that a search takes for such: those that are read, and names, statistics, secrets, what others have defined. */
const knownTypes: ReadonlySet<number> = new Set([...readTypes, 4, 5, 10, 0xbad, 0x40000bad]);

/** What a section header block has behind its length, in the section's own byte order. */
const BYTE_ORDER_MAGIC = 0x1a2b3c4d;

/** Options of an interface description. */
const Option = { end: 0, timeResolution: 9, timeOffset: 14 } as const;

const BLOCK_HEADER_BYTES = 8;
const TRAILER_BYTES = 4;
const MIN_BLOCK_BYTES: number = BLOCK_HEADER_BYTES + TRAILER_BYTES;
/** Of a block that is read: a packet with its options and comments. */
const MAX_BLOCK_BYTES: number = MAX_CAPTURED_BYTES + 2 ** 16;
/** Of a block that is passed over, which is held until its end shows that it is one. */
const MAX_PASSED_BYTES: number = 2 ** 24;
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

type BlockRead = CapturedPacket | 'passed';

/** Reads a capture as Wireshark writes it. Blocks that it does not know are passed over by their length. */
export class PcapngReader implements CaptureReader {
  readonly #input: RecordSearch;
  #isLittleEndian = true;
  #interfaces: Interface[] = [];
  #hasBegun = false;
  #count = 0;

  constructor(damaged: DamageListener = refuseDamage) {
    this.#input = new RecordSearch(MIN_BLOCK_BYTES, damaged);
  }

  get partialBytes(): number {
    return this.#input.bytes.length;
  }

  push(chunk: Buffer): void {
    this.#input.bytes.push(chunk);
  }

  *packets(): Generator<CapturedPacket> {
    while (this.#input.find((window, at, isAll) => this.#fits(window, at, isAll))) {
      const read = this.#readBlock();
      if (read === undefined) return;
      if (read !== 'passed') yield read;
    }
  }

  end(): void {
    this.#input.isAll = true;
  }

  #readBlock(): BlockRead | undefined {
    const { bytes, isAll, offset } = this.#input;
    const header = bytes.peek(MIN_BLOCK_BYTES);
    if (header === undefined) {
      if (isAll && !this.#hasBegun) throw captureFault('the capture ends inside its header', offset);
      return isAll && bytes.length > 0 ? this.#lose('the capture ends inside a block') : undefined;
    }
    const isSection = isPcapng(header);
    const isLittleEndian = isSection ? byteOrderAt(header, 0) : this.#isLittleEndian;
    if (!this.#hasBegun) {
      if (!isSection) throw captureFault('no section header', offset);
      if (isLittleEndian === undefined) throw captureFault('a section header without a byte order', offset);
    } else if (isLittleEndian === undefined) return this.#lose('a section header without a byte order');
    const type = u32At(header, 0, isLittleEndian);
    const size = u32At(header, 4, isLittleEndian);
    if (size < MIN_BLOCK_BYTES || size % 4 !== 0) return this.#lose(`a block of ${size} bytes`);
    const isRead = readTypes.has(type) && !isSection;
    const limit = isRead ? MAX_BLOCK_BYTES : MAX_PASSED_BYTES;
    if (size > limit) return this.#lose(`a block of ${size} bytes, limit ${limit}`);
    if (size > bytes.length)
      return isAll ? this.#lose('the capture ends inside a block') : this.#input.want(size);
    const block = bytes.peek(size) as Buffer;
    if (u32At(block, size - TRAILER_BYTES, isLittleEndian) !== size)
      return this.#lose('a block whose two lengths differ');
    if (isSection) this.#beginSection(isLittleEndian);
    const read = isRead
      ? this.#readBodyOf(type, block.subarray(BLOCK_HEADER_BYTES, size - TRAILER_BYTES))
      : 'passed';
    this.#input.skip(size);
    return read;
  }

  #beginSection(isLittleEndian: boolean): void {
    this.#isLittleEndian = isLittleEndian;
    this.#interfaces = [];
    this.#hasBegun = true;
  }

  /** Looks for the next block. */
  #lose(reason: string): 'passed' {
    this.#input.lose(reason, this.#input.offset, 1);
    return 'passed';
  }

  /** Whether a block begins here: of a known type, its two lengths the same, and another one behind it. */
  #fits(window: Buffer, at: number, isAll: boolean): 'certain' | 'likely' | 'more' | undefined {
    const size = this.#sizeAt(window, at);
    if (size === undefined) return undefined;
    const end = at + size;
    if (end > window.length) return isAll ? undefined : 'more';
    const isLittleEndian = byteOrderAt(window, at) ?? this.#isLittleEndian;
    if (u32At(window, end - TRAILER_BYTES, isLittleEndian) !== size) return undefined;
    if (end + MIN_BLOCK_BYTES > window.length) return isAll ? 'likely' : 'more';
    return this.#sizeAt(window, end) === undefined ? 'likely' : 'certain';
  }

  /** The length that a block says which can be one. */
  #sizeAt(window: Buffer, at: number): number | undefined {
    const isLittleEndian = byteOrderAt(window, at) ?? this.#isLittleEndian;
    if (!knownTypes.has(u32At(window, at, isLittleEndian))) return undefined;
    const size = u32At(window, at + 4, isLittleEndian);
    return size >= MIN_BLOCK_BYTES && size % 4 === 0 && size <= MAX_BLOCK_BYTES ? size : undefined;
  }

  /** What is wrong inside a block does not matter to the next one. */
  #readBodyOf(type: number, body: Buffer): BlockRead {
    try {
      return this.#readBody(type, body);
    } catch (error) {
      if (!(error instanceof BlockFault)) throw error;
      this.#input.tell(`${error.message}: what follows it is read on`);
      return 'passed';
    }
  }

  #readBody(type: number, body: Buffer): BlockRead {
    if (type === Block.interfaceDescription) {
      if (this.#interfaces.length === MAX_INTERFACES)
        throw new BlockFault(`more than ${MAX_INTERFACES} interfaces`);
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
    if (found === undefined) throw new BlockFault(`a packet of interface ${index}, which is not described`);
    return found;
  }

  #expect(body: Buffer, size: number): void {
    if (size > body.length)
      throw new BlockFault(`a block with ${body.length} bytes in it, ${size} are needed`);
  }

  #u16(bytes: Buffer, at: number): number {
    return this.#isLittleEndian ? bytes.readUInt16LE(at) : bytes.readUInt16BE(at);
  }

  #u32(bytes: Buffer, at: number): number {
    return u32At(bytes, at, this.#isLittleEndian);
  }
}

/** What is wrong inside a block whose length is right. */
class BlockFault extends Error {}

function u32At(bytes: Buffer, at: number, isLittleEndian: boolean): number {
  return isLittleEndian ? bytes.readUInt32LE(at) : bytes.readUInt32BE(at);
}

/** Whether a section header that begins here is little-endian; undefined where none does. */
function byteOrderAt(bytes: Buffer, at: number): boolean | undefined {
  if (bytes.readUInt32BE(at) !== Block.sectionHeader) return undefined;
  if (bytes.readUInt32LE(at + 8) === BYTE_ORDER_MAGIC) return true;
  return bytes.readUInt32BE(at + 8) === BYTE_ORDER_MAGIC ? false : undefined;
}

/** @param resolution - a negative power of 10, or with the highest bit of 2, of a second */
function unitsPerMsOf(resolution: number): number {
  return (resolution & 0x80 ? 2 ** (resolution & 0x7f) : 10 ** resolution) / 1000;
}
