import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { ChunkReaderLimits } from '../../../../src/protocol/rtmp/chunk/chunk-reader.ts';
import { MessageType } from '../../../../src/protocol/rtmp/message/message.ts';
import { chunkOutcome, line, wideLimits } from '../../../support/chunk-outcome.ts';
import { type ChunkSession, chunkSessions } from '../../../support/chunk-session.ts';
import { readChunksSlowly } from '../../../support/slow-chunk-reader.ts';

/** The bytes in the parts that cuts at these places make. */
function cut(bytes: Buffer, places: readonly number[]): Buffer[] {
  const ends = places.map((place) => place % (bytes.length + 1)).sort((a, b) => a - b);
  return [...ends, bytes.length].map((end, i) => bytes.subarray(ends[i - 1] ?? 0, end));
}

function* everyByte(bytes: Buffer): Generator<Buffer> {
  for (let i = 0; i < bytes.length; i++) yield bytes.subarray(i, i + 1);
}

const cuts = fc.array(fc.nat(), { maxLength: 20 });

test('any valid session, cut anywhere, gives the messages that its sender meant', () => {
  fc.assert(
    fc.property(chunkSessions(), cuts, ({ wire, messages }, places) => {
      const meant = messages.map(line);
      expect(chunkOutcome([wire])).toEqual(meant);
      expect(chunkOutcome(cut(wire, places))).toEqual(meant);
      expect(chunkOutcome(everyByte(wire))).toEqual(meant);
    }),
    { numRuns: 300 },
  );
});

test('the slow reader agrees', () => {
  fc.assert(
    fc.property(chunkSessions(), ({ wire, repeatsExtended, messages }) => {
      const read = readChunksSlowly(wire, { repeatsExtended });
      const { setChunkSize, abort } = MessageType;
      const others = read.filter(({ type }) => type !== setChunkSize && type !== abort);
      expect(others.map(line)).toEqual(messages.map(line));
    }),
    { numRuns: 300 },
  );
});

test('any bytes give messages or a ProtocolError, nothing else, and the same however they are cut', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 400 }), cuts, (noise, places) => {
      const bytes = Buffer.from(noise);
      const outcome = chunkOutcome([bytes]);
      expect(chunkOutcome(cut(bytes, places))).toEqual(outcome);
      expect(chunkOutcome(everyByte(bytes))).toEqual(outcome);
    }),
    { numRuns: 1000 },
  );
});

test('a valid session with bytes changed, lost and put in gives messages or a ProtocolError, nothing else', () => {
  const damage = fc.array(
    fc.record({ at: fc.nat(), remove: fc.nat(3), put: fc.uint8Array({ maxLength: 3 }) }),
    { minLength: 1, maxLength: 4 },
  );
  const tight: ChunkReaderLimits = { messageBytes: 1000, partialBytes: 2000, chunkStreams: 4 };
  fc.assert(
    fc.property(chunkSessions(), damage, cuts, ({ wire }: ChunkSession, faults, places) => {
      let bytes = wire;
      for (const { at, remove, put } of faults) {
        const place = at % bytes.length;
        bytes = Buffer.concat([bytes.subarray(0, place), put, bytes.subarray(place + remove)]);
      }
      for (const limits of [wideLimits, tight]) {
        const outcome = chunkOutcome([bytes], limits);
        if (limits === wideLimits) expect(chunkOutcome(cut(bytes, places), limits)).toEqual(outcome);
        else chunkOutcome(cut(bytes, places), limits);
      }
    }),
    { numRuns: 500 },
  );
});
