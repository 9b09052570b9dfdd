import { expect, test } from 'vitest';
import { byteRange } from '../../../../src/session/recorded/http/byte-range.ts';

test.each([
  { header: undefined, range: undefined },
  { header: 'bytes=0-', range: { offset: 0, end: 100 } },
  { header: 'bytes=10-19', range: { offset: 10, end: 20 } },
  { header: 'bytes=90-1000', range: { offset: 90, end: 100 } },
  { header: 'bytes=99-', range: { offset: 99, end: 100 } },
  { header: 'bytes=-1', range: { offset: 99, end: 100 } },
  { header: 'bytes=-1000', range: { offset: 0, end: 100 } },
  { header: 'Bytes= 1-2 ', range: { offset: 1, end: 3 } },
  { header: 'bytes=100-', range: 'unsatisfiable' },
  { header: 'bytes=-0', range: 'unsatisfiable' },
  { header: 'bytes=999999999999999-', range: 'unsatisfiable' },
  { header: 'bytes=0-1,5-6', range: undefined },
  { header: 'bytes=5-4', range: undefined },
  { header: 'bytes=-', range: undefined },
  { header: 'bytes=a-b', range: undefined },
  { header: 'bytes=1e1-', range: undefined },
  { header: 'bytes=99999999999999999999999999-', range: undefined },
  { header: 'seconds=1-2', range: undefined },
])('$header of 100 bytes', ({ header, range }) => {
  expect(byteRange(header, 100)).toEqual(range);
});
