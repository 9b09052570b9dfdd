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

type ProtocolBytes = Map<string, { received: number; sent: number }>;

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

  /** What all sessions are now, hold for their peers, and have carried by protocol since the start, those that are gone included. */
  sample(): {
    readonly counts: readonly SessionCount[];
    readonly bytes: ProtocolBytes;
    readonly held: { readonly partial: number; readonly backlog: number };
  } {
    const counts = new Map<string, Map<SessionRole, number>>();
    const bytes = new Map([...this.#goneBytes].map(([protocol, carried]) => [protocol, { ...carried }]));
    const held = { partial: 0, backlog: 0 };
    for (const session of this.sessions()) {
      const { role, protocol } = session;
      const ofProtocol = counts.get(protocol) ?? new Map<SessionRole, number>();
      counts.set(protocol, ofProtocol.set(role, (ofProtocol.get(role) ?? 0) + 1));
      addBytes(bytes, session);
      held.partial += session.partialBytes;
      held.backlog += session.backlogBytes;
    }
    return {
      counts: [...counts].flatMap(([protocol, roles]) =>
        [...roles].map(([role, count]) => ({ role, protocol, count })),
      ),
      bytes,
      held,
    };
  }
}

/** Adds what a session has carried. */
function addBytes(totals: ProtocolBytes, { protocol, receivedBytes, sentBytes }: Session): void {
  let total = totals.get(protocol);
  if (total === undefined) {
    total = { received: 0, sent: 0 };
    totals.set(protocol, total);
  }
  total.received += receivedBytes;
  total.sent += sentBytes;
}
