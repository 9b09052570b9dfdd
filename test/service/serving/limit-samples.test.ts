import { expect, test } from 'vitest';
import { limitSamples } from '../../../src/service/serving/limit-samples.ts';
import { CacheBudget } from '../../../src/stream/cache/cache-budget.ts';

test('what others keep to comes first, then what is kept and the heap', () => {
  const cache = new CacheBudget(1000);
  cache.take(250);
  const limiter = { usage: () => [{ limit: 'sessions', used: 1, most: 2 } as const] };
  const [first, second, heap, ...others] = limitSamples([limiter], cache);
  expect([first, second, others]).toEqual([
    { limit: 'sessions', used: 1, most: 2 },
    { limit: 'cacheBytes', used: 250, most: 1000 },
    [],
  ]);
  const { limit, used = 0, most = 0 } = heap ?? {};
  expect([limit, used > 2 ** 20, used < most]).toEqual(['heapBytes', true, true]);
});
