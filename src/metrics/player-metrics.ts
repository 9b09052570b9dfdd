import { Counter, Histogram, type Registry } from 'prom-client';
import type { LabelValues } from './metrics-source.ts';
import { reasonCounter, rejectionCounter } from './reason-counter.ts';

/** What happens to those who come: who is refused, how long players wait for media, why they leave. */
export class PlayerMetrics {
  readonly #rejected: Counter<'reason'>;
  readonly #disconnected: Counter<'reason'>;
  readonly #reports: Counter;
  readonly #firstFrame: Histogram;
  readonly #fanOutDelay: Histogram;

  constructor(registry: Registry, { refusals, departures }: Pick<LabelValues, 'refusals' | 'departures'>) {
    const registers = [registry];
    this.#rejected = rejectionCounter(registry, refusals);
    const left = 'Players that left, by why.';
    this.#disconnected = reasonCounter(registry, 'streampump_disconnected_players_total', left, departures);
    this.#reports = new Counter({
      name: 'streampump_player_reports_total',
      help: 'Reports of MMS players on how they have played.',
      registers,
    });
    this.#firstFrame = new Histogram({
      name: 'streampump_first_frame_seconds',
      help: 'Time from an accepted connection to the first media written to its player.',
      buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
      registers,
    });
    this.#fanOutDelay = new Histogram({
      name: 'streampump_fan_out_delay_seconds',
      help: 'Time from a frame received to its batch written to all players.',
      buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.15, 0.2, 0.3, 0.5, 1],
      registers,
    });
  }

  onRejected(reason: string): void {
    this.#rejected.inc({ reason });
  }

  onPlayerLeft(reason: string): void {
    this.#disconnected.inc({ reason });
  }

  onReported(): void {
    this.#reports.inc();
  }

  onFirstMedia(ms: number): void {
    this.#firstFrame.observe(ms / 1000);
  }

  onFlush(seconds: number): void {
    this.#fanOutDelay.observe(seconds);
  }
}
