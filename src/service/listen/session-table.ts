import type { Session, SessionRole } from '../../session/session.ts';
import type { Clock } from '../../stream/clock.ts';
import type { PendingBudget } from './pending-budget.ts';
import { type Denial, SessionLimits } from './session-limits.ts';

/** What is counted by role and protocol. */
export interface SessionCount {
  readonly role: SessionRole;
  readonly protocol: string;
  readonly count: number;
}

type ProtocolBytes = Map<string, { readonly received: number; readonly sent: number }>;

/** All sessions of a thread, with what they are and what they have carried. */
export class SessionTable extends SessionLimits<Session> {
  /** Bytes of sessions that are gone, by protocol. */
  readonly #goneBytes: ProtocolBytes = new Map();
  readonly #waiting: (() => void)[] = [];
  /** What those hold who publish and play nothing, if that is limited. */
  pending: PendingBudget<Session> | undefined;

  override add(session: Session, address: string | null, isGuest?: boolean): void {
    super.add(session, address, isGuest);
    this.pending?.add(session, address);
  }

  override move(id: string, address: string | null): Denial | undefined {
    const denial = super.move(id, address);
    if (denial === undefined) this.pending?.move(id, address);
    return denial;
  }

  override accept(session: Session): void {
    super.accept(session);
    this.pending?.remove(session.id);
  }

  override rest(session: Session): void {
    super.rest(session);
    this.pending?.add(session, session.address);
  }

  /** What the session before it has carried stays counted. */
  override replace(session: Session): void {
    const former = this.get(session.id);
    if (former !== undefined) addBytes(this.#goneBytes, former);
    super.replace(session);
    this.pending?.replace(session);
  }

  override remove(session: Session): boolean {
    const wasThere = super.remove(session);
    this.pending?.remove(session.id);
    if (wasThere) addBytes(this.#goneBytes, session);
    if (this.size === 0) for (const wake of this.#waiting.splice(0)) wake();
    return wasThere;
  }

  /** Resolves when there is no session any more, at the latest after `ms` milliseconds. */
  emptied(clock: Clock, ms: number): Promise<void> {
    if (this.size === 0) return Promise.resolve();
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#waiting.push(resolve);
    return promise.finally(clock.after(ms, resolve));
  }

  /** How many sessions there are of each role and protocol. */
  counts(): SessionCount[] {
    const counts = new Map<string, SessionCount>();
    for (const { role, protocol } of this.sessions()) {
      const key = `${role} ${protocol}`;
      counts.set(key, { role, protocol, count: (counts.get(key)?.count ?? 0) + 1 });
    }
    return [...counts.values()];
  }

  /** Bytes that all sessions hold for their peers now. */
  held(): { readonly partial: number; readonly backlog: number } {
    let partial = 0;
    let backlog = 0;
    for (const session of this.sessions()) {
      partial += session.partialBytes;
      backlog += session.backlogBytes;
    }
    return { partial, backlog };
  }

  /** Bytes received and sent by protocol since the start, sessions that are gone included. */
  bytes(): ProtocolBytes {
    const totals = new Map(this.#goneBytes);
    for (const session of this.sessions()) addBytes(totals, session);
    return totals;
  }
}

function addBytes(totals: ProtocolBytes, { protocol, receivedBytes, sentBytes }: Session): void {
  const { received, sent } = totals.get(protocol) ?? { received: 0, sent: 0 };
  totals.set(protocol, { received: received + receivedBytes, sent: sent + sentBytes });
}
