/** What stands in front of the payloads of an ASF data packet. */
export interface PacketFields {
  readonly sendTimeMs: number;
  /** Offset of the Padding Length field, and its size. */
  readonly paddingAt: number;
  readonly paddingFieldBytes: number;
}

const sizes = [0, 1, 2, 4] as const;

/** The size of a field by the two bits of its type. */
function sizeOf(type: number): number {
  return sizes[type & 3] ?? 0;
}

/** Reads a data packet by its specification, slowly. @see ASF 01.20.05 sections 5.2.1 and 5.2.2 */
export function fieldsOf(packet: Buffer): PacketFields {
  const first = packet.readUInt8(0);
  const flagsAt = first & 0x80 ? 1 + (first & 0x0f) : 0;
  const flags = packet.readUInt8(flagsAt);
  const paddingAt = flagsAt + 2 + sizeOf(flags >> 5) + sizeOf(flags >> 1);
  const paddingFieldBytes = sizeOf(flags >> 3);
  return { paddingAt, paddingFieldBytes, sendTimeMs: packet.readUInt32LE(paddingAt + paddingFieldBytes) };
}
