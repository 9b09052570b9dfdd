import type { ByteQueue } from '../../../bytes/byte-queue.ts';

/** Chunk format: 0 whole message header, 1 without message stream id, 2 timestamp delta only, 3 nothing. */
export type ChunkFormat = 0 | 1 | 2 | 3;

/** The value of the 24-bit timestamp field that announces an extended timestamp. @see RTMP 1.0 section 5.3.1.3 */
export const EXTENDED_TIMESTAMP = 0xffffff;

/** Size in bytes of the message header of each chunk format. @see RTMP 1.0 section 5.3.1.2 */
export const MESSAGE_HEADER_SIZES: readonly [11, 7, 3, 0] = [11, 7, 3, 0];

/** The first part of every chunk. */
export interface BasicHeader {
  readonly format: ChunkFormat;
  /** 2 to 65,599; 2 is for protocol control. */
  readonly chunkStreamId: number;
  /** Bytes that it takes itself, 1 to 3. */
  readonly size: number;
}

/** Those of one byte by what it is, so that the commonest chunks leave no garbage. */
const shortHeaders: readonly BasicHeader[] = Array.from({ length: 256 }, (_, byte) =>
  Object.freeze({ format: (byte >> 6) as ChunkFormat, chunkStreamId: byte & 0x3f, size: 1 }),
);

/** Reads a Chunk Basic Header without consuming it; undefined until its 1..3 bytes arrived. @see RTMP 1.0 section 5.3.1.1 */
export function peekBasicHeader(bytes: ByteQueue): BasicHeader | undefined {
  const first = bytes.peekByte(0);
  if (first === undefined) return undefined;
  const shortId = first & 0x3f;
  if (shortId > 1) return shortHeaders[first];
  const size = shortId + 2; // 0 announces one more byte, 1 announces two, low byte first
  const header = bytes.peek(size);
  if (header === undefined) return undefined;
  const [, low = 0, high = 0] = header;
  return { format: (first >> 6) as ChunkFormat, chunkStreamId: 64 + low + 256 * high, size };
}
