import type { SnmpSettings } from '../../../config/admin/snmp-settings.ts';
import type { Log } from '../../../log.ts';
import type { Clock } from '../../../stream/clock.ts';
import type { RelayControl } from '../relay-control.ts';
import type { SnmpAgent } from './agent.ts';
import { SnmpCounts } from './snmp-counts.ts';

/** What the agent needs of the relay. */
export interface SnmpPortHost {
  readonly clock: Clock;
  readonly log: Log;
  readonly service: RelayControl;
}

/** The SNMP agent of a relay, where its settings want one: it is loaded only then. */
export class SnmpPort {
  readonly counts: SnmpCounts = new SnmpCounts();
  #agent: SnmpAgent | undefined;

  /**
   * Opens it.
   * @param isShared - whether a successor may have the port beside it
   * @throws ListenError when the port cannot be had, CredentialFileError when a secret cannot be read
   */
  async open(
    settings: SnmpSettings | null,
    { service: relay, clock, log }: SnmpPortHost,
    isShared: boolean,
  ): Promise<void> {
    if (settings === null) return;
    const { SnmpAgent } = await import('./agent.ts');
    this.#agent = await SnmpAgent.open(settings, { clock, log, relay, counts: this.counts }, isShared);
  }

  /** Where it listens; undefined where there is none. */
  get port(): number | undefined {
    return this.#agent?.port;
  }

  /** Goes by other settings, but for host and port. @throws CredentialFileError; then the old ones hold */
  configure(settings: SnmpSettings | null): void {
    if (settings !== null) this.#agent?.configure(settings);
  }

  close(): void {
    this.#agent?.close();
    this.#agent = undefined;
  }
}
