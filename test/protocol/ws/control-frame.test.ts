import { expect, test } from 'vitest';
import { encodeControlFrame } from '../../../src/protocol/ws/control-frame.ts';
import { Opcode } from '../../../src/protocol/ws/frame-header.ts';

test('masks what it sends, every time with another mask', () => {
  const payload = Buffer.from('Hello, world');
  const frames = Array.from({ length: 4 }, () => encodeControlFrame(Opcode.pong, payload));
  for (const frame of frames) {
    expect(frame.subarray(0, 2).toString('hex')).toBe('8a8c');
    const mask = frame.subarray(2, 6);
    expect(Buffer.from(frame.subarray(6).map((byte, i) => byte ^ (mask[i % 4] ?? 0)))).toEqual(payload);
  }
  expect(new Set(frames.map((frame) => frame.toString('hex', 2, 6))).size).toBe(4);
  expect(() => encodeControlFrame(Opcode.ping, Buffer.alloc(126))).toThrow(RangeError);
});
