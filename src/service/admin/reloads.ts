import type { ReloadSample } from '../../metrics/metrics-source.ts';

/**
 * Counts how it went to read the configuration again. As with Prometheus, that it could be read at the start is the first success,
 * but no reload.
 */
export class Reloads implements ReloadSample {
  readonly counts: Record<'success' | 'failure', number> = { success: 0, failure: 0 };
  isSuccessful = true;
  succeededAtSeconds: number = Date.now() / 1000;
  /** When it was read last, or tried. */
  at: Date = new Date();

  /** The configuration was read again, or could not be used. */
  note(outcome: 'success' | 'failure'): void {
    this.counts[outcome]++;
    this.at = new Date();
    this.isSuccessful = outcome === 'success';
    if (this.isSuccessful) this.succeededAtSeconds = Date.now() / 1000;
  }
}
