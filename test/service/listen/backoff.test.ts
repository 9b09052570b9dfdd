import { expect, test } from 'vitest';
import { Backoff } from '../../../src/service/listen/backoff.ts';

test('doubles up to the ceiling, each time with up to half of it taken off at random', () => {
  const backoff = new Backoff(1000, 30_000);
  for (const most of [1000, 2000, 4000, 8000, 16_000, 30_000, 30_000]) {
    const ms = backoff.next();
    expect(ms).toBeGreaterThanOrEqual(most / 2);
    expect(ms).toBeLessThanOrEqual(most);
  }
  backoff.reset();
  expect(backoff.next()).toBeLessThanOrEqual(1000);
});

test('differs between those who wait', () => {
  expect(new Set(Array.from({ length: 20 }, () => new Backoff().next())).size).toBeGreaterThan(10);
});
