import { MAX_PAUSED } from '../../stream/claims/paused-sources.ts';
import type { PublisherWatch } from './publisher-watch.ts';

/**
 * What was measured of publishers that send a stream in parts, between two of them: else short parts would escape every limit. Of
 * more than pause at a time the first is measured anew.
 */
export class SeriesWatches {
  readonly #kept = new Map<string, PublisherWatch>();

  /** A part is over, and the next of its series may come. */
  keep(series: string, watch: PublisherWatch): void {
    this.#kept.delete(series);
    this.#kept.set(series, watch);
    if (this.#kept.size <= MAX_PAUSED) return;
    for (const first of this.#kept.keys()) {
      this.#kept.delete(first);
      return;
    }
  }

  /** The next part of a series is here: what has measured those before goes on, if there is any. */
  take(series: string): PublisherWatch | undefined {
    const watch = this.#kept.get(series);
    this.#kept.delete(series);
    return watch;
  }
}
