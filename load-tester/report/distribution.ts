import { createHistogram, type RecordableHistogram } from 'node:perf_hooks';

/** A distribution as the report shows it; null where nothing was recorded. */
export interface Percentiles {
  readonly count: number;
  readonly min: number | null;
  readonly p50: number | null;
  readonly p90: number | null;
  readonly p99: number | null;
  readonly max: number | null;
}

/** Parts of a unit that are told apart: of milliseconds, microseconds. */
const RESOLUTION = 1000;

/**
 * Any number of values in constant memory, each to a thousandth of itself: percentiles of everything that was recorded,
 * not of a sample. Not negative; what is below 0.001 counts as that.
 */
export class Distribution {
  readonly #histogram: RecordableHistogram;

  constructor() {
    this.#histogram = createHistogram({ lowest: 1, highest: 2 ** 50, figures: 3 });
  }

  /** For {@link add} in another thread: it may be posted as a message. */
  get recorded(): RecordableHistogram {
    return this.#histogram;
  }

  get count(): number {
    return this.#histogram.count;
  }

  record(value: number): void {
    this.#histogram.record(Math.min(Math.max(1, Math.round(value * RESOLUTION)), 2 ** 50));
  }

  /** Adds all that another distribution has {@link recorded}. */
  add(recorded: RecordableHistogram): void {
    if (recorded.count > 0) this.#histogram.add(recorded);
  }

  /**
   * The smallest value that at least this share of all values does not exceed; null where nothing was recorded.
   * @param percentile - over 0, up to 100
   */
  at(percentile: number): number | null {
    const count = this.count;
    if (count === 0) return null;
    // asked for a share between two values, the histogram may give the lower one
    const rank = Math.ceil((count * percentile) / 100);
    return this.#histogram.percentile((rank / count) * 100) / RESOLUTION;
  }

  percentiles(): Percentiles {
    const count = this.count;
    if (count === 0) return { count, min: null, p50: null, p90: null, p99: null, max: null };
    const max = this.#histogram.max / RESOLUTION;
    const at = (percentile: number): number => Math.min(this.at(percentile) ?? max, max);
    return {
      count,
      min: this.#histogram.min / RESOLUTION,
      p50: at(50),
      p90: at(90),
      p99: at(99),
      max,
    };
  }
}
