import { expect, test } from 'vitest';
import { pollingInterval } from '../../../src/protocol/rtmpt/polling-interval.ts';

test('who has much to take asks again at once, and who finds nothing waits longer and longer', () => {
  const runs = [0, 9, 10, 20, 30, 40, 50, 1000];
  expect(runs.map((empty) => pollingInterval(0, empty))).toEqual([1, 1, 3, 5, 9, 17, 33, 33]);
  expect(pollingInterval(1, 1000)).toBe(1);
});
