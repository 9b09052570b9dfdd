import { addressGroup } from '../../config/networks.ts';
import type { LimitSettings } from '../../config/relay-settings.ts';
import type { Refusal } from '../../session/access.ts';

interface Counts {
  all: number;
  pending: number;
}

/** Beyond the session limit this many may come in to be told so; after that connections are cut without a word. */
export const FAREWELL_SESSIONS = 100;

/** Why a connection may not come in. */
export interface Denial extends Refusal {
  /** Whether it is to be cut at once; else it is let in far enough to be told. */
  readonly isCut: boolean;
}

/** Somebody who counts. */
export interface Counted {
  /** Normalized. */
  readonly address: string;
}

/** Counts sessions in all and per address, and says when there are too many. */
export class SessionLimits<T extends Counted> {
  readonly #limits: LimitSettings;
  readonly #maxSessions: number;
  readonly #sessions = new Set<T>();
  readonly #pending = new Set<T>();
  readonly #groups = new Map<string, Counts>();

  /** @param maxSessions - what `limits.sessions` says, or what the machine allows */
  constructor(limits: LimitSettings, maxSessions: number) {
    this.#limits = limits;
    this.#maxSessions = maxSessions;
  }

  get size(): number {
    return this.#sessions.size;
  }

  sessions(): IterableIterator<T> {
    return this.#sessions.values();
  }

  /** Why a connection from this address may not come in; undefined when it may. */
  admit(address: string): Denial | undefined {
    const { pendingSessions, pendingSessionsPerAddress, sessionsPerAddress } = this.#limits;
    const counts = this.#groups.get(addressGroup(address)) ?? { all: 0, pending: 0 };
    const isAllCrowded = this.#pending.size >= pendingSessions;
    // so many have not begun anything that not even a farewell can be afforded
    const isCrowded = isAllCrowded || counts.pending >= pendingSessionsPerAddress;
    if (this.#sessions.size >= this.#maxSessions) {
      return {
        refused: 'session-limit',
        description: `the server is full: it has ${this.#sessions.size} sessions`,
        isCut: isCrowded || this.#sessions.size >= this.#maxSessions + FAREWELL_SESSIONS,
      };
    }
    if (isCrowded) {
      const many = isAllCrowded ? `${this.#pending.size}` : `${counts.pending} from ${address}`;
      return {
        refused: 'pending-limit',
        description: `too many connections that have not begun anything: ${many}`,
        isCut: true,
      };
    }
    if (sessionsPerAddress !== null && counts.all >= sessionsPerAddress) {
      return {
        refused: 'address-limit',
        description: `there are already ${counts.all} sessions from your address, more are not allowed`,
        isCut: false,
      };
    }
    return undefined;
  }

  /** Takes a session in; it is pending until {@link accept}. */
  add(session: T): void {
    this.#sessions.add(session);
    this.#pending.add(session);
    const counts = this.#countsOf(session);
    counts.all++;
    counts.pending++;
  }

  /** The session was accepted to publish or play. */
  accept(session: T): void {
    if (this.#pending.delete(session)) this.#countsOf(session).pending--;
  }

  /** @returns whether it was there */
  remove(session: T): boolean {
    if (!this.#sessions.delete(session)) return false;
    this.accept(session);
    const counts = this.#countsOf(session);
    counts.all--;
    if (counts.all === 0) this.#groups.delete(addressGroup(session.address));
    return true;
  }

  #countsOf({ address }: T): Counts {
    const group = addressGroup(address);
    let counts = this.#groups.get(group);
    if (counts === undefined) {
      counts = { all: 0, pending: 0 };
      this.#groups.set(group, counts);
    }
    return counts;
  }
}
