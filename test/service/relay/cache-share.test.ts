import { getHeapStatistics } from 'node:v8';
import { expect, test } from 'vitest';
import { cacheShare } from '../../../src/service/relay/cache-share.ts';

test('threads share alike, by default a quarter of what the heap may grow to', () => {
  expect([cacheShare(1000, 1), cacheShare(1000, 4), cacheShare(0, 2)]).toEqual([1000, 250, 0]);
  const heapBytes = getHeapStatistics().heap_size_limit;
  expect([cacheShare(null, 1), cacheShare(null, 2)]).toEqual([heapBytes / 4, heapBytes / 8]);
});
