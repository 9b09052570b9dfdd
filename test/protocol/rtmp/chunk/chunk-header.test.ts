import { expect, test } from 'vitest';
import { ByteQueue } from '../../../../src/bytes/byte-queue.ts';
import { peekBasicHeader } from '../../../../src/protocol/rtmp/chunk/chunk-header.ts';
import { everySplit } from '../../../support/every-split.ts';

test.each([
  { form: '1 byte, lowest id', wire: '02', header: { format: 0, chunkStreamId: 2, size: 1 } },
  { form: '1 byte, highest id', wire: 'ff', header: { format: 3, chunkStreamId: 63, size: 1 } },
  { form: '2 bytes, lowest id', wire: '8000', header: { format: 2, chunkStreamId: 64, size: 2 } },
  { form: '2 bytes, highest id', wire: '40ff', header: { format: 1, chunkStreamId: 319, size: 2 } },
  { form: '3 bytes, lowest id', wire: 'c10000', header: { format: 3, chunkStreamId: 64, size: 3 } },
  {
    form: '3 bytes, an id that fits 2',
    wire: '41ff00',
    header: { format: 1, chunkStreamId: 319, size: 3 },
  },
  {
    form: '3 bytes, first id beyond 2',
    wire: '010001',
    header: { format: 0, chunkStreamId: 320, size: 3 },
  },
  { form: '3 bytes, low byte first', wire: '010203', header: { format: 0, chunkStreamId: 834, size: 3 } },
  { form: '3 bytes, highest id', wire: '81ffff', header: { format: 2, chunkStreamId: 65_599, size: 3 } },
])('reads $form at every split', ({ wire, header }) => {
  for (const parts of everySplit(Buffer.from(wire, 'hex'))) {
    const bytes = new ByteQueue();
    for (const part of parts) bytes.push(part);
    expect(peekBasicHeader(bytes)).toEqual(header);
    expect(bytes.length).toBe(wire.length / 2);
  }
});

test.each(['', '40', '41', '4101'])('waits for the rest of "%s"', (wire) => {
  const bytes = new ByteQueue();
  bytes.push(Buffer.from(wire, 'hex'));
  expect(peekBasicHeader(bytes)).toBeUndefined();
});
