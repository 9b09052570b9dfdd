/** Of the standard normal distribution, what 95 % of it lie within. */
const Z95 = 1.96;

/** Fewer points say nothing of a slope. */
const MIN_POINTS = 5;

/** A point of a series in time. */
export interface TrendPoint {
  readonly x: number;
  readonly y: number;
}

/** A slope and where it lies with a confidence of 95 %, in units of y per unit of x. */
export interface Trend {
  readonly slope: number;
  readonly low: number;
  readonly high: number;
  /** How many independent points the series is worth: fewer than it has where neighbours are alike. */
  readonly effectivePoints: number;
}

/**
 * The slope of a noisy series that may have outliers and whose neighbours may be alike: Theil and Sen's, the median of the slopes
 * between all pairs of points. Its interval is that of Sen, by the variance of Kendall's S, made wider for autocorrelation as
 * Hamed and Rao do: by that of the ranks of what is left once the slope is taken off.
 * @param points - in the order of x
 * @returns undefined of fewer than {@link MIN_POINTS} points
 * @see Sen 1968, J. Am. Stat. Assoc. 63; Hamed and Rao 1998, J. Hydrology 204
 */
export function trendOf(points: readonly TrendPoint[]): Trend | undefined {
  const n = points.length;
  if (n < MIN_POINTS) return undefined;
  const slopes = pairSlopes(points);
  const slope = median(slopes);
  const rest = points.map(({ x, y }) => y - slope * x);
  const inflation = varianceInflation(ranks(rest));
  const variance = ((n * (n - 1) * (2 * n + 5)) / 18) * inflation;
  const reach = Z95 * Math.sqrt(variance);
  // between the slopes in order, counted from 1
  const at = (rank: number): number =>
    slopes[Math.min(slopes.length - 1, Math.max(0, Math.round(rank) - 1))] ?? slope;
  const low = at((slopes.length - reach) / 2);
  const high = at((slopes.length + reach) / 2 + 1);
  return { slope, low, high, effectivePoints: n / inflation };
}

/** Of all pairs, in order. */
function pairSlopes(points: readonly TrendPoint[]): number[] {
  const slopes: number[] = [];
  for (const [i, one] of points.entries())
    for (const other of points.slice(i + 1))
      if (other.x !== one.x) slopes.push((other.y - one.y) / (other.x - one.x));
  return slopes.sort((a, b) => a - b);
}

/**
 * How much larger the variance of Kendall's S is than that of independent points; never smaller than 1. Only what is significant
 * counts, and only up to a quarter of the length: further on too few pairs are left to tell. What is less likely than chance does not
 * make it smaller.
 */
function varianceInflation(values: readonly number[]): number {
  const n = values.length;
  let sum = 0;
  for (let lag = 1; lag <= n / 4; lag++) {
    const r = autocorrelation(values, lag);
    if (r > Z95 / Math.sqrt(n)) sum += (n - lag) * (n - lag - 1) * (n - lag - 2) * unbiased(r, n);
  }
  return Math.max(1, 1 + (2 / (n * (n - 1) * (n - 2))) * sum);
}

/** Autocorrelation of few points about a line that was fitted to them comes out too small. */
function unbiased(r: number, n: number): number {
  return Math.min(1, (n * r + 2) / (n - 4));
}

function autocorrelation(values: readonly number[], lag: number): number {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const off = values.map((value) => value - mean);
  const variance = off.reduce((sum, value) => sum + value * value, 0);
  if (variance === 0) return 0;
  const shared = off.slice(lag).reduce((sum, value, i) => sum + value * (off[i] ?? 0), 0);
  return shared / variance;
}

/** From 1; equal values share the mean of theirs. */
function ranks(values: readonly number[]): number[] {
  return values.map((value) => {
    const below = values.filter((other) => other < value).length;
    const equal = values.filter((other) => other === value).length;
    return below + (equal + 1) / 2;
  });
}

function median(sorted: readonly number[]): number {
  const middle = sorted.length / 2;
  const [low = Number.NaN, high = low] = sorted.slice(Math.ceil(middle) - 1, Math.floor(middle) + 1);
  return (low + high) / 2;
}
