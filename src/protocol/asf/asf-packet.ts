import { ProtocolError } from '../../errors.ts';

/** One payload of a data packet: an object of a stream, or a part of one, or several small ones that are together. */
export interface AsfPayload {
  /** Number of its stream, 0 to 127. */
  readonly stream: number;
  /** Whether it belongs to a key frame. */
  readonly isKey: boolean;
  /** Whether an object begins with it: its offset is 0, or it is compressed. */
  readonly startsObject: boolean;
  /** Where it begins in its packet, its own header included, and where it ends. */
  readonly at: number;
  readonly end: number;
  /** Where its presentation time stands, uint32; undefined where it has none, or one of fewer bytes. */
  readonly timeAt: number | undefined;
}

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
/** Where the property flags have them. */
const PropertyType = { replicatedLength: 0, offset: 2, objectNumber: 4 } as const;

/** The byte before several payloads: how many, and above that the length type of their lengths. */
export const MAX_PAYLOADS = 0x3f;
const COUNT_BITS = 6;

/** A replicated data length that means a compressed payload: its offset is its presentation time. */
const COMPRESSED = 1;
/** Else it is 0, or enough for the size and the presentation time of the object. */
const MIN_REPLICATED_BYTES = 8;

/** Bytes of a field, by its length type. */
export const fieldBytes = [0, 1, 2, 4] as const;

/** Bytes of a field whose length type stands in flags. */
export function sizedBy(flags: number, shift: number): number {
  return fieldBytes[((flags >> shift) & 3) as 0 | 1 | 2 | 3];
}

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
  const fields = new Fields(packet);
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

function readSeveral(fields: Fields, properties: number, count: number, payloads: AsfPayload[]): void {
  const lengthBytes = sizedBy(count, COUNT_BITS);
  if (lengthBytes === 0) throw packetFault('payloads without lengths');
  for (let left = count & MAX_PAYLOADS; left > 0; left--)
    payloads.push(readPayload(fields, properties, undefined, lengthBytes));
}

/** @param end - where its data ends; without it a payload length of so many bytes says so */
function readPayload(
  fields: Fields,
  properties: number,
  end: number | undefined,
  lengthBytes = 0,
): AsfPayload {
  const { at } = fields;
  const first = fields.take(1);
  fields.skip(sizedBy(properties, PropertyType.objectNumber));
  const offsetAt = fields.at;
  const offset = fields.take(sizedBy(properties, PropertyType.offset));
  const offsetBytes = fields.at - offsetAt;
  const replicatedBytes = fields.take(sizedBy(properties, PropertyType.replicatedLength));
  const replicatedAt = fields.at;
  const isCompressed = replicatedBytes === COMPRESSED;
  if (replicatedBytes > COMPRESSED && replicatedBytes < MIN_REPLICATED_BYTES)
    throw packetFault(`replicated data of ${replicatedBytes} bytes`);
  fields.skip(replicatedBytes);
  fields.skipTo(end ?? fields.take(lengthBytes) + fields.at);
  const timeAt = isCompressed ? offsetAt : replicatedAt + 4;
  const hasTime = isCompressed ? offsetBytes === 4 : replicatedBytes > 0;
  return {
    stream: first & 0x7f,
    isKey: (first & 0x80) !== 0,
    startsObject: isCompressed || offset === 0,
    at,
    end: fields.at,
    timeAt: hasTime ? timeAt : undefined,
  };
}

/** The fields of a packet, from front to back. */
class Fields {
  at = 0;
  readonly #packet: Buffer;

  constructor(packet: Buffer) {
    this.#packet = packet;
  }

  /** A number of so many bytes, 0 where there are none. */
  take(bytes: number): number {
    const { at } = this;
    this.skip(bytes);
    const packet = this.#packet;
    if (bytes === 1) return packet[at] as number;
    if (bytes === 2) return packet.readUInt16LE(at);
    return bytes === 4 ? packet.readUInt32LE(at) : 0;
  }

  skip(bytes: number): void {
    this.skipTo(this.at + bytes);
  }

  skipTo(end: number): void {
    const { length } = this.#packet;
    if (end > length) throw packetFault(`${end} bytes expected, ${length} are there`);
    if (end < this.at) throw packetFault(`padding that begins before byte ${this.at}`);
    this.at = end;
  }
}

function packetFault(problem: string): ProtocolError {
  return new ProtocolError('ASF_PACKET_INVALID', `an ASF data packet with ${problem}`);
}
