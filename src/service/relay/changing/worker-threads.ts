import type { LogLevel } from '../../../config/log-settings.ts';
import type { RelaySettings } from '../../../config/relay-settings.ts';
import type { Log } from '../../../log.ts';
import { GuardedConnector } from '../../../session/upstream/guarded-connector.ts';
import type { ServerConnector } from '../../../session/upstream/server-connector.ts';
import type { Clock } from '../../../stream/clock.ts';
import type { BanLedger } from '../../access/bans/ban-ledger.ts';
import type { KickFilter, SessionOwner } from '../../access/kick.ts';
import type { ClientCallWish, StreamData } from '../../admin/relay-changes.ts';
import type { Directory } from '../workers/directory.ts';
import type { WorkerCrew } from '../workers/worker-crew.ts';
import { LIST_MS } from '../workers/worker-handle.ts';
import { addedHosts } from './added-hosts.ts';
import type { Addition } from './additions.ts';
import { type ChangedThreads, Changes, type ChangesParts } from './changes.ts';
import type { ClientCallEnd, SentData } from './client-calls.ts';

/** What changes need of a relay that has workers. */
export interface WorkerThreadsParts {
  readonly clock: Clock;
  readonly log: Log;
  readonly bans: BanLedger;
  readonly crew: WorkerCrew;
  readonly relay: { readonly settings: Pick<RelaySettings, 'calls' | 'admin'> };
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

  /** Only one of them knows the session. */
  async callClient(session: string, call: ClientCallWish): Promise<ClientCallEnd> {
    const { clock, crew, relay } = this.#parts;
    const { timeoutMs } = relay.settings.calls;
    const ms = Math.min(call.timeoutMs ?? timeoutMs, timeoutMs) + LIST_MS;
    const answers = crew.ready.map((worker) => worker.ask(clock, ms, 'callClient', session, call));
    const ends = (await Promise.all(answers)).filter((end) => end !== undefined);
    return ends.find((end) => end.is !== 'no-session') ?? { is: 'no-session' };
  }

  /** One of them keeps the stream, and gives it to the others. */
  async sendData(stream: string, data: StreamData): Promise<SentData> {
    const sent = await this.#parts.crew.ask('sendData', stream, data);
    return sent.find((one) => one !== 'no-stream') ?? 'no-stream';
  }

  logBy(level: LogLevel): void {
    this.#parts.log.setLevel(level);
    this.#parts.crew.tell({ say: 'log-level', level });
  }
}
