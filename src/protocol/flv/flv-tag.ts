/**
 * The FLV byte stream: a file header, then for each message a tag header, its payload and the size of both
 * (PreviousTagSize). All integers are big-endian.
 * @see FLV 10.1 sections E.2 to E.4.1
 */

/** The tag types that this project reads and writes; they are the RTMP message types 8, 9 and 18. */
export const FlvTagType = { audio: 8, video: 9, script: 18 } as const;

/** One of the tag types that this project reads and writes. */
export type FlvTagType = (typeof FlvTagType)[keyof typeof FlvTagType];

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

/** What begins an FLV stream: the file header and PreviousTagSize0, 13 bytes; says which kinds of tags will come. */
export function encodeFlvFileHeader({ audio, video }: { audio: boolean; video: boolean }): Buffer {
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

/** A whole tag with the StreamID of a notice, see {@link noticeStreamId}. */
export function encodeFlvNotice(payload: Buffer): Buffer {
  const { length } = payload;
  const tag = Buffer.alloc(flvTagBytes(length));
  writeFlvTagHeader(tag, 0, FlvTagType.script, 0, length);
  tag.writeUIntBE(noticeStreamId, 8, 3);
  payload.copy(tag, flvTagHeaderBytes);
  writePreviousTagSize(tag, flvTagHeaderBytes + length, length);
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
