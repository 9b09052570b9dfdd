import { AsfGuid } from '../../src/protocol/asf/asf-object.ts';

/** One stream of a header to be made. */
export interface MadeStream {
  readonly number: number;
  readonly type: 'audio' | 'video' | 'command' | 'other';
  /** FourCC of video; WMV2 without it. */
  readonly fourCc?: string;
  /** Format tag of audio; that of wmav2 without it. */
  readonly formatTag?: number;
  /** Whether its Stream Properties Object stands within its Extended Stream Properties Object, as Microsoft's encoders have it. */
  readonly isExtended?: boolean;
  readonly isEncrypted?: boolean;
  /** Any, to tell streams apart: of video its width in pixels, of audio its samples per second. */
  readonly size?: number;
}

/** What a header is to be made of; without anything, one of a wmav2 stream 1 and a WMV2 stream 2 in packets of 400 bytes. */
export interface MadeHeader {
  readonly packetBytes?: number;
  readonly streams?: readonly MadeStream[];
  /** false: of a file, whose Data Object has so many packets. */
  readonly isBroadcast?: boolean;
  readonly packetCount?: number;
  /** Objects besides those, as from {@link asfObject}. */
  readonly extra?: readonly Buffer[];
  /** Any, to tell headers apart that mean the same. */
  readonly fileId?: string;
}

export const audioStream: MadeStream = { number: 1, type: 'audio' };
export const videoStream: MadeStream = { number: 2, type: 'video' };

const otherMedia = 'e265fb3aef47f240ac2c70a90d71d343'; // binary media
const noErrorCorrection = '0057fb20555bcf11a8fd00805f5c442b';
const mediaGuids = {
  audio: AsfGuid.audioMedia,
  video: AsfGuid.videoMedia,
  command: AsfGuid.commandMedia,
  other: otherMedia,
};

const u16 = (value: number): Buffer => Buffer.of(value & 0xff, (value >> 8) & 0xff);
const u32 = (value: number): Buffer => sized(value, 4);
const u64 = (value: number | bigint): Buffer => {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt(value));
  return bytes;
};
const hex = (text: string): Buffer => Buffer.from(text, 'hex');

/** An ASF object. @param size - what it claims to be; by default what it is, bytes */
export function asfObject(guid: string, fields: Buffer, size: number | bigint = 24 + fields.length): Buffer {
  return Buffer.concat([hex(guid), u64(size), fields]);
}

/** A whole header: the Header Object and the first 50 bytes of the Data Object. */
export function asfHeader({
  packetBytes = 400,
  streams = [audioStream, videoStream],
  isBroadcast = true,
  packetCount = 0,
  extra = [],
  fileId = '00112233445566778899aabbccddeeff',
}: MadeHeader = {}): Buffer {
  const plain = streams.filter(({ isExtended }) => !isExtended);
  const extended = streams.filter(({ isExtended }) => isExtended).map(extendedStream);
  const extension = headerExtension(Buffer.concat(extended));
  const file = filePropertiesObject({ packetBytes, isBroadcast, packetCount, fileId });
  return asfHeaderOf([file, extension, ...plain.map(streamObject), ...extra], {
    fileId,
    packetCount,
    dataBytes: 50 + (isBroadcast ? 0 : packetCount * packetBytes),
  });
}

/** A header of these objects, such as they are. */
export function asfHeaderOf(
  objects: readonly Buffer[],
  {
    fileId = '00112233445566778899aabbccddeeff',
    packetCount = 0,
    dataBytes = 0,
  }: { fileId?: string; packetCount?: number; dataBytes?: number | bigint } = {},
): Buffer {
  const header = asfObject(AsfGuid.header, Buffer.concat([u32(objects.length), Buffer.of(1, 2), ...objects]));
  const data = asfObject(
    AsfGuid.data,
    Buffer.concat([hex(fileId), u64(packetCount), u16(0x0101)]),
    dataBytes,
  );
  return Buffer.concat([header, data]);
}

