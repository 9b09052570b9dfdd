import type { Session, SessionRole } from '../../session/session.ts';
import type { Clock } from '../../stream/clock.ts';
import { SessionLimits } from './session-limits.ts';

/** What is counted by role and protocol. */
export interface SessionCount {
  readonly role: SessionRole;
  readonly protocol: string;
  readonly count: number;
}

/** All sessions of a thread, with what they are and what they have carried. */
export class SessionTable extends SessionLimits<Session> {
  /** Bytes of sessions that are gone, by protocol. */
  readonly #goneBytes = new Map<string, { received: number; sent: number }>();
  readonly #waiting = new Set<() => void>();

  override remove(session: Session): boolean {
    const wasThere = super.remove(session);
    if (wasThere) {
      const gone = this.#bytesOf(session.protocol);
      gone.received += session.receivedBytes;
      gone.sent += session.sentBytes;
    }
    if (this.size === 0) for (const wake of this.#waiting) wake();
    return wasThere;
  }

  /** Resolves when there is no session any more, at the latest after `ms` milliseconds. */
  emptied(clock: Clock, ms: number): Promise<void> {
    if (this.size === 0) return Promise.resolve();
    return new Promise((resolve) => {
      const wake = (): void => {
        stopWaiting();
        this.#waiting.delete(wake);
        resolve();
      };
      const stopWaiting = clock.after(ms, wake);
      this.#waiting.add(wake);
    });
  }

  /** How many sessions there are of each role and protocol. */
  counts(): SessionCount[] {
    const counts = new Map<string, { role: SessionRole; protocol: string; count: number }>();
    for (const { role, protocol } of this.sessions()) {
      const key = `${role} ${protocol}`;
      const entry = counts.get(key) ?? { role, protocol, count: 0 };
      entry.count++;
      counts.set(key, entry);
    }
    return [...counts.values()];
  }

  /** Bytes received and sent by protocol since the start, sessions that are gone included. */
  bytes(): Map<string, { received: number; sent: number }> {
    const totals = new Map([...this.#goneBytes].map(([protocol, bytes]) => [protocol, { ...bytes }]));
    for (const { protocol, receivedBytes, sentBytes } of this.sessions()) {
      const total = totals.get(protocol) ?? { received: 0, sent: 0 };
      total.received += receivedBytes;
      total.sent += sentBytes;
      totals.set(protocol, total);
    }
    return totals;
  }

  #bytesOf(protocol: string): { received: number; sent: number } {
    let bytes = this.#goneBytes.get(protocol);
    if (bytes === undefined) {
      bytes = { received: 0, sent: 0 };
      this.#goneBytes.set(protocol, bytes);
    }
    return bytes;
  }
}
