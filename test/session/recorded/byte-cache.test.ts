import { expect, test } from 'vitest';
import { ByteCache } from '../../../src/session/recorded/byte-cache.ts';

/** Something of so many bytes, and how often it was made. */
function maker(sizeBytes: number): { made: number; make: () => Promise<{ sizeBytes: number }> } {
  const counting = {
    made: 0,
    make: async () => {
      counting.made++;
      return { sizeBytes };
    },
  };
  return counting;
}

test('what many want at the same time is made once, and kept', async () => {
  const cache = new ByteCache(100);
  const piece = maker(40);
  await Promise.all([cache.get('a', piece.make), cache.get('a', piece.make)]);
  expect(cache.get('a', piece.make)).toEqual({ sizeBytes: 40 });
  expect(piece.made).toBe(1);
});

test('with too many bytes, what was not wanted for longest goes', async () => {
  const cache = new ByteCache(100);
  const [a, b, c] = [maker(40), maker(40), maker(40)];
  await cache.get('a', a.make);
  await cache.get('b', b.make);
  await cache.get('a', a.make);
  await cache.get('c', c.make);
  expect(cache.keptBytes).toBe(80);
  await cache.get('a', a.make);
  await cache.get('b', b.make);
  expect([a.made, b.made, c.made]).toEqual([1, 2, 1]);
  cache.maxBytes = 10;
  expect(cache.keptBytes).toBe(0);
});

test('what is larger than all that may be kept is not, and what fails is tried again', async () => {
  const cache = new ByteCache(100);
  const large = maker(101);
  await cache.get('large', large.make);
  await cache.get('large', large.make);
  expect([large.made, cache.keptBytes]).toEqual([2, 0]);
  const fails = (): Promise<{ sizeBytes: number }> => Promise.reject(new Error('gone'));
  await expect(cache.get('a', fails)).rejects.toThrow('gone');
  expect(await cache.get('a', maker(1).make)).toEqual({ sizeBytes: 1 });
});
