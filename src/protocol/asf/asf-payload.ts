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

/** Where the property flags of a packet have length types, 2 bits each. */
const PropertyType = { replicatedLength: 0, offset: 2, objectNumber: 4 } as const;

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

/**
 * Reads the next payload of a data packet.
 * @param properties - the property flags of the packet
 * @param end - where its data ends; without it a payload length of so many bytes says so
 * @throws ProtocolError `ASF_PACKET_INVALID`
 */
export function readPayload(
  fields: PacketFields,
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
export class PacketFields {
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

/** What is wrong with a data packet. */
export function packetFault(problem: string): ProtocolError {
  return new ProtocolError('ASF_PACKET_INVALID', `an ASF data packet with ${problem}`);
}
