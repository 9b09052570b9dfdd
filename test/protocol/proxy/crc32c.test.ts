import { expect, test } from 'vitest';
import { crc32c } from '../../../src/protocol/proxy/crc32c.ts';

/** The vectors of RFC 3720, appendix B.4; its bytes stand in the other order. */
test.each([
  { name: '32 zeros', bytes: Buffer.alloc(32), sum: 0x8a9136aa },
  { name: '32 times 0xff', bytes: Buffer.alloc(32, 0xff), sum: 0x62a8ab43 },
  { name: '0 to 31', bytes: Buffer.from(Array.from({ length: 32 }, (_, i) => i)), sum: 0x46dd794e },
  { name: '123456789', bytes: Buffer.from('123456789'), sum: 0xe3069283 },
  { name: 'nothing', bytes: Buffer.alloc(0), sum: 0 },
])('the checksum of $name, whole and in parts', ({ bytes, sum }) => {
  expect(crc32c(bytes)).toBe(sum);
  expect(crc32c(bytes.subarray(0, 5), bytes.subarray(5))).toBe(sum);
});
