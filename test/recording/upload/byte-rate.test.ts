import { expect, test } from 'vitest';
import { ByteRate, pacedPieces } from '../../../src/recording/upload/byte-rate.ts';

test('a rate lets bytes pass as a whole, whoever sends them', () => {
  let now = 0;
  const rate = new ByteRate(1000, () => now);
  expect([rate.take(500), rate.take(500), rate.take(100)]).toEqual([0, 500, 1000]);
  now = 5000;
  expect([rate.take(100), rate.take(1)]).toEqual([0, 100]);
});

test('a body goes in pieces, each told before it goes', async () => {
  const { signal } = new AbortController();
  const body = Buffer.alloc(150_000, 'x');
  const pieces: Uint8Array[] = [];
  let told = 0;
  for await (const piece of pacedPieces(body, undefined, signal, () => told++)) pieces.push(piece);
  expect(Buffer.concat(pieces)).toEqual(body);
  expect([told, ...pieces.map(({ length }) => length)]).toEqual([3, 65_536, 65_536, 18_928]);
});
