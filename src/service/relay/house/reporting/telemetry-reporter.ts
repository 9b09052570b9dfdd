import { bugText } from '../../../../errors.ts';
import type { Log } from '../../../../log.ts';
import { type Clock, every } from '../../../../stream/clock.ts';
import type { RelayControl } from '../../../admin/relay-control.ts';
import { UnavailableError } from '../../../admin/unavailable-error.ts';
import type { Telemetry } from '../../../fleet-link/relay-message.ts';
import type { HouseMember } from '../house-member.ts';
import { telemetryTexts } from './telemetry-texts.ts';

/** What reports are made of. */
export interface TelemetryReporterHost {
  readonly clock: Clock;
  readonly log: Log;
  readonly relay: Pick<RelayControl, 'readiness'> & { readonly member: HouseMember };
  /** The config that was tried last. */
  config(): Telemetry['config'];
  send(text: string): void;
}

/** Tells a house again and again how the relay does: everything first, then what is new. One report at a time. */
export class TelemetryReporter {
  readonly #host: TelemetryReporterHost;
  #stop: () => void;
  #isBusy = false;
  #isWhole = true;
  #isOver = false;

  /** @param intervalMs - between two reports; the second comes at any time of the first interval, for those of a fleet not to come together */
  constructor(host: TelemetryReporterHost, intervalMs: number, random: () => number = Math.random) {
    this.#host = host;
    this.#stop = host.clock.after(random() * intervalMs, () => {
      this.#stop = every(host.clock, intervalMs, () => this.report());
      this.report();
    });
    this.report();
  }

  /** Tells it now. */
  report(): void {
    if (this.#isBusy || this.#isOver) return;
    this.#isBusy = true;
    this.#report()
      .catch((error: unknown) => {
        this.#isWhole = true; // what some threads have said is lost
        const { log } = this.#host;
        if (!(error instanceof UnavailableError)) log.error('bug', bugText(error));
        else log.debug('house', `no report this time: ${error.message}`, { reason: 'unavailable' });
      })
      .finally(() => {
        this.#isBusy = false;
      });
  }

  close(): void {
    this.#isOver = true;
    this.#stop();
  }

  async #report(): Promise<void> {
    const { relay, clock, config, send } = this.#host;
    const report = await relay.member.report(this.#isWhole);
    this.#isWhole = false;
    const facts = { state: relay.readiness, config: config() };
    for await (const text of telemetryTexts(report, facts, clock)) {
      if (this.#isOver) return;
      send(text);
    }
  }
}
