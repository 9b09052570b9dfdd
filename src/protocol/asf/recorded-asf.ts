/** What makes a file with an end of a header and data packets that were live: sizes, counts and durations, and an index. */
import { type AsfHeader, dataObjectBytes, FileFlag } from './asf-header.ts';
import { guidBytes } from './asf-object.ts';

/** Where fields of the File Properties Object stand, before its flags. @see ASF 01.20.05 section 3.2 */
const BeforeFlags = { fileId: 64, size: 48, packets: 32, playDuration: 24, sendDuration: 16, preroll: 8 };

/** Of the Data Object: its size, and its count of packets. @see ASF 01.20.05 section 5.1 */
const DataObject = { size: 16, packets: 40 };

/** @see ASF 01.20.05 section 6.1 */
const simpleIndexGuid = Buffer.from('90080033b1e5cf1189f400a0c90349cb', 'hex');
const SIMPLE_INDEX_BYTES = 56;
const SIMPLE_INDEX_ENTRY_BYTES = 6;
const ENTRY_MS = 1000;

/** Times in ASF headers are units of 100 nanoseconds. */
const UNITS_PER_MS = 10_000n;

/** What a file has come to. */
export interface RecordedAsf {
  /** Of the whole file, with what stands behind the packets. */
  readonly bytes: number;
  readonly packets: number;
  readonly durationMs: number;
}

/** How long players of a stream wait before they show anything, milliseconds: presentation times begin there. */
export function prerollMs(bytes: Buffer, { fileFlagsAt }: AsfHeader): number {
  return Number(bytes.readBigUInt64LE(fileFlagsAt - BeforeFlags.preroll));
}

/**
 * The header of a file with an end, as long as it was for a broadcast.
 * @param bytes - the Header Object and the first 50 bytes of the Data Object
 */
export function recordedHeader(bytes: Buffer, header: AsfHeader, file: RecordedAsf): Buffer {
  const { fileFlagsAt, packetBytes } = header;
  const own = Buffer.from(bytes);
  const put = (before: number, value: bigint): number =>
    own.writeBigUInt64LE(BigInt.asUintN(64, value), fileFlagsAt - before);
  const preroll = bytes.readBigUInt64LE(fileFlagsAt - BeforeFlags.preroll);
  const duration = BigInt(file.durationMs) * UNITS_PER_MS;
  put(BeforeFlags.size, BigInt(file.bytes));
  put(BeforeFlags.packets, BigInt(file.packets));
  put(BeforeFlags.playDuration, duration + preroll * UNITS_PER_MS);
  put(BeforeFlags.sendDuration, duration);
  const flags = (bytes.readUInt32LE(fileFlagsAt) & ~FileFlag.broadcast) | FileFlag.seekable;
  own.writeUInt32LE(flags >>> 0, fileFlagsAt);
  const dataAt = own.length - dataObjectBytes;
  const dataBytes = BigInt(dataObjectBytes) + BigInt(file.packets) * BigInt(packetBytes);
  own.writeBigUInt64LE(dataBytes, dataAt + DataObject.size);
  own.writeBigUInt64LE(BigInt(file.packets), dataAt + DataObject.packets);
  return own;
}

/**
 * A Simple Index Object: for each second the packet in which the last keyframe before it begins.
 * @param presentationMs - of the keyframes, as their payloads say, with the preroll in them
 * @param packets - the number of the packet that each begins in
 */
export function encodeSimpleIndex(
  bytes: Buffer,
  { fileFlagsAt }: AsfHeader,
  presentationMs: readonly number[],
  packets: readonly number[],
): Buffer {
  const entries = Math.floor((presentationMs.at(-1) ?? 0) / ENTRY_MS) + 1;
  const index = Buffer.alloc(SIMPLE_INDEX_BYTES + entries * SIMPLE_INDEX_ENTRY_BYTES);
  simpleIndexGuid.copy(index);
  index.writeBigUInt64LE(BigInt(index.length), guidBytes);
  const fileIdAt = fileFlagsAt - BeforeFlags.fileId;
  bytes.copy(index, 24, fileIdAt, fileIdAt + guidBytes);
  index.writeBigUInt64LE(BigInt(ENTRY_MS) * UNITS_PER_MS, 40);
  index.writeUInt32LE(1, 48); // most packets of an entry
  index.writeUInt32LE(entries, 52);
  let at = 0;
  for (let entry = 0; entry < entries; entry++) {
    while ((presentationMs[at + 1] ?? Number.POSITIVE_INFINITY) <= entry * ENTRY_MS) at++;
    const place = SIMPLE_INDEX_BYTES + entry * SIMPLE_INDEX_ENTRY_BYTES;
    index.writeUInt32LE(packets[at] ?? 0, place);
    index.writeUInt16LE(1, place + 4);
  }
  return index;
}
