import { expect, test } from 'vitest';
import { formatSpread, spreadOf } from '../../../bench/compare/statistics.ts';

test.each([
  { values: [3, 1, 2], spread: { median: 2, least: 1, most: 3 } },
  { values: [10, 9], spread: { median: 9.5, least: 9, most: 10 } },
  { values: [4, 100, 2, 3, 1], spread: { median: 3, least: 1, most: 100 } },
  { values: [7], spread: { median: 7, least: 7, most: 7 } },
  { values: [], spread: undefined },
])('the middle of $values and how far apart they are', ({ values, spread }) => {
  expect(spreadOf(values)).toEqual(spread);
});

test.each([
  { median: 1612.4, text: '1612 (1611-1613)' },
  { median: 86.23, text: '86.2 (85.2-87.2)' },
  { median: 2.345, text: '2.35 (1.35-3.35)' },
])('a figure near $median shows three digits that count', ({ median, text }) => {
  expect(formatSpread({ median, least: median - 1, most: median + 1 })).toBe(text);
});

test('what was not measured is a dash', () => {
  expect(formatSpread(undefined)).toBe('-');
});
