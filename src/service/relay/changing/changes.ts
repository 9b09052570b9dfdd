import type { LogLevel } from '../../../config/log-settings.ts';
import { addressGroup } from '../../../config/networks.ts';
import type { Clock } from '../../../stream/clock.ts';
import type { BanLedger } from '../../access/bans/ban-ledger.ts';
import type { KickFilter, SessionOwner } from '../../access/kick.ts';
import {
  type BanStatus,
  ChangeRefused,
  type ClientCallWish,
  type ClientSaid,
  type ForwardWish,
  type PullWish,
  type RelayChanges,
  type StreamData,
} from '../../admin/relay-changes.ts';
import type { ForwardStatus } from '../../admin/relay-status.ts';
import { WallTime } from '../status/wall-time.ts';
import { AddedLinks, type AddedLinksParts } from './added-links.ts';
import type { Addition } from './additions.ts';
import { type ClientCallEnd, callObjections, dataObjections, type SentData } from './client-calls.ts';

/** What sessions hear that are ended. */
const KICKED = 'an operator of this server has ended this session';

/** The threads of a relay, as changes reach them. */
export interface ChangedThreads {
  /** Who has the sessions that a filter matches now. */
  ownersOf(filter: KickFilter): Promise<readonly SessionOwner[]>;
  /** Ends them. @returns how many */
  endSessions(filter: KickFilter, reason: string): Promise<number>;
  /** A ban was made or lifted: every thread knows it before anything else that it is told. */
  shareBans(): void;
  /** All of them go by these additions from now on. */
  shareAdditions(all: readonly Addition[]): Promise<void>;
  /** Calls the client of a session, wherever that is. */
  callClient(session: string, call: ClientCallWish): Promise<ClientCallEnd>;
  /** Sends data to those who play a stream, from the thread that keeps it. */
  sendData(stream: string, data: StreamData): Promise<SentData>;
  /** Logs by this level from now on. */
  logBy(level: LogLevel): void;
}

/** What changes are made with. */
export interface ChangesParts extends AddedLinksParts {
  readonly clock: Clock;
  readonly bans: BanLedger;
  readonly threads: ChangedThreads;
}

/** What operators change, be the relay one thread or several. */
export class Changes implements RelayChanges {
  readonly #parts: ChangesParts;
  readonly #links: AddedLinks;
  readonly #time: WallTime;
  #logLevel: LogLevel | undefined;

  constructor(parts: ChangesParts) {
    this.#parts = parts;
    this.#links = new AddedLinks(parts);
    this.#time = new WallTime(parts.clock);
  }

  async kick(filter: KickFilter, banMs?: number, reason: string = KICKED): Promise<number> {
    const { threads } = this.#parts;
    // banned first: whoever is ended comes back at once
    if (banMs !== undefined) await this.#ban(filter, banMs);
    return threads.endSessions(filter, reason);
  }

  bans(): readonly BanStatus[] {
    const { bans } = this.#parts;
    return bans
      .standing()
      .map(({ id, kind, value, until }) => ({ id, kind, value, until: this.#time.read(until) }));
  }

  liftBan(id: string): boolean {
    const { bans, threads } = this.#parts;
    const wasThere = bans.lift(id);
    if (wasThere) threads.shareBans();
    return wasThere;
  }

  async callClient(session: string, call: ClientCallWish): Promise<ClientSaid> {
    const answer = await this.#parts.threads.callClient(session, call);
    if ('value' in answer) return answer;
    throw new ChangeRefused(...callObjections[answer.is](session));
  }

  async sendData(stream: string, data: StreamData): Promise<void> {
    const sent = await this.#parts.threads.sendData(stream, data);
    if (sent !== 'sent') throw new ChangeRefused(...dataObjections[sent](stream));
  }

  addPull(wish: PullWish): Promise<string> {
    return this.#links.addPull(wish);
  }

  addForward(wish: ForwardWish): Promise<string> {
    return this.#links.addForward(wish);
  }

  removePull(id: string): Promise<void> {
    return this.#links.removePull(id);
  }

  removeForward(id: string): Promise<void> {
    return this.#links.removeForward(id);
  }

  /** Forwards that were added and are not at work, for their streams are not live. @param running - those that are */
  idleForwards(running: readonly ForwardStatus[]): readonly ForwardStatus[] {
    return this.#links.idleForwards(running);
  }

  get logLevel(): LogLevel {
    return this.#logLevel ?? this.#parts.relay.settings.log.level;
  }

  setLogLevel(level: LogLevel): void {
    this.#logLevel = level;
    this.#parts.threads.logBy(level);
  }

  /** The configuration was read again: what it says of the log holds. */
  onConfigured(): void {
    this.#logLevel = undefined;
  }

  /** Keeps out what the filter names, or whoever has what it names. */
  async #ban(filter: KickFilter, ms: number): Promise<void> {
    const { bans, threads } = this.#parts;
    const { address, identity } = filter;
    const isNamed = address !== undefined || identity !== undefined;
    const owners = isNamed
      ? [{ address, identities: identity === undefined ? [] : [identity] }]
      : await threads.ownersOf(filter);
    for (const owner of owners) {
      if (owner.address !== undefined) bans.add({ kind: 'address', value: addressGroup(owner.address) }, ms);
      for (const value of owner.identities) bans.add({ kind: 'identity', value }, ms);
    }
    threads.shareBans();
  }
}
