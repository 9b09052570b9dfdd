import { frameHeaderBytes, Opcode, writeFrameHeader } from './frame-header.ts';

/** A message holds at most this many bytes: a client gets it only when all of it is there. */
const MAX_MESSAGE_BYTES = 256 * 1024;

/**
 * One binary message, or several if it were too large; in unfragmented frames that are not masked, as a server sends them.
 * @param parts - what goes into it, one behind the other; not copied
 */
export function webSocketMessages(parts: readonly Buffer[]): Buffer[] {
  const framed: Buffer[] = [];
  let left = parts.reduce((sum, { length }) => sum + length, 0);
  let room = 0;
  for (const part of parts) {
    for (let at = 0; at < part.length; ) {
      if (room === 0) {
        room = Math.min(left, MAX_MESSAGE_BYTES);
        framed.push(frameHeader(room));
      }
      const size = Math.min(room, part.length - at);
      framed.push(size === part.length ? part : part.subarray(at, at + size));
      at += size;
      room -= size;
      left -= size;
    }
  }
  return framed;
}

function frameHeader(payloadBytes: number): Buffer {
  const header = Buffer.allocUnsafe(frameHeaderBytes(payloadBytes));
  writeFrameHeader(header, 0, Opcode.binary, payloadBytes);
  return header;
}
