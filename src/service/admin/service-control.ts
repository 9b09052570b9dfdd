import type { AccountSettings } from '../../config/account-settings.ts';
import type { Operators } from '../access/operating/operators.ts';
import type { Listener } from '../listen/listener.ts';
import type { AuditEvent } from './events/relay-event.ts';
import type { DrainWish, ProcessControl } from './process-control.ts';
import type { Readiness } from './relay-status.ts';
import type { Reloads } from './reloads.ts';

/** What can be seen of any service that runs, and done with it: its settings are `S`. */
export interface ServiceControl<S extends AccountSettings = AccountSettings> {
  /** The listeners that are open, with the ports that they got. */
  readonly listeners: readonly Listener[];
  /** Whether it takes whoever comes. */
  readonly readiness: Readiness;
  /** Its metrics as Prometheus text, and the content type of that. */
  metrics(): Promise<{ readonly contentType: string; readonly text: string }>;
  /** As it runs now: the configuration, with what a reload has brought. */
  readonly settings: S;
  /** Told of what operators change, for those who follow what happens. */
  readonly events: { tell(event: AuditEvent): void };
  /**
   * Takes new settings over as far as a running service can; what they do not allow any more ends, and nothing else is touched. Rejects
   * with the reason where that fails: then the old ones hold. To be called again only when that is known.
   * @returns paths of the settings that have changed and wait for a restart
   */
  configure(settings: S): Promise<readonly string[]>;
  /** Who may use the admin listener beyond metrics and health checks. */
  readonly operators: Operators;
  /** Counts how that went; whoever reads the configuration again tells. */
  readonly reloads: Reloads;
  /** What ends or reloads the process; undefined where the service is a part of another program. */
  readonly process: ProcessControl | undefined;
  /**
   * Stops in good order: nobody new comes in, who is there may stay until the drain timeout.
   * @returns how many sessions were still open then, and had to go
   */
  drain(wish?: DrainWish): Promise<number>;
  /** Stops now: every session is let go. */
  close(): Promise<void>;
}
