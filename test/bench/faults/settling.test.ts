import { expect, test } from 'vitest';
import type { Delay } from '../../../bench/faults/comparison.ts';
import { settlingOf } from '../../../bench/faults/settling.ts';

const BEGAN_MS = 10_000;
const NORMAL_MS = 20;

/** A frame each 100 ms for 10 s after the beginning, with delays by when it was due; the others are normal. */
function delays(delayAt: (dueMs: number) => number | undefined): Delay[] {
  return Array.from({ length: 100 }, (_, at) => {
    const delayMs = delayAt(at * 100) ?? NORMAL_MS;
    return { atMs: BEGAN_MS + at * 100 - NORMAL_MS + delayMs, delayMs };
  });
}

function settle(overMs: number, delayAt: (dueMs: number) => number | undefined) {
  return settlingOf(delays(delayAt), NORMAL_MS, BEGAN_MS, overMs);
}

test('nothing has happened to delay', () => {
  expect(settle(3000, () => undefined)).toEqual({ longestDelayMs: 20, unsettledMs: 0, laterDelayMs: 20 });
});

test('frames that were held up all came when the fault was over', () => {
  const heldUntil = (ms: number) => (dueMs: number) => (dueMs < ms ? ms - dueMs + NORMAL_MS : undefined);
  expect(settle(3000, heldUntil(3000))).toMatchObject({ longestDelayMs: 3020, unsettledMs: 3000 });
  expect(settle(0, heldUntil(3000))).toMatchObject({ longestDelayMs: 3020, unsettledMs: 3000 });
});

test('frames that were held up came by another way, while the fault went on', () => {
  const failover = (dueMs: number) => (dueMs < 1500 ? 1500 - dueMs + NORMAL_MS : undefined);
  expect(settle(4000, failover)).toMatchObject({ longestDelayMs: 1520, unsettledMs: 1500 });
});

test('what is long after it has settled need not be of the fault', () => {
  const found = settle(500, (dueMs) => (dueMs === 700 ? 150 : dueMs === 5000 ? 400 : undefined));
  expect(found).toEqual({ longestDelayMs: 150, unsettledMs: 830, laterDelayMs: 400 });
});
