/**
 * The FLV byte stream: a file header, then for each message a tag header, its payload and the size of both
 * (PreviousTagSize). All integers are big-endian.
 * @see FLV 10.1 sections E.2 to E.4.1
 */
import { ProtocolError } from '../../errors.ts';

/** The tag types that this project reads and writes; they are the RTMP message types 8, 9 and 18. */
export const FlvTagType = { audio: 8, video: 9, script: 18 } as const;

/** One of the tag types that this project reads and writes. */
export type FlvTagType = (typeof FlvTagType)[keyof typeof FlvTagType];

/** What a tag carries. */
export interface FlvTagContent {
  /** What the payload is. */
  readonly type: FlvTagType;
  /** Milliseconds, uint32. */
  readonly timestamp: number;
  /** The message as RTMP carries it, its audio or video tag header included. */
  readonly payload: Uint8Array;
}

/** The largest payload of a tag, bytes. */
export const MAX_FLV_TAG_BYTES = 0xffffff;

/**
 * The StreamID of a script tag that a relay says in its own name to the relay behind it. Tags of a stream have 0, and whoever
 * passes a stream on writes them anew, so no publisher can have this one arrive.
 */
export const noticeStreamId = 0x737061;

/** Bytes of the file header itself, the smallest DataOffset. */
export const flvFileHeaderBytes = 9;
/** Bytes of a tag header. */
export const flvTagHeaderBytes = 11;
/** Bytes of a PreviousTagSize. */
export const previousTagSizeBytes = 4;

/** Which kinds of tags an FLV stream says that it has. */
export interface FlvContent {
  /** Whether there is audio. */
  readonly audio: boolean;
  /** Whether there is video. */
  readonly video: boolean;
}

/** What begins an FLV stream: the file header and PreviousTagSize0, 13 bytes; says which kinds of tags will come. */
export function encodeFlvFileHeader({ audio, video }: FlvContent): Buffer {
  const header = Buffer.alloc(flvFileHeaderBytes + previousTagSizeBytes);
  header.write('FLV', 'latin1');
  header[3] = 1; // version
  header[4] = (audio ? 0x04 : 0) | (video ? 0x01 : 0);
  header.writeUInt32BE(flvFileHeaderBytes, 5);
  return header;
}

/**
 * Writes a tag header, 11 bytes.
 * @param timestamp - milliseconds, uint32; its high byte goes behind the low three.
 * @param size - bytes of the payload, up to 2^24 - 1.
 */
export function writeFlvTagHeader(
  target: Buffer,
  at: number,
  type: FlvTagType,
  timestamp: number,
  size: number,
): void {
  target[at] = type;
  target[at + 1] = size >>> 16;
  target[at + 2] = size >>> 8;
  target[at + 3] = size;
  target[at + 4] = timestamp >>> 16;
  target[at + 5] = timestamp >>> 8;
  target[at + 6] = timestamp;
  target[at + 7] = timestamp >>> 24;
  target[at + 8] = 0; // StreamID, 3 bytes
  target[at + 9] = 0;
  target[at + 10] = 0;
}

/**
 * Writes a whole tag with its PreviousTagSize, {@link flvTagBytes}.
 * @param timestamp - milliseconds, uint32.
 * @param payload - up to 2^24 - 1 bytes.
 * @returns where the next tag goes.
 */
export function writeFlvTag(
  target: Buffer,
  at: number,
  type: FlvTagType,
  timestamp: number,
  payload: Uint8Array,
): number {
  const { length } = payload;
  writeFlvTagHeader(target, at, type, timestamp, length);
  target.set(payload, at + flvTagHeaderBytes);
  writePreviousTagSize(target, at + flvTagHeaderBytes + length, length);
  return at + flvTagBytes(length);
}

/**
 * A tag with its PreviousTagSize, in memory of its own.
 * @param tag - `timestamp` in milliseconds, of which the low 32 bits are written; `payload` is copied.
 * @throws ProtocolError `FLV_TAG_TOO_LARGE` for a payload of 2^24 bytes or more.
 */
export function encodeFlvTag({ type, timestamp, payload }: FlvTagContent): Buffer {
  if (payload.length > MAX_FLV_TAG_BYTES)
    throw new ProtocolError(
      'FLV_TAG_TOO_LARGE',
      `tag of ${payload.length} bytes, limit ${MAX_FLV_TAG_BYTES}`,
    );
  const tag = Buffer.allocUnsafe(flvTagBytes(payload.length));
  writeFlvTag(tag, 0, type, timestamp, payload);
  return tag;
}

/** A whole tag with the StreamID of a notice, see {@link noticeStreamId}. */
export function encodeFlvNotice(payload: Buffer): Buffer {
  const tag = encodeFlvTag({ type: FlvTagType.script, timestamp: 0, payload });
  tag.writeUIntBE(noticeStreamId, 8, 3);
  return tag;
}

/** Writes the PreviousTagSize, 4 bytes, that follows a tag with a payload of `size` bytes. */
export function writePreviousTagSize(target: Buffer, at: number, size: number): void {
  target.writeUInt32BE(flvTagHeaderBytes + size, at);
}

/** Bytes on the wire of a tag with a payload of `size` bytes, its PreviousTagSize included. */
export function flvTagBytes(size: number): number {
  return flvTagHeaderBytes + size + previousTagSizeBytes;
}
