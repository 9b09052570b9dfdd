import { MessageType, type RawMessage } from '../message/message.ts';
import { EXTENDED_TIMESTAMP } from './chunk-header.ts';

/**
 * The chunk size of everything that is sent after Set Chunk Size: nearly every message is one chunk.
 * Every message begins with a type 0 header, so what is written depends on nothing that was written before.
 */
export const OUTGOING_CHUNK_SIZE = 65_536;

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
  const chunkStreamId = chunkStreamIdOf(header.type);
  const { timestamp } = header;
  const isExtended = timestamp >= EXTENDED_TIMESTAMP;
  target[at] = chunkStreamId;
  target.writeUIntBE(isExtended ? EXTENDED_TIMESTAMP : timestamp, at + 1, 3);
  target.writeUIntBE(payload.length, at + 4, 3);
  target[at + 7] = header.type;
  target.writeUInt32LE(header.messageStreamId, at + 8);
  let end = at + 12;
  if (isExtended) end = target.writeUInt32BE(timestamp, end);
  for (let sent = 0; ; ) {
    const next = Math.min(sent + chunkSize, payload.length);
    target.set(sent === 0 && next === payload.length ? payload : payload.subarray(sent, next), end);
    end += next - sent;
    sent = next;
    if (sent === payload.length) return end;
    target[end++] = 0xc0 | chunkStreamId;
    if (isExtended) end = target.writeUInt32BE(timestamp, end);
  }
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

/** Protocol control must be on chunk stream 2; the rest is spread as existing servers do. @see RTMP 1.0 section 5.4 */
function chunkStreamIdOf(type: number): number {
  if (type <= MessageType.setPeerBandwidth) return 2;
  if (type === MessageType.audio) return 4;
  if (type === MessageType.video) return 6;
  if (type === MessageType.dataAmf0 || type === MessageType.dataAmf3) return 5;
  return 3;
}
