import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Distribution } from '../../../load-tester/report/distribution.ts';

function distributionOf(values: Iterable<number>): Distribution {
  const distribution = new Distribution();
  for (const value of values) distribution.record(value);
  return distribution;
}

/** The smallest value that at least that share of all values does not exceed. */
function nearestRank(values: readonly number[], percentile: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.max(1, Math.ceil((values.length * percentile) / 100)) - 1] ?? 0;
}

test('is null where nothing was recorded', () => {
  const none = { count: 0, min: null, p50: null, p90: null, p99: null, max: null };
  expect(new Distribution().percentiles()).toEqual(none);
  expect(new Distribution().at(99)).toBe(null);
});

test('percentiles of one value are that value', () => {
  expect(distributionOf([0.25]).percentiles()).toEqual({
    count: 1,
    min: 0.25,
    p50: 0.25,
    p90: 0.25,
    p99: 0.25,
    max: 0.25,
  });
});

test('percentiles of 1 to 1,000', () => {
  const { count, min, p50, p90, p99, max } = distributionOf(
    Array.from({ length: 1000 }, (_, i) => i + 1),
  ).percentiles();
  expect(count).toBe(1000);
  for (const [found, expected] of [
    [min, 1],
    [p50, 500],
    [p90, 900],
    [p99, 990],
    [max, 1000],
  ] as const) {
    expect(Math.abs((found ?? 0) - expected)).toBeLessThanOrEqual(expected / 1000);
  }
});

test('agrees with the nearest rank of the sorted values to a thousandth', () => {
  const values = fc.array(fc.integer({ min: 1, max: 2 ** 31 }), { minLength: 1, maxLength: 300 });
  fc.assert(
    fc.property(values, fc.constantFrom(1, 50, 90, 99, 100), (thousandths, percentile) => {
      const recorded = thousandths.map((value) => value / 1000);
      const expected = nearestRank(recorded, percentile);
      const found = distributionOf(recorded).at(percentile);
      expect(Math.abs((found ?? 0) - expected)).toBeLessThanOrEqual(expected / 1000 + 1e-9);
    }),
  );
});

test('adds what another has recorded, and nothing of an empty one', () => {
  const sum = distributionOf([1, 2]);
  sum.add(distributionOf([3, 4]).recorded);
  sum.add(new Distribution().recorded);
  expect(sum.percentiles()).toMatchObject({ count: 4, min: 1 });
  expect(Math.abs((sum.at(100) ?? 0) - 4)).toBeLessThan(0.01);
});

test.each([0, -5, 0.0004])('takes %d for its smallest value', (value) => {
  expect(distributionOf([value]).percentiles()).toMatchObject({ count: 1, min: 0.001, max: 0.001 });
});
