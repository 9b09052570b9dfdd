import { expect, test } from 'vitest';

interface Past {
  readonly peak: number;
  push(value: number | null): void;
  at(age: number): number;
}

const file = new URL('../../../../src/pages/console/live/history.js', import.meta.url).href;
const { History, HISTORY_LENGTH } = (await import(file)) as {
  readonly History: new () => Past;
  readonly HISTORY_LENGTH: number;
};

test('a history has the latest values, gaps where nothing was measured, and the largest of them', () => {
  const history = new History();
  expect([history.at(0), history.peak]).toEqual([Number.NaN, 0]);
  for (const value of [900, 3, null, 5]) history.push(value);
  expect([0, 1, 2, 3, 4].map((age) => history.at(age))).toEqual([5, Number.NaN, 3, 900, Number.NaN]);
  expect(history.peak).toBe(900);
  for (let i = 0; i < HISTORY_LENGTH; i++) history.push(i);
  expect([history.at(0), history.at(HISTORY_LENGTH - 1), history.peak]).toEqual([
    HISTORY_LENGTH - 1,
    0,
    HISTORY_LENGTH - 1,
  ]);
});
