import { expect, test } from 'vitest';
import { webSocketMessages } from '../../../src/protocol/ws/binary-message.ts';

/** The payloads of WebSocket frames, which must be whole, binary and not masked. */
function messagesOf(bytes: Buffer): Buffer[] {
  const messages: Buffer[] = [];
  for (let at = 0; at < bytes.length; ) {
    expect(bytes[at]).toBe(0x82);
    const short = bytes.readUInt8(at + 1);
    expect(short & 0x80).toBe(0);
    const [headerBytes, length] =
      short < 126
        ? [2, short]
        : short === 126
          ? [4, bytes.readUInt16BE(at + 2)]
          : [10, Number(bytes.readBigUInt64BE(at + 2))];
    messages.push(bytes.subarray(at + headerBytes, at + headerBytes + length));
    at += headerBytes + length;
  }
  return messages;
}

test.each([
  { size: 1, header: '82 01' },
  { size: 125, header: '82 7d' },
  { size: 126, header: '82 7e 007e' },
  { size: 65_535, header: '82 7e ffff' },
  { size: 65_536, header: '82 7f 0000000000010000' },
  { size: 262_144, header: '82 7f 0000000000040000' },
])('a WebSocket message of $size bytes', ({ size, header }) => {
  const bytes = Buffer.alloc(size, 0xab);
  expect(
    Buffer.concat(webSocketMessages([bytes])).equals(
      Buffer.concat([Buffer.from(header.replaceAll(' ', ''), 'hex'), bytes]),
    ),
  ).toBe(true);
});

test.each([{ size: 262_145 }, { size: 524_288 }, { size: 1_000_000 }])(
  '$size bytes are several WebSocket messages, each of at most 256 KiB',
  ({ size }) => {
    const bytes = Buffer.from(Array.from({ length: size }, (_, index) => index % 251));
    // in parts that the ends of messages lie in
    const parts = [bytes.subarray(0, 100_000), bytes.subarray(100_000, 100_001), bytes.subarray(100_001)];
    const messages = messagesOf(Buffer.concat(webSocketMessages(parts)));
    expect(messages).toHaveLength(Math.ceil(size / 262_144));
    expect(Math.max(...messages.map(({ length }) => length))).toBe(262_144);
    expect(Buffer.concat(messages).equals(bytes)).toBe(true);
  },
);
