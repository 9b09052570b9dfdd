import { type AsfPayload, PacketFields, packetFault, readPayload, sizedBy } from './asf-payload.ts';

/** What stands in one data packet. @see ASF 01.20.05 section 5.2 */
export interface AsfPacket {
  /** Milliseconds, uint32. */
  readonly sendTimeMs: number;
  /** Milliseconds, uint16. */
  readonly durationMs: number;
  /** As it is said, uint32. Bytes behind what the packet says to be its length are padding as well. */
  readonly paddingBytes: number;
  readonly payloads: readonly AsfPayload[];
  /** Its size by what it says, which may be more than there is: whoever cut its padding off may have said so or not. */
  readonly bytes: number;
  readonly layout: AsfPacketLayout;
}

/** Where the fields stand that come before the payloads. */
export interface AsfPacketLayout {
  readonly lengthTypeFlagsAt: number;
  readonly paddingLengthAt: number;
  readonly sendTimeAt: number;
  /** The first payload, or the count of them right before it where there may be several. */
  readonly payloadsAt: number;
  readonly hasSeveral: boolean;
  /** Whether the packet says how long it is, in place of leaving that to the header. */
  readonly isLengthSaid: boolean;
}

/** Bit 7 of the first byte: error correction data comes first. */
export const ERROR_CORRECTION = 0x80;
/** Bit 0 of the length type flags: there may be several payloads. */
const SEVERAL_PAYLOADS = 0x01;

/** Where the length type flags have each length type, 2 bits. */
export const LengthType = { sequence: 1, paddingLength: 3, packetLength: 5 } as const;
/** The byte before several payloads: how many, and above that the length type of their lengths. */
export const MAX_PAYLOADS = 0x3f;
const COUNT_BITS = 6;

/** Where the length type flags of a packet stand. */
function lengthTypeFlagsAt(first: number): number {
  return first & ERROR_CORRECTION ? 1 + (first & 0x0f) : 0;
}

/** Where the send time of a packet stands that {@link readAsfPacket} has read before. */
export function sendTimeAt(packet: Buffer): number {
  const at = lengthTypeFlagsAt(packet.readUInt8(0));
  const flags = packet.readUInt8(at);
  const { packetLength, sequence, paddingLength } = LengthType;
  return at + 2 + sizedBy(flags, packetLength) + sizedBy(flags, sequence) + sizedBy(flags, paddingLength);
}

/** From the first to the last of what is in a packet that {@link readAsfPacket} has read before, milliseconds, as it says. */
export function durationMs(packet: Buffer): number {
  return packet.readUInt16LE(sendTimeAt(packet) + 4);
}

/**
 * Reads a data packet.
 * @param packetBytes - what the header says: a shorter packet is one without its padding
 * @throws ProtocolError `ASF_PACKET_INVALID`
 */
export function readAsfPacket(packet: Buffer, packetBytes: number = packet.length): AsfPacket {
  if (packet.length > packetBytes) throw packetFault(`${packet.length} bytes, limit ${packetBytes}`);
  const fields = new PacketFields(packet);
  const first = fields.take(1);
  if (first & ERROR_CORRECTION) {
    if (first & 0x60) throw packetFault('error correction data of an unknown length type');
    fields.skip(first & 0x0f);
  } else fields.at = 0;
  const flagsAt = fields.at;
  const flags = fields.take(1);
  if (flags & ERROR_CORRECTION) throw packetFault('length type flags with bit 7');
  const properties = fields.take(1);
  const packetLength = fields.take(sizedBy(flags, LengthType.packetLength));
  fields.skip(sizedBy(flags, LengthType.sequence));
  const paddingLengthAt = fields.at;
  const paddingBytes = fields.take(sizedBy(flags, LengthType.paddingLength));
  const timeAt = fields.at;
  const sendTimeMs = fields.take(4);
  const durationMs = fields.take(2);
  const hasSeveral = (flags & SEVERAL_PAYLOADS) !== 0;
  const count = hasSeveral ? fields.take(1) : 1;
  const payloadsAt = fields.at;
  const isLengthSaid = sizedBy(flags, LengthType.packetLength) > 0;
  const bytes = isLengthSaid
    ? saidLength(packetLength, packetBytes)
    : impliedLength(packet.length, packetBytes, payloadsAt, paddingBytes);
  if (paddingBytes > bytes - payloadsAt) throw packetFault(`padding of ${paddingBytes} bytes, of ${bytes}`);
  const payloads: AsfPayload[] = [];
  if (hasSeveral) readSeveral(fields, properties, count, payloads);
  else payloads.push(readPayload(fields, properties, bytes - paddingBytes));
  if (fields.at > bytes) throw packetFault(`payloads up to byte ${fields.at}, of ${bytes}`);
  return {
    sendTimeMs,
    durationMs,
    paddingBytes,
    payloads,
    bytes,
    layout: {
      lengthTypeFlagsAt: flagsAt,
      paddingLengthAt,
      sendTimeAt: timeAt,
      payloadsAt,
      hasSeveral,
      isLengthSaid,
    },
  };
}

function saidLength(packetLength: number, packetBytes: number): number {
  if (packetLength > packetBytes)
    throw packetFault(`a length of ${packetLength} bytes, limit ${packetBytes}`);
  return packetLength;
}

/** A packet without its padding should say that there is none; where it says how much there was, it means its full size. */
function impliedLength(
  length: number,
  packetBytes: number,
  payloadsAt: number,
  paddingBytes: number,
): number {
  const isLeftOut = paddingBytes > 0 && paddingBytes === packetBytes - length;
  return isLeftOut || paddingBytes > length - payloadsAt ? packetBytes : length;
}

function readSeveral(fields: PacketFields, properties: number, count: number, payloads: AsfPayload[]): void {
  const lengthBytes = sizedBy(count, COUNT_BITS);
  if (lengthBytes === 0) throw packetFault('payloads without lengths');
  for (let left = count & MAX_PAYLOADS; left > 0; left--)
    payloads.push(readPayload(fields, properties, undefined, lengthBytes));
}
