import { AsfFileReader } from '../../src/protocol/asf/asf-file-reader.ts';
import { readAsfHeader } from '../../src/protocol/asf/asf-header.ts';
import { readAsfPacket } from '../../src/protocol/asf/asf-packet.ts';
import { broadcastHeader, shiftAsfTimes } from '../../src/protocol/asf/asf-rewriting.ts';
import { stampedPayload } from '../asf-stamp.ts';
import type { LoopPiece } from './publisher-protocol.ts';

/** A data packet of an endless stream. */
export interface LoopPacket extends LoopPiece {
  /** The same memory each time round. */
  readonly packet: Buffer;
}

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
    const [first] = parts;
    if (header === undefined || first === undefined) throw new RangeError('there is no data packet in it');
    const read = readAsfHeader(header);
    const { packetBytes } = read;
    this.header = broadcastHeader(header, read);
    this.#packetBytes = packetBytes;
    const startMs = readAsfPacket(first, packetBytes).sendTimeMs;
    this.#packets = parts.map((packet) => {
      const parsed = readAsfPacket(packet, packetBytes);
      const atMs = Math.max(0, (parsed.sendTimeMs - startMs) | 0);
      return { atMs, packet, stamped: stampedPayload(packet, parsed) };
    });
    const spanMs = this.#packets.reduce((most, { atMs }) => Math.max(most, atMs), 0);
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
