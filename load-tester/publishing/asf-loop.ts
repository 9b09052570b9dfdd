import { AsfFileReader } from '../../src/protocol/asf/asf-file-reader.ts';
import { dataObjectBytes, headerObjectBytes, readAsfHeader } from '../../src/protocol/asf/asf-header.ts';
import { AsfGuid, asfObjects } from '../../src/protocol/asf/asf-object.ts';
import { readAsfPacket } from '../../src/protocol/asf/asf-packet.ts';
import { shiftAsfTimes } from '../../src/protocol/asf/asf-rewriting.ts';
import { stampedPayload } from '../asf-stamp.ts';
import type { LoopPiece } from './publisher-protocol.ts';

/** A data packet of an endless stream. */
export interface LoopPacket extends LoopPiece {
  /** The same memory each time round. */
  readonly packet: Buffer;
}

/** Where a File Properties Object has its flags, and the one of them for live streams. @see ASF 01.20.05 section 3.2 */
const FLAGS_AT = 88;
const BROADCAST = 1;
/** Between the last packet of a round and the first of the next where the file does not tell, milliseconds. */
const DEFAULT_PACKET_MS = 33;

/** Turns an ASF file into a stream without end: its packets again and again, with times that go on where the last round ended. */
export class AsfLoop {
  /** Header Object and the beginning of the Data Object, as of a live stream. */
  readonly header: Buffer;
  readonly #packets: readonly LoopPacket[];
  readonly #packetBytes: number;
  readonly #roundMs: number;

  /** @throws ProtocolError when the bytes are no ASF; RangeError when there is no packet in them */
  constructor(asf: Buffer) {
    const file = new AsfFileReader();
    file.push(Buffer.from(asf));
    const [header, ...parts] = [...file.parts()].map(({ bytes }) => bytes);
    file.end();
    const [first, last] = [parts[0], parts.at(-1)];
    if (header === undefined || first === undefined || last === undefined)
      throw new RangeError('there is no data packet in it');
    this.header = live(header);
    const { packetBytes } = readAsfHeader(header);
    this.#packetBytes = packetBytes;
    const startMs = readAsfPacket(first, packetBytes).sendTimeMs;
    this.#packets = parts.map((packet) => {
      const read = readAsfPacket(packet, packetBytes);
      const atMs = Math.max(0, (read.sendTimeMs - startMs) | 0);
      return { atMs, packet, stamped: stampedPayload(packet, read) };
    });
    const spanMs = Math.max(...this.#packets.map(({ atMs }) => atMs));
    const packetMs = parts.length > 1 ? spanMs / (parts.length - 1) : DEFAULT_PACKET_MS;
    this.#roundMs = spanMs + Math.max(1, Math.round(packetMs));
  }

  /** The stream, endless: to be asked for once. */
  *packets(): Generator<LoopPacket, never> {
    for (let startMs = 0; ; startMs += this.#roundMs) {
      for (const { atMs, packet, stamped } of this.#packets) {
        yield { atMs: startMs + atMs, packet, stamped };
        shiftAsfTimes(packet, this.#packetBytes, this.#roundMs);
      }
    }
  }
}

/** A header that says that what follows has no end. */
function live(header: Buffer): Buffer {
  const bytes = Buffer.from(header);
  for (const { guid, at } of asfObjects(bytes, headerObjectBytes, bytes.length - dataObjectBytes))
    if (guid === AsfGuid.fileProperties) bytes.writeUInt32LE(BROADCAST, at + FLAGS_AT);
  return bytes;
}
