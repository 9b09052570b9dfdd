/**
 * Headers of WebSocket frames: FIN, three reserved bits and the opcode; the mask bit and 7 bits of length; for 126 the length in
 * 2 more bytes, for 127 in 8; 4 bytes of mask where the mask bit is set, as in all that a client sends.
 * @see RFC 6455 section 5.2
 */

export const Opcode = { continuation: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const;
export type Opcode = (typeof Opcode)[keyof typeof Opcode];

/** Bits of the first byte: the last frame of its message; what extensions would use; a control frame, by its opcode. */
export const FIN = 0x80;
export const RESERVED_BITS = 0x70;
export const CONTROL_BIT = 0x08;

/** Bits of the second byte: a masked frame; its length. */
export const MASKED = 0x80;
export const LENGTH_BITS = 0x7f;

/** The payload of a control frame has at most this many bytes. @see RFC 6455 section 5.5 */
export const MAX_CONTROL_BYTES = 125;

/** Bytes of the header of a frame that is not masked. @param length - of its payload */
export function frameHeaderBytes(length: number): number {
  return length < 126 ? 2 : length < 65_536 ? 4 : 10;
}

/**
 * Writes the header of the last or only frame of a message, not masked.
 * @param length - of the payload, less than 2^32
 * @returns where the payload goes
 */
export function writeFrameHeader(target: Buffer, at: number, opcode: Opcode, length: number): number {
  target[at] = FIN | opcode;
  if (length < 126) {
    target[at + 1] = length;
  } else if (length < 65_536) {
    target[at + 1] = 126;
    target.writeUInt16BE(length, at + 2);
  } else {
    target[at + 1] = 127;
    target.writeUInt32BE(0, at + 2);
    target.writeUInt32BE(length, at + 6);
  }
  return at + frameHeaderBytes(length);
}
