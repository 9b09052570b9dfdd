import { ProtocolError } from '../../../errors.ts';

/** Event types of User Control messages. @see RTMP 1.0 section 7.1.7; 31 and 32 are Adobe's, undocumented there */
export const UserControlEvent = {
  streamBegin: 0,
  streamEof: 1,
  streamDry: 2,
  setBufferLength: 3,
  streamIsRecorded: 4,
  pingRequest: 6,
  pingResponse: 7,
  bufferEmpty: 31,
  bufferReady: 32,
} as const;
export type UserControlEvent = (typeof UserControlEvent)[keyof typeof UserControlEvent];

/** A User Control message; `event` may be one that nobody knows. */
export interface UserControl {
  readonly event: number;
  /** A message stream id, or the timestamp of a ping; 0 when the payload ends before it. */
  readonly value: number;
  /** Buffer length in milliseconds, in Set Buffer Length only; 0 elsewhere. */
  readonly bufferLengthMs: number;
}

/**
 * Decodes the payload of User Control.
 * @param payload - event type (uint16, big-endian), then the event's own bytes.
 * @throws ProtocolError `RTMP_PAYLOAD_TRUNCATED` when shorter than 2 bytes; missing event bytes read as 0.
 */
export function decodeUserControl(payload: Buffer): UserControl {
  if (payload.length < 2) {
    throw new ProtocolError('RTMP_PAYLOAD_TRUNCATED', `User Control of ${payload.length} bytes`);
  }
  return {
    event: payload.readUInt16BE(0),
    value: payload.length < 6 ? 0 : payload.readUInt32BE(2),
    bufferLengthMs: payload.length < 10 ? 0 : payload.readUInt32BE(6),
  };
}

/** The payload of a User Control message; `bufferLengthMs` for Set Buffer Length only. */
export function encodeUserControl(event: UserControlEvent, value: number, bufferLengthMs?: number): Buffer {
  const payload = Buffer.allocUnsafe(bufferLengthMs === undefined ? 6 : 10);
  payload.writeUInt16BE(event);
  payload.writeUInt32BE(value >>> 0, 2);
  if (bufferLengthMs !== undefined) payload.writeUInt32BE(bufferLengthMs >>> 0, 6);
  return payload;
}