/** A File Properties Object. */
export function filePropertiesObject({
  packetBytes = 400,
  maxPacketBytes = packetBytes,
  isBroadcast = true,
  packetCount = 0,
  fileId = '00112233445566778899aabbccddeeff',
}: Omit<MadeHeader, 'streams' | 'extra'> & { readonly maxPacketBytes?: number } = {}): Buffer {
  const unknown = [packetBytes * packetCount, 0, packetCount, 0, 0, 3000].map(u64); // sizes, dates, durations, preroll
  const fields = [hex(fileId), ...unknown, u32(isBroadcast ? 1 : 2), u32(packetBytes), u32(maxPacketBytes)];
  return asfObject(AsfGuid.fileProperties, Buffer.concat([...fields, u32(500_000)]));
}

/** A Stream Properties Object. */
export function streamObject(stream: MadeStream): Buffer {
  const data = typeData(stream);
  const fields = [hex(mediaGuids[stream.type]), hex(noErrorCorrection), u64(0), u32(data.length), u32(0)];
  const flags = u16(stream.number | (stream.isEncrypted ? 0x8000 : 0));
  return asfObject(AsfGuid.streamProperties, Buffer.concat([...fields, flags, u32(0), data]));
}

/** A Header Extension Object. @param dataBytes - what it claims to hold; by default what it does */
export function headerExtension(data: Buffer, dataBytes: number = data.length): Buffer {
  const reserved = hex('11d2d3abbaa9cf118ee600c00c205365');
  return asfObject(AsfGuid.headerExtension, Buffer.concat([reserved, u16(6), u32(dataBytes), data]));
}

/** An Extended Stream Properties Object with a name, a payload extension system and the stream's own object in it. */
function extendedStream(stream: MadeStream): Buffer {
  const name = Buffer.from('name\0', 'utf16le');
  const names = Buffer.concat([u16(0), u16(name.length), name]);
  const system = Buffer.concat([hex(noErrorCorrection), u16(8), u32(3), hex('010203')]);
  const fields = Buffer.concat([Buffer.alloc(48), u16(stream.number), u16(0), u64(400_000), u16(1), u16(1)]);
  return asfObject(
    AsfGuid.extendedStreamProperties,
    Buffer.concat([fields, names, system, streamObject(stream)]),
  );
}

function typeData({ type, fourCc = 'WMV2', formatTag = 0x161, size = 320 }: MadeStream): Buffer {
  if (type === 'audio')
    return Buffer.concat([u16(formatTag), u16(2), u32(size), u32(16_000), hex('e80210000400'), u32(0)]);
  if (type !== 'video') return Buffer.alloc(0);
  const format = [u32(40), u32(size), u32(240), u16(1), u16(24), Buffer.from(fourCc), Buffer.alloc(20)];
  return Buffer.concat([u32(size), u32(240), Buffer.of(2), u16(40), ...format]);
}

/** A payload to be made. */
export interface MadePayload {
  readonly stream: number;
  readonly isKey?: boolean;
  /** Media object number. */
  readonly object?: number;
  /** Where in its object it begins, bytes. */
  readonly offset?: number;
  /** Presentation time, milliseconds. */
  readonly time?: number;
  /** Bytes of its object; by default its own. */
  readonly objectBytes?: number;
  /** Its bytes, or so many of them. */
  readonly data?: Buffer | number;
  /** Makes it a compressed payload of these parts, in place of `data`. */
  readonly parts?: readonly Buffer[];
  /** Replicated data in place of object size and presentation time. */
  readonly replicated?: Buffer;
}

/** The length types of fields: 0 to 3 for 0, 1, 2 or 4 bytes. */
export interface MadeLengthTypes {
  readonly packetLength?: number;
  readonly sequence?: number;
  readonly paddingLength?: number;
  readonly replicatedLength?: number;
  readonly offset?: number;
  readonly objectNumber?: number;
  readonly payloadLength?: number;
}

