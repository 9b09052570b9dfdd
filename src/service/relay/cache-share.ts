import { getHeapStatistics } from 'node:v8';

/** The part of V8's heap that caches may be worth unless the config says otherwise: small frames are objects on it. */
const PART_OF_HEAP = 1 / 4;

/**
 * What the caches of one thread may hold together, bytes.
 * @param totalBytes - what those of all threads may; null: what the heap allows
 */
export function cacheShare(totalBytes: number | null, threads: number): number {
  return (totalBytes ?? getHeapStatistics().heap_size_limit * PART_OF_HEAP) / threads;
}
