import { expect, test } from 'vitest';
import { ownBytes } from '../../src/bytes/own-bytes.ts';

test('a copy holds its own bytes and no more memory', () => {
  const memory = Buffer.from('abc');
  const own = ownBytes(memory.subarray(1, 2));
  memory.fill(0);
  expect([String(own), own.buffer.byteLength]).toEqual(['b', 1]);
});
