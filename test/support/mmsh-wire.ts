/** The bytes of a small ASF header as they are on the wire: a Header Object of no objects, and the start of a Data Object. */
export function asfHeaderOf(objectBytes = 30): Buffer {
  const header = Buffer.alloc(objectBytes + 50);
  Buffer.from('3026b2758e66cf11a6d900aa0062ce6c', 'hex').copy(header);
  header.writeBigUInt64LE(BigInt(objectBytes), 16);
  for (let at = 24; at < header.length; at++) header[at] = at & 0xff;
  return header;
}

/** An MMSH packet without a data packet header, as those who push send it. @param id - a letter */
export function mmshPacketOf(
  id: string,
  payload: Uint8Array = Buffer.alloc(0),
  size: number = payload.length,
): Buffer {
  const framing = Buffer.from([0x24, id.charCodeAt(0), size & 0xff, size >> 8]);
  return Buffer.concat([framing, payload]);
}

/** What an MMS data packet header says, if not what is right for the first packet. */
interface DataPacketHeader {
  readonly locationId: number;
  readonly afFlags: number;
  readonly packetSize: number;
}

/** An MMSH packet with a data packet header, as servers send it. @param id - a letter */
export function servedPacketOf(
  id: string,
  payload: Uint8Array,
  { locationId = 0, afFlags = 0, packetSize = payload.length + 8 }: Partial<DataPacketHeader> = {},
): Buffer {
  const header = Buffer.alloc(8);
  header.writeUInt32LE(locationId);
  header.writeUInt8(afFlags, 5);
  header.writeUInt16LE(packetSize & 0xffff, 6);
  return mmshPacketOf(id, Buffer.concat([header, payload]));
}
