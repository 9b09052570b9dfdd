import { expect, test } from 'vitest';
import { TokenCache } from '../../../src/credentials/jwt/token-cache.ts';

test('knows a token until its end', () => {
  const cache = new TokenCache<{ untilMs: number }>();
  const known = { untilMs: 100 };
  cache.set('a', known);
  expect(cache.get('a', 99)).toBe(known);
  expect(cache.get('b', 99)).toBeUndefined();
  expect(cache.get('a', 100)).toBeUndefined();
  expect(cache.get('a', 99)).toBeUndefined();
});

test('has room for 10,000, and the one used longest ago goes', () => {
  const cache = new TokenCache<{ untilMs: number }>();
  for (let i = 0; i < 10_000; i++) cache.set(`${i}`, { untilMs: 1 });
  cache.get('0', 0);
  cache.set('new', { untilMs: 1 });
  expect(['0', '1', '2', 'new'].map((token) => cache.get(token, 0) !== undefined)).toEqual([
    true,
    false,
    true,
    true,
  ]);
  cache.clear();
  expect(cache.get('new', 0)).toBeUndefined();
});
