import { randomBytes } from 'node:crypto';
import { MASKED, MAX_CONTROL_BYTES, type Opcode, writeFrameHeader } from './frame-header.ts';

const MASK_BYTES = 4;

/** A control frame of a client, masked as all that it sends. @param payload - 125 bytes at the most */
export function encodeControlFrame(opcode: Opcode, payload: Buffer = Buffer.alloc(0)): Buffer {
  if (payload.length > MAX_CONTROL_BYTES) throw new RangeError(`control frame of ${payload.length} bytes`);
  const header = Buffer.alloc(2);
  writeFrameHeader(header, 0, opcode, payload.length);
  header.writeUInt8(MASKED | payload.length, 1);
  const mask = randomBytes(MASK_BYTES);
  const masked = payload.map((byte, i) => byte ^ (mask[i % MASK_BYTES] ?? 0));
  return Buffer.concat([header, mask, masked]);
}
