import { expect, test } from 'vitest';
import { ByteReader } from '../../src/bytes/byte-reader.ts';

test('bytes are a copy in memory of their own', () => {
  const message = Buffer.from([0, 1, 2, 3]);
  const reader = new ByteReader(message, 'AMF_TRUNCATED');
  reader.skip(1);
  const bytes = reader.bytes(2);
  message.fill(9);
  expect(bytes).toStrictEqual(new Uint8Array([1, 2]));
  expect(bytes.buffer.byteLength).toBe(2);
  expect(reader.offset).toBe(3);
  expect(() => reader.bytes(2)).toThrowError(expect.objectContaining({ code: 'AMF_TRUNCATED' }));
});
