/** How many neighbouring samples count as one: memory goes up and down with garbage collections, and samples near one another are alike. */
const BLOCKS = 20;

/**
 * The slope of a noisy line through points, by least squares over the medians of blocks of neighbours.
 * @returns slope and its standard error, in units of y per unit of x
 */
export function slopeOf(points: readonly { readonly x: number; readonly y: number }[]): {
  readonly perMinute: number;
  readonly error: number;
} {
  const size = Math.max(1, Math.floor(points.length / BLOCKS));
  const blocks: { x: number; y: number }[] = [];
  for (let i = 0; i + size <= points.length; i += size) {
    const block = points.slice(i, i + size);
    blocks.push({ x: median(block.map(({ x }) => x)), y: median(block.map(({ y }) => y)) });
  }
  const n = blocks.length;
  const meanX = blocks.reduce((sum, { x }) => sum + x, 0) / n;
  const meanY = blocks.reduce((sum, { y }) => sum + y, 0) / n;
  const sxx = blocks.reduce((sum, { x }) => sum + (x - meanX) ** 2, 0);
  const slope = blocks.reduce((sum, { x, y }) => sum + (x - meanX) * (y - meanY), 0) / sxx;
  const residual = blocks.reduce((sum, { x, y }) => sum + (y - meanY - slope * (x - meanX)) ** 2, 0);
  return { perMinute: slope, error: Math.sqrt(residual / (n - 2) / sxx) };
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}
