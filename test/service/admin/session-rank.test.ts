import { expect, test } from 'vitest';
import { sessionRank } from '../../../src/service/admin/session-rank.ts';

test('sessions stand by worker, then as they came, and not as their ids are spelled', () => {
  const ids = ['c1', 'c2', 'c10', 'c999999999999', 'w1c1', 'w1c9', 'w1c10', 'w2c3', 'w10c1'];
  const ranks = ids.map((id) => sessionRank(id) ?? Number.NaN);
  expect(ranks).toEqual([...ranks].sort((a, b) => a - b));
  expect(new Set(ranks).size).toBe(ids.length);
});

test.each(['', 'c', 'w1', '12', 'c1x', ' c1', 'c-1', 'w12345c1', 'c1234567890123'])('%s is no id', (id) => {
  expect(sessionRank(id)).toBeUndefined();
});
