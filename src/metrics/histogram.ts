import { labelText } from './metric-family.ts';

/** Counts values by how large they are. */
export class Histogram {
  /** The largest value of each bucket, ascending; one more for what is larger. */
  readonly #bounds: readonly number[];
  readonly #counts: Float64Array;
  #sum = 0;

  /** @param bounds - the largest value of each bucket, ascending */
  constructor(bounds: readonly number[]) {
    this.#bounds = bounds;
    this.#counts = new Float64Array(bounds.length + 1);
  }

  observe(value: number): void {
    let bucket = 0;
    while (value > (this.#bounds[bucket] ?? Number.POSITIVE_INFINITY)) bucket++;
    this.#counts[bucket] = (this.#counts[bucket] ?? 0) + 1;
    this.#sum += value;
  }

  /** Its series as Prometheus has them: a bucket counts all that is not larger. @param labels - that all of them have */
  *series(labels: Readonly<Record<string, string | undefined>>): Generator<[behind: string, value: number]> {
    let total = 0;
    for (const [bucket, count] of this.#counts.entries()) {
      total += count;
      yield [`_bucket${labelText({ le: this.#bounds[bucket] ?? '+Inf', ...labels })}`, total];
    }
    yield [`_sum${labelText(labels)}`, this.#sum];
    yield [`_count${labelText(labels)}`, total];
  }
}
