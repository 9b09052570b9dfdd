import type { Session, SessionActivity } from '../../session/session.ts';

/** A session, as far as it takes to find it and end it. */
export type KickableSession = Pick<Session, 'id' | 'address' | 'isOpen' | 'activities' | 'dismiss'>;

/** Which sessions are meant: those for which everything holds that is given, at least one thing. */
export interface KickFilter {
  readonly session?: string | undefined;
  /** Of a stream that it publishes, plays or waits for. */
  readonly key?: string | undefined;
  /** Normalized. */
  readonly address?: string | undefined;
  readonly identity?: string | undefined;
  /** The label `uid` of its URL. */
  readonly uid?: string | undefined;
}

/** Who is at the other end of a session. */
export interface SessionOwner {
  /** Normalized. */
  readonly address: string;
  /** Those that it has proven. */
  readonly identities: readonly string[];
}

/** The sessions that a filter matches, without those that are being let go already. */
export function matchingSessions<S extends KickableSession>(
  sessions: Iterable<S>,
  { session, key, address, identity, uid }: KickFilter,
): S[] {
  const isByActivity = (key ?? identity ?? uid) !== undefined;
  const isMeant = (activity: SessionActivity): boolean =>
    (key ?? activity.key) === activity.key &&
    (identity ?? activity.identity) === activity.identity &&
    (uid === undefined || activity.uid === uid);
  const does = (one: S): boolean => {
    for (const activity of one.activities()) if (isMeant(activity)) return true;
    return false;
  };
  return [...sessions].filter(
    (one) =>
      one.isOpen &&
      (session ?? one.id) === one.id &&
      (address ?? one.address) === one.address &&
      (!isByActivity || does(one)),
  );
}

/** Who has these sessions. */
export function ownersOf(sessions: readonly KickableSession[]): SessionOwner[] {
  return sessions.map((session) => {
    const identities = new Set<string>();
    for (const { identity } of session.activities()) if (identity !== undefined) identities.add(identity);
    return { address: session.address, identities: [...identities] };
  });
}

/** Ends sessions, whatever they do or wait for, with a word to each peer. */
export function kickSessions(sessions: readonly KickableSession[], reason: string): void {
  for (const session of sessions) {
    for (const activity of [...session.activities()]) activity.revoke(reason, 'kicked');
    session.dismiss(reason);
  }
}
