import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  chunkedSize,
  encodeChunks,
  OUTGOING_CHUNK_SIZE,
  scatterChunks,
  writeChunks,
} from '../../../../src/protocol/rtmp/chunk/chunk-writer.ts';
import { chunkOutcome, hex, line } from '../../../support/chunk-outcome.ts';
import { readChunksSlowly } from '../../../support/slow-chunk-reader.ts';

describe('wire bytes', () => {
  test.each([
    {
      what: 'a format 0 header, message stream id little-endian',
      header: { type: 8, timestamp: 0x10, messageStreamId: 1 },
      payload: 'aabb',
      chunkSize: 128,
      wire: '04 000010 000002 08 01000000 aabb',
    },
    {
      what: 'no payload',
      header: { type: 9, timestamp: 0, messageStreamId: 0x01020304 },
      payload: '',
      chunkSize: 128,
      wire: '06 000000 000000 09 04030201',
    },
    {
      what: 'format 3 between chunks, none after the last',
      header: { type: 9, timestamp: 0xfffffe, messageStreamId: 1 },
      payload: 'a0a1a2a3a4a5',
      chunkSize: 2,
      wire: '06 fffffe 000006 09 01000000 a0a1 c6 a2a3 c6 a4a5',
    },
    {
      what: 'the lowest extended timestamp, on every chunk',
      header: { type: 8, timestamp: 0xffffff, messageStreamId: 1 },
      payload: 'a0a1a2a3a4',
      chunkSize: 2,
      wire: '04 ffffff 000005 08 01000000 00ffffff a0a1 c4 00ffffff a2a3 c4 00ffffff a4',
    },
    {
      what: 'the highest timestamp',
      header: { type: 18, timestamp: 0xffffffff, messageStreamId: 1 },
      payload: 'a0a1',
      chunkSize: 1,
      wire: '05 ffffff 000002 12 01000000 ffffffff a0 c5 ffffffff a1',
    },
  ])('$what', ({ header, payload, chunkSize, wire }) => {
    expect(encodeChunks(header, hex(payload), chunkSize).toString('hex')).toBe(hex(wire).toString('hex'));
    expect(Buffer.concat(scatterChunks(header, hex(payload), chunkSize)).toString('hex')).toBe(
      hex(wire).toString('hex'),
    );
  });

  test.each([
    { types: [1, 2, 3, 4, 5, 6], chunkStreamId: 2 },
    { types: [8], chunkStreamId: 4 },
    { types: [9], chunkStreamId: 6 },
    { types: [15, 18], chunkStreamId: 5 },
    { types: [17, 20, 16, 19, 22], chunkStreamId: 3 },
  ])('types $types go on chunk stream $chunkStreamId', ({ types, chunkStreamId }) => {
    for (const type of types) {
      const [first] = encodeChunks({ type, timestamp: 0, messageStreamId: 0 }, Buffer.alloc(0));
      expect(first).toBe(chunkStreamId);
    }
  });
});

const headers = fc.record({
  // Set Chunk Size would change how the reader reads, Abort has nothing to abort
  type: fc.constantFrom(3, 4, 5, 6, 8, 9, 15, 17, 18, 20, 22),
  timestamp: fc.oneof(fc.constantFrom(0, 0xfffffe, 0xffffff, 0x1000000, 0xffffffff), fc.nat(0xffffffff)),
  messageStreamId: fc.nat(0xffffffff),
});

test('what is written reads back, is as long as chunkedSize says, and stays in its place', () => {
  const messages = fc.array(fc.tuple(headers, fc.uint8Array({ maxLength: 300 })), {
    minLength: 1,
    maxLength: 5,
  });
  fc.assert(
    fc.property(messages, fc.integer({ min: 1, max: 130 }), fc.nat(20), (written, chunkSize, margin) => {
      const setChunkSize = hex('02 000000 000004 01 00000000 000000ff');
      setChunkSize[15] = chunkSize;
      const sizes = written.map(([header, { length }]) => chunkedSize(length, header.timestamp, chunkSize));
      const wire = Buffer.alloc(
        sizes.reduce((sum, size) => sum + size, 2 * margin),
        0xee,
      );
      let at = margin;
      for (const [i, [header, payload]] of written.entries()) {
        const end = writeChunks(wire, at, header, payload, chunkSize);
        expect(end - at).toBe(sizes[i]);
        at = end;
      }
      expect(wire.subarray(0, margin).every((byte) => byte === 0xee)).toBe(true);
      expect(wire.subarray(at).every((byte) => byte === 0xee)).toBe(true);

      const session = Buffer.concat([setChunkSize, wire.subarray(margin, at)]);
      const lines = written.map(([header, payload]) => line({ ...header, payload: Buffer.from(payload) }));
      expect(readChunksSlowly(session).slice(1).map(line)).toEqual(lines);
      expect(chunkOutcome([session])).toEqual(lines);
    }),
    { numRuns: 300 },
  );
});

test.each([
  { size: OUTGOING_CHUNK_SIZE, timestamp: 0, overhead: 12 },
  { size: OUTGOING_CHUNK_SIZE + 1, timestamp: 0, overhead: 13 },
  { size: 3 * OUTGOING_CHUNK_SIZE, timestamp: 0xffffff, overhead: 16 + 5 + 5 },
])('the chunk size that is announced to players: $size bytes cost $overhead more', (example) => {
  const { size, timestamp, overhead } = example;
  const payload = Buffer.from(Array.from({ length: size }, (_, i) => (i >> 8) & 0xff));
  expect(chunkedSize(size, timestamp)).toBe(size + overhead);
  const wire = encodeChunks({ type: 9, timestamp, messageStreamId: 1 }, payload);
  expect(wire.length).toBe(size + overhead);
  const announced = Buffer.concat([hex('02 000000 000004 01 00000000 00010000'), wire]);
  expect(readChunksSlowly(announced)[1]?.payload.equals(payload)).toBe(true);
});
