import { type AsfHeader, dataObjectBytes, FileFlag } from './asf-header.ts';
import { type AsfPacket, LengthType, MAX_PAYLOADS, readAsfPacket } from './asf-packet.ts';
import { type AsfPayload, fieldBytes } from './asf-payload.ts';

/**
 * A data packet as whoever begins with it is to get it: without the payloads before the first one wanted, and without those
 * behind it that go on with an object whose beginning is left out. As many bytes as before, with more padding.
 * @param isWanted - whether a beginner can start at a payload
 * @returns the packet itself where nothing is to be left out, or nothing in it is wanted
 */
export function beginningPacket(
  packet: Buffer,
  packetBytes: number,
  isWanted: (payload: AsfPayload) => boolean,
): Buffer {
  const read = readAsfPacket(packet, packetBytes);
  const first = read.payloads.findIndex(isWanted);
  if (first === -1) return packet;
  const begun = new Set<number>();
  const kept = read.payloads.slice(first).filter(({ stream, startsObject }) => {
    if (startsObject) begun.add(stream);
    return begun.has(stream);
  });
  return kept.length === read.payloads.length ? packet : rewritten(packet, read, kept, packet.length);
}

/** A data packet with all of its padding, for whoever reads packets of one size: the packet itself where it has that. */
export function fullAsfPacket(packet: Buffer, packetBytes: number): Buffer {
  if (packet.length >= packetBytes) return packet;
  const read = readAsfPacket(packet, packetBytes);
  return rewritten(packet, read, read.payloads, packetBytes);
}

/**
 * A header as that of a broadcast, whose sizes, counts and durations mean nothing: the bytes themselves where they are one. Its Data Object
 * has at least the size of its beginning: at less, libmms 0.6 never comes to an end.
 */
export function broadcastHeader(bytes: Buffer, { isBroadcast, fileFlagsAt }: AsfHeader): Buffer {
  const dataBytesAt = bytes.length - dataObjectBytes + 16;
  const isSized = bytes.readBigUInt64LE(dataBytesAt) >= dataObjectBytes;
  if (isBroadcast && isSized) return bytes;
  const copy = Buffer.from(bytes);
  const flags = ((bytes.readUInt32LE(fileFlagsAt) & ~FileFlag.seekable) | FileFlag.broadcast) >>> 0; // all bits are the peer's
  copy.writeUInt32LE(flags, fileFlagsAt);
  if (!isSized) copy.writeBigUInt64LE(BigInt(dataObjectBytes), dataBytesAt);
  return copy;
}

/**
 * A data packet that means the same once a player has put zeros behind it: the packet itself, but where it is short, and its
 * only payload ends where it does.
 */
export function paddablePacket(packet: Buffer, packetBytes: number, read: AsfPacket): Buffer {
  const { hasSeveral, isLengthSaid } = read.layout;
  if (hasSeveral || isLengthSaid || read.bytes === packetBytes) return packet;
  return rewritten(packet, read, read.payloads, packetBytes);
}

/** Moves all times of a data packet, in place. @param byMs - milliseconds, uint32: times wrap */
export function shiftAsfTimes(packet: Buffer, packetBytes: number, byMs: number): void {
  const { layout, payloads } = readAsfPacket(packet, packetBytes);
  const shift = (at: number): number => packet.writeUInt32LE((packet.readUInt32LE(at) + byMs) >>> 0, at);
  shift(layout.sendTimeAt);
  for (const { timeAt } of payloads) if (timeAt !== undefined) shift(timeAt);
}

/** The packet with some of its payloads in so many bytes, which are no fewer than it has. */
function rewritten(packet: Buffer, read: AsfPacket, kept: readonly AsfPayload[], size: number): Buffer {
  const { lengthTypeFlagsAt, paddingLengthAt, sendTimeAt, payloadsAt, hasSeveral, isLengthSaid } =
    read.layout;
  const flags = packet.readUInt8(lengthTypeFlagsAt);
  const isOfSaidLength = isLengthSaid || read.bytes > packet.length;
  const fixedBytes = payloadsAt - (sendTimeAt - paddingLengthAt);
  const room = (isOfSaidLength ? read.bytes : size) - fixedBytes - sumOf(kept);
  const type = paddingLengthType((flags >> LengthType.paddingLength) & 3, room);
  const paddingLengthBytes = fieldBytes[type];
  const bytes = Buffer.alloc(size);
  packet.copy(bytes, 0, 0, paddingLengthAt);
  bytes[lengthTypeFlagsAt] = (flags & ~(3 << LengthType.paddingLength)) | (type << LengthType.paddingLength);
  let at = paddingLengthAt + paddingLengthBytes;
  if (type !== 0) bytes.writeUIntLE(room - paddingLengthBytes, paddingLengthAt, paddingLengthBytes);
  at += packet.copy(bytes, at, sendTimeAt, payloadsAt);
  if (hasSeveral) bytes[at - 1] = (packet.readUInt8(payloadsAt - 1) & ~MAX_PAYLOADS) | kept.length;
  for (const payload of kept) at += packet.copy(bytes, at, payload.at, payload.end);
  return bytes;
}

function sumOf(payloads: readonly AsfPayload[]): number {
  return payloads.reduce((sum, { at, end }) => sum + end - at, 0);
}

/** The length type of a padding length that takes all of the room with its own bytes; no smaller than it was. */
function paddingLengthType(before: number, room: number): 0 | 1 | 2 | 3 {
  if (before === 0 && room === 0) return 0;
  if (before <= 1 && room - 1 <= 0xff) return 1;
  return before <= 2 ? 2 : 3;
}
