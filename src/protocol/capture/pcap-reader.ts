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
 * Captures as tcpdump writes them: a file header of 24 bytes, then packets, each behind 16 bytes: seconds, a fraction of them, how
 * many bytes were kept, and how many there were. All integers have the byte order of the machine that wrote them.
 * @see draft-ietf-opsawg-pcap
 */

/** What a file begins with, in its own byte order: fractions are microseconds or nanoseconds. */
export const PcapMagic = { microseconds: 0xa1b2c3d4, nanoseconds: 0xa1b23c4d } as const;

const FILE_HEADER_BYTES = 24;
const PACKET_HEADER_BYTES = 16;
/** Packets further apart than this are not taken for neighbours without more signs, seconds: 30 days. */
const NEAR_S: number = 30 * 86_400;

interface Layout {
  readonly isLittleEndian: boolean;
  /** What one unit of a fraction is, milliseconds. */
  readonly fractionMs: number;
  readonly linkType: number;
}

/** The byte order and unit of what begins with these 4 bytes; undefined where they are none of pcap. */
export function pcapMagicOf(bytes: Buffer): Pick<Layout, 'isLittleEndian' | 'fractionMs'> | undefined {
  for (const isLittleEndian of [true, false]) {
    const magic = isLittleEndian ? bytes.readUInt32LE(0) : bytes.readUInt32BE(0);
    if (magic === PcapMagic.microseconds) return { isLittleEndian, fractionMs: 1e-3 };
    if (magic === PcapMagic.nanoseconds) return { isLittleEndian, fractionMs: 1e-6 };
  }
  return undefined;
}

/** More bytes than a packet has on any network: what a search finds has no more. */
const MAX_WHOLE_BYTES: number = 2 ** 20;

/** What stands before a packet. */
interface PacketHeader {
  readonly seconds: number;
  readonly fraction: number;
  /** Bytes that were kept. */
  readonly size: number;
  /** Bytes that there were. */
  readonly wholeSize: number;
}

/** Reads a capture as tcpdump writes it. */
export class PcapReader implements CaptureReader {
  readonly #input: RecordSearch;
  #layout: Layout | undefined;
  #count = 0;
  /** Bytes of the last packet, which stay until it is known that another one follows: if none does, it may have swallowed others. */
  #keptBytes = 0;
  #lastSeconds: number | undefined;

  constructor(damaged: DamageListener = refuseDamage) {
    this.#input = new RecordSearch(PACKET_HEADER_BYTES, damaged);
  }

  get partialBytes(): number {
    return this.#input.bytes.length - this.#keptBytes;
  }

  push(chunk: Buffer): void {
    this.#input.bytes.push(chunk);
  }

