/**
 * MMSH packets: a framing header of 4 bytes, then as many bytes as it says. Before the payload of $H, $D and $M a server puts 8 more,
 * the MMS data packet header; who pushes over HTTP puts none. All integers are little-endian.
 * @see MS-WMSP section 2.2.3, MS-WMHTTP section 2.2.2
 */

/** The second byte of a packet: what it is. */
export const MmshPacketId = {
  streamChange: 0x43, // $C
  data: 0x44, // $D
  endOfStream: 0x45, // $E
  filler: 0x46, // $F
  header: 0x48, // $H
  metadata: 0x4d, // $M
  /** $N: what a relay says in its own name to the relay behind it. No player is sent one, and no other server knows it. */
  notice: 0x4e,
  packetPair: 0x50, // $P
  testData: 0x54, // $T
} as const;

/** What an MMSH packet is. */
export type MmshPacketId = (typeof MmshPacketId)[keyof typeof MmshPacketId];

/** The first byte of every packet, '$', without the highest bit. */
export const MMSH_FRAME = 0x24;

/** The highest bit of the first byte: the next packet follows at once. */
export const NEXT_FOLLOWS = 0x80;

/** Bytes of a framing header: '$', the id, and how many bytes follow, uint16. */
export const FRAMING_HEADER_BYTES = 4;

/** Bytes of an MMS data packet header: LocationId uint32, Incarnation, AFFlags, and once more how many bytes follow, uint16. */
export const DATA_PACKET_HEADER_BYTES = 8;

/** The longest payload behind an MMS data packet header, bytes. */
export const MAX_MMSH_PAYLOAD_BYTES: number = 0xff_ff - DATA_PACKET_HEADER_BYTES;

/** AFFlags of $H: which piece of an ASF header it holds; 0 in the middle, both where it holds all. Of $D: a counter. */
export const AfFlag = { first: 0x04, last: 0x08 } as const;

/** What an end of stream is for: nothing follows, or a stream change with a new header does. */
export const MmshEndReason = { over: 0, moreFollows: 1 } as const;

/** Bytes on the wire of a $D with this payload. */
export function mmshDataBytes(payloadBytes: number): number {
  return FRAMING_HEADER_BYTES + DATA_PACKET_HEADER_BYTES + payloadBytes;
}

/**
 * Writes what stands in front of the payload of a $D, $H or $M, 12 bytes.
 * @param locationId - uint32
 * @param afFlags - 8 bits
 * @param payloadBytes - up to {@link MAX_MMSH_PAYLOAD_BYTES}
 */
export function writeMmshData(
  target: Buffer,
  at: number,
  packetId: MmshPacketId,
  locationId: number,
  afFlags: number,
  payloadBytes: number,
): void {
  const size = DATA_PACKET_HEADER_BYTES + payloadBytes;
  target[at] = MMSH_FRAME;
  target[at + 1] = packetId;
  target[at + 2] = size;
  target[at + 3] = size >>> 8;
  target[at + 4] = locationId;
  target[at + 5] = locationId >>> 8;
  target[at + 6] = locationId >>> 16;
  target[at + 7] = locationId >>> 24;
  target[at + 8] = 0; // Incarnation
  target[at + 9] = afFlags;
  target[at + 10] = size;
  target[at + 11] = size >>> 8;
}

/** An ASF header as players get it: one $H, or one for each piece where it is longer than a packet. */
export function encodeMmshHeader(asfHeader: Buffer): Buffer {
  const pieces = Math.max(1, Math.ceil(asfHeader.length / MAX_MMSH_PAYLOAD_BYTES));
  const bytes = Buffer.alloc(asfHeader.length + pieces * mmshDataBytes(0));
  for (let piece = 0, at = 0; piece < pieces; piece++) {
    const from = piece * MAX_MMSH_PAYLOAD_BYTES;
    const payload = asfHeader.subarray(from, from + MAX_MMSH_PAYLOAD_BYTES);
    const afFlags = (piece === 0 ? AfFlag.first : 0) | (piece === pieces - 1 ? AfFlag.last : 0);
    writeMmshData(bytes, at, MmshPacketId.header, piece, afFlags, payload.length);
    payload.copy(bytes, at + mmshDataBytes(0));
    at += mmshDataBytes(payload.length);
  }
  return bytes;
}

/** A $E, 8 bytes. @param reason - one of {@link MmshEndReason} */
export function encodeMmshEnd(reason: number): Buffer {
  return encodeReason(MmshPacketId.endOfStream, reason);
}

/** A $C, 8 bytes: a $H with the new header follows it. */
export function encodeMmshChange(): Buffer {
  return encodeReason(MmshPacketId.streamChange, 0);
}

/** A $N around what one relay has to say to another. @param payload - up to 65,535 bytes */
export function encodeMmshNotice(payload: Buffer): Buffer {
  return Buffer.concat([framingHeader(MmshPacketId.notice, payload.length), payload]);
}

function encodeReason(packetId: MmshPacketId, reason: number): Buffer {
  const value = Buffer.alloc(4);
  value.writeUInt32LE(reason);
  return Buffer.concat([framingHeader(packetId, value.length), value]);
}

/** What stands in front of every packet, and for who pushes, in front of the payload. @param size - bytes of what follows, uint16 */
export function framingHeader(packetId: MmshPacketId, size: number): Buffer {
  const header = Buffer.from([MMSH_FRAME, packetId, 0, 0]);
  header.writeUInt16LE(size, 2);
  return header;
}
