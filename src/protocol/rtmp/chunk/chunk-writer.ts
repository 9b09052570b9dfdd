import { MessageType, type RawMessage } from '../message/message.ts';
import { EXTENDED_TIMESTAMP } from './chunk-header.ts';

/**
 * The chunk size of everything that is sent after Set Chunk Size: nearly every message is one chunk.
 * Every message begins with a type 0 header, so what is written depends on nothing that was written before.
 */
export const OUTGOING_CHUNK_SIZE = 65_536;

/** The longest header that is written: of type 0, with an extended timestamp. */
const MAX_HEADER_BYTES = 16;

/** What is put around a payload. */
export type MessageHeader = Omit<RawMessage, 'payload'>;

/** Size in bytes of a message as chunks of {@link OUTGOING_CHUNK_SIZE} or `chunkSize`. */
export function chunkedSize(
  payloadSize: number,
  timestamp: number,
  chunkSize: number = OUTGOING_CHUNK_SIZE,
): number {
  const extended = timestamp >= EXTENDED_TIMESTAMP ? 4 : 0;
  const continuations = payloadSize <= chunkSize ? 0 : Math.ceil(payloadSize / chunkSize) - 1;
  return 12 + extended + continuations * (1 + extended) + payloadSize;
}

/**
 * Writes a message as chunks: a type 0 header with the absolute timestamp, then type 3 where it needs more than one.
 * From 0xFFFFFF ms on every chunk carries the extended timestamp.
 * @returns where the next message goes: `at` plus {@link chunkedSize}.
 * @see RTMP 1.0 section 5.3.1
 */
export function writeChunks(
  target: Buffer,
  at: number,
  header: MessageHeader,
  payload: Uint8Array,
  chunkSize: number = OUTGOING_CHUNK_SIZE,
): number {
  let end = writeFirstHeader(target, at, header, payload.length);
  for (let sent = 0; ; ) {
    const next = Math.min(sent + chunkSize, payload.length);
    target.set(sent === 0 && next === payload.length ? payload : payload.subarray(sent, next), end);
    end += next - sent;
    sent = next;
    if (sent === payload.length) return end;
    end = writeNextHeader(target, end, header);
  }
}

/** What {@link writeChunks} writes, as several buffers in which the payload is not copied. */
export function scatterChunks(
  header: MessageHeader,
  payload: Buffer,
  chunkSize: number = OUTGOING_CHUNK_SIZE,
): Buffer[] {
  const headers = Buffer.allocUnsafeSlow(MAX_HEADER_BYTES * 2);
  const firstEnd = writeFirstHeader(headers, 0, header, payload.length);
  const next = headers.subarray(firstEnd, writeNextHeader(headers, firstEnd, header));
  const parts = [headers.subarray(0, firstEnd), payload.subarray(0, chunkSize)];
  for (let sent = chunkSize; sent < payload.length; sent += chunkSize)
    parts.push(next, payload.subarray(sent, sent + chunkSize));
  return parts;
}

/** A message as chunks in a buffer of its own. */
export function encodeChunks(
  header: MessageHeader,
  payload: Uint8Array,
  chunkSize: number = OUTGOING_CHUNK_SIZE,
): Buffer {
  const target = Buffer.allocUnsafe(chunkedSize(payload.length, header.timestamp, chunkSize));
  writeChunks(target, 0, header, payload, chunkSize);
  return target;
}

/** Writes the header of a message's first chunk and returns where its payload goes. */
function writeFirstHeader(
  target: Buffer,
  at: number,
  { type, timestamp, messageStreamId }: MessageHeader,
  payloadSize: number,
): number {
  const isExtended = timestamp >= EXTENDED_TIMESTAMP;
  target[at] = chunkStreamIdOf(type);
  target.writeUIntBE(isExtended ? EXTENDED_TIMESTAMP : timestamp, at + 1, 3);
  target.writeUIntBE(payloadSize, at + 4, 3);
  target[at + 7] = type;
  target.writeUInt32LE(messageStreamId, at + 8);
  return isExtended ? target.writeUInt32BE(timestamp, at + 12) : at + 12;
}

/** Writes the header of a message's second and every later chunk and returns where more of its payload goes. */
function writeNextHeader(target: Buffer, at: number, { type, timestamp }: MessageHeader): number {
  target[at] = 0xc0 | chunkStreamIdOf(type);
  return timestamp >= EXTENDED_TIMESTAMP ? target.writeUInt32BE(timestamp, at + 1) : at + 1;
}

/** Protocol control must be on chunk stream 2; the rest is spread as existing servers do. @see RTMP 1.0 section 5.4 */
function chunkStreamIdOf(type: number): number {
  if (type <= MessageType.setPeerBandwidth) return 2;
  if (type === MessageType.audio) return 4;
  if (type === MessageType.video) return 6;
  if (type === MessageType.dataAmf0 || type === MessageType.dataAmf3) return 5;
  return 3;
}
