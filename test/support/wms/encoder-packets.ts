/** The packets that a Windows Media encoder sends: as of a server, but without data packet headers. @see MS-WMHTTP section 2.2.3 */

/** A framing header and what it announces. @param id - a letter @see MS-WMSP section 2.2.3.1.1 */
export function encoderPacket(id: string, payload: Buffer = Buffer.alloc(0)): Buffer {
  const framing = Buffer.from(`$${id}\0\0`, 'latin1');
  framing.writeUInt16LE(payload.length, 2);
  return Buffer.concat([framing, payload]);
}

/** `$E`. @param reason - 0: it is over; 1: another header follows */
export function endPacket(reason: number): Buffer {
  return encoderPacket('E', uint32(reason));
}

/** `$C` with the new header in it. */
export function changePacket(header: Buffer): Buffer {
  return encoderPacket('C', Buffer.concat([uint32(0), header]));
}

/** Filler of exactly this size, 4 bytes or more: `$F` packets of at most 65,535 bytes each. */
export function filler(bytes: number): Buffer {
  const packets: Buffer[] = [];
  let left = bytes;
  while (left > 0) {
    const size = left <= 65_535 ? left : Math.min(65_535, left - 4); // none of the rest is too short for a framing header
    packets.push(encoderPacket('F', Buffer.alloc(size - 4)));
    left -= size;
  }
  return Buffer.concat(packets);
}

/**
 * The same with a data packet header each, as ffmpeg and servers send them; a header in pieces.
 * @see MS-WMSP section 2.2.3.1.2
 */
export class ServedPackets {
  readonly #pieceBytes: number;
  #locationId = 0;

  /** @param pieceBytes - the most that a piece has of the header */
  constructor(pieceBytes: number) {
    this.#pieceBytes = pieceBytes;
  }

  header(header: Buffer): Buffer {
    const pieces: Buffer[] = [];
    for (let at = 0; at < header.length; at += this.#pieceBytes) {
      const end = Math.min(at + this.#pieceBytes, header.length);
      const flags = (at === 0 ? 0x04 : 0) | (end === header.length ? 0x08 : 0);
      pieces.push(servedPacket('H', header.subarray(at, end), { locationId: pieces.length, afFlags: flags }));
    }
    return Buffer.concat(pieces);
  }

  data(packet: Buffer): Buffer {
    const number = this.#locationId++;
    return servedPacket('D', packet, { locationId: number, afFlags: number & 0xff });
  }
}

/** What an MMS data packet header says. */
export interface DataPacketFields {
  readonly locationId: number;
  readonly afFlags: number;
  /** What the framing header says, if nothing else. */
  readonly packetSize: number;
}

/** One packet with a data packet header, all 0 without anything. @param id - a letter */
export function servedPacket(
  id: string,
  payload: Buffer,
  { locationId = 0, afFlags = 0, packetSize = payload.length + 8 }: Partial<DataPacketFields> = {},
): Buffer {
  const dataPacketHeader = Buffer.alloc(8);
  dataPacketHeader.writeUInt32LE(locationId, 0);
  dataPacketHeader.writeUInt8(afFlags, 5);
  dataPacketHeader.writeUInt16LE(packetSize, 6);
  return encoderPacket(id, Buffer.concat([dataPacketHeader, payload]));
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}
