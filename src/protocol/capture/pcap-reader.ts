import { ByteQueue } from '../../bytes/byte-queue.ts';
import {
  type CapturedPacket,
  type CaptureReader,
  captureFault,
  MAX_CAPTURED_BYTES,
} from './captured-packet.ts';

/**
 * Captures as tcpdump writes them: a file header of 24 bytes, then packets, each behind 16 bytes: seconds, a fraction of them, how
 * many bytes were kept, and how many there were. All integers have the byte order of the machine that wrote them.
 * @see draft-ietf-opsawg-pcap
 */

/** What a file begins with, in its own byte order: fractions are microseconds or nanoseconds. */
export const PcapMagic = { microseconds: 0xa1b2c3d4, nanoseconds: 0xa1b23c4d } as const;

const FILE_HEADER_BYTES = 24;
const PACKET_HEADER_BYTES = 16;

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

/** Reads a capture as tcpdump writes it. */
export class PcapReader implements CaptureReader {
  readonly #bytes = new ByteQueue();
  #layout: Layout | undefined;
  #offset = 0;
  #count = 0;

  get partialBytes(): number {
    return this.#bytes.length;
  }

  push(chunk: Buffer): void {
    this.#bytes.push(chunk);
  }

  *packets(): Generator<CapturedPacket> {
    this.#layout ??= this.#readFileHeader();
    if (this.#layout === undefined) return;
    for (let packet = this.#readPacket(this.#layout); packet; packet = this.#readPacket(this.#layout))
      yield packet;
  }

  end(): void {
    if (this.#layout === undefined) throw captureFault('the capture ends inside its header', this.#offset);
    if (this.#bytes.length > 0) throw captureFault('the capture ends inside a packet', this.#offset);
  }

  #readFileHeader(): Layout | undefined {
    const header = this.#bytes.peek(FILE_HEADER_BYTES);
    if (header === undefined) return undefined;
    const magic = pcapMagicOf(header);
    if (magic === undefined) throw captureFault('no capture of tcpdump', 0);
    const network = magic.isLittleEndian ? header.readUInt32LE(20) : header.readUInt32BE(20);
    this.#skip(FILE_HEADER_BYTES);
    return { ...magic, linkType: network & 0xffff }; // above it stands what frames end with
  }

  #readPacket({ isLittleEndian, fractionMs, linkType }: Layout): CapturedPacket | undefined {
    const header = this.#bytes.peek(PACKET_HEADER_BYTES);
    if (header === undefined) return undefined;
    const u32 = (at: number): number => (isLittleEndian ? header.readUInt32LE(at) : header.readUInt32BE(at));
    const size = u32(8);
    if (size > MAX_CAPTURED_BYTES)
      throw captureFault(`a packet of ${size} bytes, limit ${MAX_CAPTURED_BYTES}`, this.#offset);
    const whole = this.#bytes.peek(PACKET_HEADER_BYTES + size);
    if (whole === undefined) return undefined;
    const timeMs = u32(0) * 1000 + u32(4) * fractionMs;
    this.#skip(whole.length);
    return { number: ++this.#count, timeMs, linkType, bytes: whole.subarray(PACKET_HEADER_BYTES) };
  }

  #skip(size: number): void {
    this.#bytes.skip(size);
    this.#offset += size;
  }
}
