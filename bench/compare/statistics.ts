/** The middle of several measurements, and how far apart they are. */
export interface Spread {
  readonly median: number;
  readonly least: number;
  readonly most: number;
}

/** Of an even count, the median is the mean of the two in the middle. @returns undefined where there is nothing */
export function spreadOf(values: readonly number[]): Spread | undefined {
  const sorted = values.toSorted((a, b) => a - b);
  const half = sorted.length / 2;
  const [least, most] = [sorted[0], sorted.at(-1)];
  const [low, high] = [sorted[Math.ceil(half) - 1], sorted[Math.floor(half)]];
  if (least === undefined || most === undefined || low === undefined || high === undefined) return undefined;
  return { median: (low + high) / 2, least, most };
}

/** Digits that tell figures of this size apart: three that count. */
function digitsFor(value: number): number {
  const size = Math.abs(value);
  if (size >= 100) return 0;
  return size >= 10 ? 1 : 2;
}

/** A figure with its spread: `86.2 (84.1-90.3)`; a dash where there is none. */
export function formatSpread(spread: Spread | undefined, digits?: number): string {
  if (spread === undefined) return '-';
  const places = digits ?? digitsFor(spread.median);
  const text = (value: number): string => value.toFixed(places);
  const { median, least, most } = spread;
  return `${text(median)} (${text(least)}-${text(most)})`;
}