/** A data packet to be made. */
export interface MadePacket {
  readonly packetBytes?: number;
  readonly sendTimeMs?: number;
  readonly durationMs?: number;
  readonly payloads?: readonly MadePayload[];
  readonly types?: MadeLengthTypes;
  /** Error correction data, whose first byte has the flags; empty for none. */
  readonly errorCorrection?: Buffer;
  /** Whether it has no count, and its only payload no length. */
  readonly isSingle?: boolean;
  /** Whether its padding is left out, and not spoken of. */
  readonly isShort?: boolean;
}

const sized = (value: number, bytes: number): Buffer => {
  const field = Buffer.alloc(bytes);
  if (bytes > 0) field.writeUIntLE(bytes === 4 ? value >>> 0 : value % 2 ** (8 * bytes), 0, bytes);
  return field;
};
const fieldBytes = (type: number): number => [0, 1, 2, 4][type] ?? 0;

/** A data packet, padded to its size unless it is to be short. */
export function asfPacket({
  packetBytes = 400,
  sendTimeMs = 0,
  durationMs = 0,
  payloads = [],
  types = {},
  errorCorrection = hex('820000'),
  isSingle = false,
  isShort = false,
}: MadePacket = {}): Buffer {
  const { packetLength = 0, sequence = 0, paddingLength = 2, payloadLength = 2 } = types;
  const { replicatedLength = 1, offset = 3, objectNumber = 1 } = types;
  const flags = (isSingle ? 0 : 1) | (sequence << 1) | (paddingLength << 3) | (packetLength << 5);
  const properties = replicatedLength | (offset << 2) | (objectNumber << 4) | (1 << 6);
  const written = payloads.map((payload) => {
    const { header, data } = payloadParts(payload, { replicatedLength, offset, objectNumber });
    return isSingle ? [header, data] : [header, sized(data.length, fieldBytes(payloadLength)), data];
  });
  const count = isSingle ? Buffer.alloc(0) : Buffer.of(payloads.length | (payloadLength << 6));
  const behind = Buffer.concat([u32(sendTimeMs), u16(durationMs), count, ...written.flat()]);
  const before =
    errorCorrection.length +
    2 +
    [packetLength, sequence, paddingLength].reduce((sum, type) => sum + fieldBytes(type), 0);
  const padding = packetBytes - before - behind.length;
  if (padding < 0) throw new Error(`a packet of ${packetBytes - padding} bytes, not ${packetBytes}`);
  if (padding > 0 && !isShort && fieldBytes(paddingLength) === 0 && isSingle)
    throw new Error('a single payload that cannot be padded');
  return Buffer.concat([
    errorCorrection,
    Buffer.of(flags, properties),
    sized(isShort ? packetBytes - padding : packetBytes, fieldBytes(packetLength)),
    sized(7, fieldBytes(sequence)),
    sized(isShort ? 0 : padding, fieldBytes(paddingLength)),
    behind,
    Buffer.alloc(isShort ? 0 : padding),
  ]);
}

function payloadParts(
  { stream, isKey, object = 0, offset = 0, time = 0, data = 10, objectBytes, parts, replicated }: MadePayload,
  types: Required<Pick<MadeLengthTypes, 'replicatedLength' | 'offset' | 'objectNumber'>>,
): { readonly header: Buffer; readonly data: Buffer } {
  const bytes = parts?.flatMap((part) => [Buffer.of(part.length), part]) ?? [
    typeof data === 'number' ? Buffer.alloc(data, stream) : data,
  ];
  const own = Buffer.concat(bytes);
  const replicatedData =
    replicated ??
    (parts ? Buffer.of(20) : Buffer.concat([u32(objectBytes ?? offset + own.length), u32(time)]));
  const isNone = fieldBytes(types.replicatedLength) === 0;
  const header = Buffer.concat([
    Buffer.of(stream | (isKey ? 0x80 : 0)),
    sized(object, fieldBytes(types.objectNumber)),
    sized(parts ? time : offset, fieldBytes(types.offset)),
    sized(replicatedData.length, fieldBytes(types.replicatedLength)),
    isNone ? Buffer.alloc(0) : replicatedData,
  ]);
  return { header, data: own };
}