  *packets(): Generator<CapturedPacket> {
    this.#layout ??= this.#readFileHeader();
    if (this.#layout === undefined) return;
    const layout = this.#layout;
    const input = this.#input;
    while (input.find((window, at, isAll) => this.#fits(window, at, isAll, layout))) {
      const packet = this.#readPacket(layout);
      if (packet === undefined) return;
      if (packet !== 'lost') yield packet;
    }
  }

  end(): void {
    this.#input.isAll = true;
  }

  #readFileHeader(): Layout | undefined {
    const header = this.#input.bytes.peek(FILE_HEADER_BYTES);
    if (header === undefined) {
      if (this.#input.isAll) throw captureFault('the capture ends inside its header', 0);
      return undefined;
    }
    const magic = pcapMagicOf(header);
    if (magic === undefined) throw captureFault('no capture of tcpdump', 0);
    const network = magic.isLittleEndian ? header.readUInt32LE(20) : header.readUInt32BE(20);
    this.#input.skip(FILE_HEADER_BYTES);
    return { ...magic, linkType: network & 0xffff }; // above it stands what frames end with
  }

  #readPacket(layout: Layout): CapturedPacket | 'lost' | undefined {
    const input = this.#input;
    const { bytes, isAll } = input;
    const kept = this.#keptBytes;
    const dataAt = kept + PACKET_HEADER_BYTES;
    const window = bytes.peek(dataAt);
    if (window === undefined)
      return isAll && bytes.length > kept ? this.#endInside('header') : input.want(dataAt);
    const header = packetHeaderAt(window, kept, layout);
    const { size, seconds, wholeSize } = header;
    if (size > MAX_CAPTURED_BYTES)
      return this.#lose(`a packet of ${size} bytes, limit ${MAX_CAPTURED_BYTES}`);
    const isNear = isNearTo(seconds, this.#lastSeconds);
    if (size === 0 && !isNear) return this.#lose('a packet of 0 bytes, of another time');
    const end = dataAt + size;
    const isUsual = isNear && canBe(header, layout);
    if (end > bytes.length && !isAll) return input.want(end);
    if (end > bytes.length && isUsual) return this.#endInside('packet');
    if (!isUsual) {
      const isFollowed = this.#isFollowed(end, seconds, layout);
      if (isFollowed === undefined) return input.want(end + PACKET_HEADER_BYTES);
      if (!isFollowed)
        return this.#lose(
          isNear
            ? `a packet of ${size} bytes, of which ${wholeSize} were on the network`
            : 'a packet of another time',
        );
    }
    input.skip(kept);
    this.#keptBytes = PACKET_HEADER_BYTES + size;
    this.#lastSeconds = seconds;
    const packet = bytes.peek(this.#keptBytes) as Buffer;
    const timeMs = seconds * 1000 + header.fraction * layout.fractionMs;
    return {
      number: ++this.#count,
      timeMs,
      linkType: layout.linkType,
      bytes: packet.subarray(PACKET_HEADER_BYTES),
    };
  }

  /** Whether a packet of about this time begins there, or the capture ends; undefined until that is known. */
  #isFollowed(at: number, seconds: number, layout: Layout): boolean | undefined {
    const { bytes, isAll } = this.#input;
    const window = bytes.peek(at + PACKET_HEADER_BYTES);
    if (window === undefined) return isAll ? at === bytes.length : undefined;
    const next = packetHeaderAt(window, at, layout);
    return next.size <= MAX_CAPTURED_BYTES && isNearTo(next.seconds, seconds);
  }

  /** The capture ends in the middle of something. */
  #endInside(what: 'header' | 'packet'): 'lost' {
    const kept = this.#keptBytes;
    this.#keptBytes = 0;
    const at = this.#input.offset + kept;
    this.#input.lose('the capture ends inside a packet', at, kept + (what === 'header' ? 0 : 1));
    return 'lost';
  }

  /** Looks for the next packet, from inside the last one on. */
  #lose(reason: string): 'lost' {
    const kept = this.#keptBytes;
    this.#keptBytes = 0;
    const at = this.#input.offset + kept;
    const before = 'the packet before it is not as long as it says';
    this.#input.lose(
      kept === 0 ? reason : `${reason}, or ${before}`,
      at,
      kept === 0 ? 1 : PACKET_HEADER_BYTES,
      before,
    );
    return 'lost';
  }

  /** Whether several packets one behind the other have headers that fit, beginning here. */
  #fits(
    window: Buffer,
    at: number,
    isAll: boolean,
    layout: Layout,
  ): 'certain' | 'likely' | 'more' | undefined {
    const first = packetHeaderAt(window, at, layout);
    if (first.size === 0 || first.wholeSize > MAX_WHOLE_BYTES || !canBe(first, layout)) return undefined;
    const isNear = isNearTo(first.seconds, this.#lastSeconds);
    let end = at + PACKET_HEADER_BYTES + first.size;
    for (let headers = 1; headers < 3; headers++) {
      if (end + PACKET_HEADER_BYTES > window.length) {
        if (!isAll) return 'more';
        return isNear && (headers > 1 || end === window.length) ? 'likely' : undefined;
      }
      const next = packetHeaderAt(window, end, layout);
      if (!canBe(next, layout) || !isNearTo(next.seconds, first.seconds))
        return headers > 1 && isNear ? 'likely' : undefined;
      end += PACKET_HEADER_BYTES + next.size;
    }
    return 'certain';
  }
}

function packetHeaderAt(bytes: Buffer, at: number, { isLittleEndian }: Layout): PacketHeader {
  const u32 = (i: number): number =>
    isLittleEndian ? bytes.readUInt32LE(at + i) : bytes.readUInt32BE(at + i);
  return { seconds: u32(0), fraction: u32(4), size: u32(8), wholeSize: u32(12) };
}

/** Whether a header says nothing that contradicts itself. */
function canBe({ fraction, size, wholeSize }: PacketHeader, { fractionMs }: Layout): boolean {
  return size <= MAX_CAPTURED_BYTES && size <= wholeSize && fraction * fractionMs < 1000;
}

function isNearTo(seconds: number, others: number | undefined): boolean {
  return others === undefined || Math.abs(seconds - others) <= NEAR_S;
}
