import { expect, test } from 'vitest';
import { type Trend, trendOf } from '../../../bench/soak/trend.ts';
import { Random } from '../../support/swarm/random.ts';

/** As good as normal, with a standard deviation of 1. */
function noise(random: Random): number {
  return Array.from({ length: 12 }, () => random.next()).reduce((sum, value) => sum + value, -6);
}

/** A line of this slope with noise. @param likeness - of neighbours, 0 to 1 */
function series(
  random: Random,
  slope: number,
  { count = 30, likeness = 0 } = {},
): { x: number; y: number }[] {
  let off = noise(random);
  return Array.from({ length: count }, (_, x) => {
    off = likeness * off + Math.sqrt(1 - likeness ** 2) * noise(random);
    return { x, y: 100 + slope * x + off };
  });
}

/** In how many of 300 series the interval holds the slope. */
function covered(slope: number, shape: { readonly count?: number; readonly likeness?: number }): number {
  const random = new Random(7);
  const holds = ({ low, high }: Trend): boolean => low <= slope && slope <= high;
  return Array.from({ length: 300 }, () => trendOf(series(random, slope, shape))).filter(
    (trend) => trend !== undefined && holds(trend),
  ).length;
}

test('a line is its slope, whatever it begins with and however its points lie', () => {
  const points = [0, 1, 2, 5, 7, 11].map((x) => ({ x, y: 40 - 3 * x }));
  expect(trendOf(points)).toMatchObject({ slope: -3, low: -3, high: -3 });
});

test('too few points tell nothing', () => {
  expect(trendOf([0, 1, 2, 3].map((x) => ({ x, y: x })))).toBeUndefined();
});

test('what stays as it is has no slope and no doubt', () => {
  expect(trendOf(series(new Random(1), 0).map(({ x }) => ({ x, y: 5 })))).toMatchObject({
    slope: 0,
    low: 0,
    high: 0,
  });
});

test('an outlier at the end does not make a slope', () => {
  const points = series(new Random(3), 0);
  const without = trendOf(points);
  const last = points.at(-1);
  if (last !== undefined) last.y += 1000;
  const outlying = trendOf(points);
  expect(outlying?.slope).toBeCloseTo(without?.slope ?? Number.NaN, 1);
  expect(outlying?.low).toBeLessThan(without?.slope ?? Number.NaN);
});

test('the interval holds the slope about 95 times in 100', () => {
  expect(covered(0.5, {})).toBeGreaterThan(300 * 0.92);
  expect(covered(0.5, {})).toBeLessThan(300);
  expect(covered(0.5, { count: 8 })).toBeGreaterThan(300 * 0.9);
});

test('where neighbours are alike the interval is wider, so that it still holds the slope', () => {
  const random = new Random(11);
  const alike = trendOf(series(random, 0, { count: 60, likeness: 0.8 }));
  expect(alike?.effectivePoints).toBeLessThan(30);
  expect(covered(0.5, { count: 60, likeness: 0.6 })).toBeGreaterThan(300 * 0.85);
});

test('growth shows through the noise', () => {
  expect(trendOf(series(new Random(5), 0.5))?.low).toBeGreaterThan(0.3);
});
