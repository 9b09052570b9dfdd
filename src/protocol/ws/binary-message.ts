import { frameHeaderBytes, Opcode, writeFrameHeader } from './frame-header.ts';

/** A message holds at most this many bytes: a client gets it only when all of it is there. */
const MAX_MESSAGE_BYTES = 256 * 1024;

/** One binary message, or several if it were too large; in unfragmented frames that are not masked, as a server sends them. */
export function webSocketMessages(bytes: Buffer): Buffer {
  const messageCount = Math.max(1, Math.ceil(bytes.length / MAX_MESSAGE_BYTES));
  const lastBytes = bytes.length - (messageCount - 1) * MAX_MESSAGE_BYTES;
  const headerBytes = (messageCount - 1) * frameHeaderBytes(MAX_MESSAGE_BYTES) + frameHeaderBytes(lastBytes);
  const target = Buffer.allocUnsafeSlow(headerBytes + bytes.length);
  let at = 0;
  for (let start = 0; start < bytes.length; start += MAX_MESSAGE_BYTES) {
    const end = Math.min(start + MAX_MESSAGE_BYTES, bytes.length);
    at = writeFrameHeader(target, at, Opcode.binary, end - start);
    at += bytes.copy(target, at, start, end);
  }
  return target;
}
