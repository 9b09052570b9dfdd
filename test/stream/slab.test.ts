import { expect, test } from 'vitest';
import { Slab } from '../../src/stream/slab.ts';

test('gives small buffers one behind the other, none of which overlaps another', () => {
  const slab = new Slab();
  const buffers = Array.from({ length: 100 }, (_, i) => slab.take(300).fill(i));
  expect(buffers.map(({ length }) => length)).toEqual(buffers.map(() => 300));
  for (const [i, buffer] of buffers.entries()) expect(buffer.every((byte) => byte === i)).toBe(true);
});

test('shares a piece among small buffers, so that one keeps no more than that', () => {
  const slab = new Slab();
  const [a, b] = [slab.take(100), slab.take(2000)];
  expect(b.buffer).toBe(a.buffer);
  expect(a.buffer.byteLength).toBe(8192);
});

test('gives a large buffer memory of its own', () => {
  expect(new Slab().take(2049).buffer.byteLength).toBe(2049);
});
