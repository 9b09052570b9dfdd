import { getHeapStatistics } from 'node:v8';
import type { LimitSample } from '../../metrics/metrics-source.ts';
import type { CacheBudget } from '../../stream/cache/cache-budget.ts';

/** Whoever keeps to limits and knows how far they are used. */
export interface Limiter {
  usage(): Iterable<LimitSample>;
}

/** How far the limits that these keep to are used in this thread, and its memory. */
export function* limitSamples(limiters: readonly Limiter[], cache?: CacheBudget): Generator<LimitSample> {
  for (const limiter of limiters) yield* limiter.usage();
  if (cache !== undefined) yield { limit: 'cacheBytes', used: cache.bytes, most: cache.maxBytes };
  const { used_heap_size: used, heap_size_limit: most } = getHeapStatistics();
  yield { limit: 'heapBytes', used, most };
}

/** Of the memory that a container may have. */
export const memoryLimiter: Limiter = {
  *usage() {
    const most = process.constrainedMemory();
    if (most > 0 && most < Number.MAX_SAFE_INTEGER)
      yield { limit: 'residentBytes', used: process.memoryUsage.rss(), most };
  },
};
