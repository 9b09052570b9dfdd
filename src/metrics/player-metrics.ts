import { Histogram } from './histogram.ts';
import type { LabelValues } from './metrics-source.ts';
import { NamedCounts } from './named-counts.ts';
import { countRejections } from './rejections.ts';
import type { ShownMetrics } from './shown-metrics.ts';

/** What happens to those who come: who is refused, how long players wait for media, why they leave. */
export class PlayerMetrics {
  readonly #rejected: NamedCounts;
  readonly #disconnected: NamedCounts;
  readonly #resumed = new NamedCounts(['resumed', 'late-join']);
  #reports = 0;
  readonly #firstFrame = new Histogram([0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30]);
  readonly #fanOutDelay = new Histogram([
    0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.15, 0.2, 0.3, 0.5, 1,
  ]);

  constructor(show: ShownMetrics, { refusals, departures }: Pick<LabelValues, 'refusals' | 'departures'>) {
    this.#rejected = countRejections(show, refusals);
    this.#disconnected = new NamedCounts(departures);
    const left = {
      name: 'streampump_disconnected_players_total',
      help: 'Players that left, by why.',
      labels: ['reason'],
    } as const;
    show.counter(left, () => this.#disconnected.shown('reason'));
    const resumed = {
      name: 'streampump_resumed_plays_total',
      help: 'Relays that asked to go on where they left off, by what they were given.',
      labels: ['outcome'],
    } as const;
    show.counter(resumed, () => this.#resumed.shown('outcome'));
    const reports = 'Reports of MMS players on how they have played.';
    show.counter({ name: 'streampump_player_reports_total', help: reports }, () => [[{}, this.#reports]]);
    const firstFrame = 'Time from an accepted connection to the first media written to its player.';
    show.histogram({ name: 'streampump_first_frame_seconds', help: firstFrame }, () => [
      [{}, this.#firstFrame],
    ]);
    const fanOutDelay =
      'Time from a frame received to its batch written to all players that are sent it together.';
    show.histogram({ name: 'streampump_fan_out_delay_seconds', help: fanOutDelay }, () => [
      [{}, this.#fanOutDelay],
    ]);
  }

  onRejected(reason: string): void {
    this.#rejected.add(reason);
  }

  onPlayerLeft(reason: string): void {
    this.#disconnected.add(reason);
  }

  onResumedPlay(outcome: 'late-join' | 'resumed'): void {
    this.#resumed.add(outcome);
  }

  onReported(): void {
    this.#reports++;
  }

  onFirstMedia(ms: number): void {
    this.#firstFrame.observe(ms / 1000);
  }

  onFlush(seconds: number): void {
    this.#fanOutDelay.observe(seconds);
  }
}
