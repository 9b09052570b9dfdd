import { expect, test } from 'vitest';
import { ByteWriter } from '../../src/bytes/byte-writer.ts';

test('bytes are copied, over the end of the first memory too', () => {
  const writer = new ByteWriter();
  const bytes = new Uint8Array(1000).fill(7);
  writer.u8(1);
  writer.bytes(bytes);
  bytes.fill(9);
  writer.bytes(bytes.subarray(0, 1));
  expect(writer.finish()).toEqual(Buffer.from([1, ...new Uint8Array(1000).fill(7), 9]));
});
