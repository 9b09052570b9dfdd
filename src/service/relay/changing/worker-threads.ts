import type { LogLevel } from '../../../config/log-settings.ts';
import type { Log } from '../../../log.ts';
import { GuardedConnector } from '../../../session/upstream/guarded-connector.ts';
import type { ServerConnector } from '../../../session/upstream/server-connector.ts';
import type { Clock } from '../../../stream/clock.ts';
import type { BanLedger } from '../../access/bans/ban-ledger.ts';
import type { KickFilter, SessionOwner } from '../../access/kick.ts';
import type { Directory } from '../workers/directory.ts';
import type { WorkerCrew } from '../workers/worker-crew.ts';
import { LIST_MS } from '../workers/worker-handle.ts';
import { addedHosts } from './added-hosts.ts';
import type { Addition } from './additions.ts';
import { type ChangedThreads, Changes, type ChangesParts } from './changes.ts';

/** What changes need of a relay that has workers. */
export interface WorkerThreadsParts {
  readonly clock: Clock;
  readonly log: Log;
  readonly bans: BanLedger;
  readonly crew: WorkerCrew;
  /** What all workers share. */
  readonly shared: { readonly directory: Pick<Directory, 'keptBy'> };
  /** Spreads what is always wanted over the workers, by the additions of now. */
  keepWanted(): void;
}

/** Changes of a relay that has workers. @param connector - which knows its proxy */
export function changesOfWorkers({
  connector,
  ...parts
}: WorkerThreadsParts &
  Omit<ChangesParts, 'objectionTo' | 'threads'> & { readonly connector: ServerConnector }): Changes {
  const guarded = new GuardedConnector(connector, () => addedHosts(parts.relay.settings));
  const threads = new WorkerThreads(parts);
  return new Changes({ ...parts, objectionTo: (to) => guarded.objectionTo(to), threads });
}

/** Brings changes to every worker of a relay. */
class WorkerThreads implements ChangedThreads {
  readonly #parts: WorkerThreadsParts;

  constructor(parts: WorkerThreadsParts) {
    this.#parts = parts;
  }

  async ownersOf(filter: KickFilter): Promise<readonly SessionOwner[]> {
    return (await this.#parts.crew.ask('ownersOf', filter)).flat();
  }

  async endSessions(filter: KickFilter, reason: string): Promise<number> {
    const counts = await this.#parts.crew.ask('endSessions', filter, reason);
    return counts.reduce((sum, count) => sum + count, 0);
  }

  shareBans(): void {
    this.#parts.crew.tell({ say: 'bans', bans: this.#parts.bans.left() });
  }

  async shareAdditions(all: readonly Addition[]): Promise<void> {
    const { clock, crew, keepWanted, shared } = this.#parts;
    keepWanted();
    const told = crew.all.map((worker) =>
      worker.ask(clock, LIST_MS, 'goByAdditions', all, shared.directory.keptBy(worker.index)),
    );
    await Promise.all(told);
  }

  logBy(level: LogLevel): void {
    this.#parts.log.setLevel(level);
    this.#parts.crew.tell({ say: 'log-level', level });
  }
}
