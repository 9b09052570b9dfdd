import { ProtocolError } from '../../../errors.ts';

/** Limit type of Set Peer Bandwidth. @see RTMP 1.0 section 5.4.5 */
export const BandwidthLimit = { hard: 0, soft: 1, dynamic: 2 } as const;
export type BandwidthLimit = (typeof BandwidthLimit)[keyof typeof BandwidthLimit];

/** No message is longer than its 24-bit length field allows, so no larger chunk ever differs from this one. */
const MAX_CHUNK_SIZE = 0xffffff;

/**
 * Decodes the payload of Set Chunk Size: uint32, big-endian; more than 16,777,215 counts as that.
 * @throws ProtocolError `RTMP_PAYLOAD_TRUNCATED` when shorter than 4 bytes, `RTMP_CHUNK_SIZE_INVALID` when it is zero or
 * has the highest bit set.   @see RTMP 1.0 section 5.4.1
 */
export function decodeSetChunkSize(payload: Buffer): number {
  const size = readUint32(payload, 'Set Chunk Size');
  if (size === 0 || size > 0x7fffffff) {
    throw new ProtocolError('RTMP_CHUNK_SIZE_INVALID', `chunk size 0x${size.toString(16)}`);
  }
  return Math.min(size, MAX_CHUNK_SIZE);
}

/** Decodes the payload of Abort: the chunk stream id, uint32. @throws ProtocolError `RTMP_PAYLOAD_TRUNCATED` @see RTMP 1.0 section 5.4.2 */
export function decodeAbort(payload: Buffer): number {
  return readUint32(payload, 'Abort');
}

/** Decodes the payload of Acknowledgement: bytes received so far, uint32, wraps. @throws ProtocolError `RTMP_PAYLOAD_TRUNCATED` @see RTMP 1.0 section 5.4.3 */
export function decodeAcknowledgement(payload: Buffer): number {
  return readUint32(payload, 'Acknowledgement');
}

/** Decodes the payload of Window Acknowledgement Size: bytes, uint32. @throws ProtocolError `RTMP_PAYLOAD_TRUNCATED` @see RTMP 1.0 section 5.4.4 */
export function decodeWindowAcknowledgementSize(payload: Buffer): number {
  return readUint32(payload, 'Window Acknowledgement Size');
}

/**
 * Decodes the payload of Set Peer Bandwidth.
 * @param payload - 5 bytes: window size in bytes (uint32, big-endian), then limit type 0 hard, 1 soft, 2 dynamic. Not kept.
 * @throws ProtocolError `RTMP_PAYLOAD_TRUNCATED` when shorter.   @see RTMP 1.0 section 5.4.5
 */
export function decodeSetPeerBandwidth(payload: Buffer): { windowSize: number; limitType: number } {
  const windowSize = readUint32(payload, 'Set Peer Bandwidth');
  const limitType = payload[4];
  if (limitType === undefined) throw truncated('Set Peer Bandwidth', payload);
  return { windowSize, limitType };
}

/** The 4-byte payload of Set Chunk Size, Abort, Acknowledgement and Window Acknowledgement Size. */
export function encodeUint32(value: number): Buffer {
  const payload = Buffer.allocUnsafe(4);
  payload.writeUInt32BE(value >>> 0);
  return payload;
}

/** The payload of Set Peer Bandwidth. @see RTMP 1.0 section 5.4.5 */
export function encodeSetPeerBandwidth(windowSize: number, limitType: BandwidthLimit): Buffer {
  const payload = Buffer.allocUnsafe(5);
  payload.writeUInt32BE(windowSize >>> 0);
  payload.writeUInt8(limitType, 4);
  return payload;
}

function readUint32(payload: Buffer, name: string): number {
  if (payload.length < 4) throw truncated(name, payload);
  return payload.readUInt32BE(0);
}

function truncated(name: string, payload: Buffer): ProtocolError {
  return new ProtocolError('RTMP_PAYLOAD_TRUNCATED', `${name} of ${payload.length} bytes`);
}
