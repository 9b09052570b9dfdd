import type { LogLevel } from '../../../config/log-settings.ts';
import type { RelaySettings } from '../../../config/relay-settings.ts';
import type { Log } from '../../../log.ts';
import {
  type KickFilter,
  kickSessions,
  matchingSessions,
  ownersOf,
  type SessionOwner,
} from '../../access/kick.ts';
import type { ClientCallWish, StreamData } from '../../admin/relay-changes.ts';
import type { RelayParts } from '../relay-parts.ts';
import type { Addition } from './additions.ts';
import { type ChangedThreads, Changes, type ChangesParts } from './changes.ts';
import { type ClientCallEnd, callSession, type SentData, sendDataTo } from './client-calls.ts';

/** A thread of a relay, as far as changes go. */
export interface OneThreadParts
  extends Pick<RelayParts, 'additions' | 'gate' | 'hooks' | 'streams' | 'forwards' | 'table' | 'thread'> {
  readonly log: Log;
  readonly relay: {
    /** As it is configured now. */
    readonly settings: RelaySettings;
    /** Pulls what is always wanted. */
    keepWanted(): void;
  };
}

/** Changes of a relay that is one thread. */
export function changesOfThread({
  guarded,
  ...parts
}: Omit<ChangesParts, 'objectionTo'> & Pick<RelayParts, 'guarded'>): Changes {
  return new Changes({ ...parts, objectionTo: (to) => guarded.objectionTo(to) });
}

/** Makes changes in the thread that it is in. */
export class OneThread implements ChangedThreads {
  readonly #parts: OneThreadParts;

  constructor(parts: OneThreadParts) {
    this.#parts = parts;
  }

  async ownersOf(filter: KickFilter): Promise<readonly SessionOwner[]> {
    return ownersOf(matchingSessions(this.#parts.table.sessions(), filter));
  }

  async endSessions(filter: KickFilter, reason: string): Promise<number> {
    const { hooks, table } = this.#parts;
    const { session, ...about } = filter;
    hooks.revoke(session === undefined ? about : {}); // a session may have asked other workers, too
    const found = matchingSessions(table.sessions(), filter);
    kickSessions(found, reason);
    return found.length;
  }

  /** They are counted where they are made. */
  shareBans(): void {}

  async shareAdditions(all: readonly Addition[]): Promise<void> {
    this.goByAdditions(all);
  }

  /** Pulls and forwards what operators have added, and no more what they had and have taken back. */
  goByAdditions(all: readonly Addition[]): void {
    const { additions, gate, streams, forwards, table, relay } = this.#parts;
    additions.configure(all);
    gate.goByStreams(additions.before(relay.settings.streams));
    for (const session of [...table.sessions()])
      for (const activity of [...session.activities()])
        if (activity.verb === 'publish' && additions.pulls(activity.key))
          activity.revoke(`stream ${activity.key} is pulled from another server now`);
    relay.keepWanted();
    streams.demandPulled();
    forwards.configure();
  }

  async callClient(session: string, call: ClientCallWish): Promise<ClientCallEnd> {
    return callSession(this.#parts.table.get(session), call);
  }

  async sendData(stream: string, data: StreamData): Promise<SentData> {
    return sendDataTo(this.#parts.thread.registry.get(stream), data);
  }

  logBy(level: LogLevel): void {
    this.#parts.log.setLevel(level);
  }
}
