import { bugText } from '../../errors.ts';
import type { Log } from '../../log.ts';
import { type Grant, isChallenge, isRefusal, type Verdict } from '../../session/access.ts';
import type { SessionActivity } from '../../session/session.ts';
import type { Clock } from '../../stream/clock.ts';
import { redactionOf } from '../../url-secrets.ts';
import type { Followers } from '../followers.ts';

/** A connection to another server that a stream is to be pulled from or forwarded to. */
export interface OutgoingWish {
  readonly verb: 'pull' | 'forward';
  readonly key: string;
  /** Without placeholders. */
  readonly url: string;
}

/** Says whether a connection to another server may be opened; never before it has returned. @param signal - nobody waits any more */
export type MayOpen = (wish: OutgoingWish, signal: AbortSignal) => Promise<Verdict>;

/** Who is asked about connections to other servers. */
export interface OutgoingAccess {
  readonly mayOpen: MayOpen;
  /** What was granted and not given back; whoever holds this ends what is over. */
  readonly granted: Set<SessionActivity>;
}

/** What whatever opens connections to other servers needs of the relay. */
export interface OutgoingHost {
  readonly clock: Clock;
  readonly log: Log;
  readonly relayId: string;
  /** URLs whose secrets servers may repeat, besides that of the connection itself. */
  readonly secretUrls?: (() => readonly string[]) | undefined;
  /** Asked before each connection; without it every one may be opened. */
  readonly access?: OutgoingAccess | undefined;
  /** Told when a stream begins to come or go by a connection, and when it does no more. */
  readonly followers?: Followers | undefined;
}

/** What comes of asking. */
export interface PermissionEvents {
  onGranted(): void;
  /** It may not be opened, or not be kept open any longer. */
  onRefused(description: string): void;
}

/**
 * Asks whether a connection may be opened. Where nobody is to be asked the answer is yes, and at once.
 * @returns gives back what was granted, or takes the question back; no event follows
 */
export function askPermission(
  { access, log }: Pick<OutgoingHost, 'access' | 'log'>,
  wish: OutgoingWish,
  events: PermissionEvents,
): () => void {
  const leaving = new AbortController();
  const { signal } = leaving;
  const onGrant = (grant: Grant): void => {
    const { until, identity } = grant;
    const { verb, key } = wish;
    const activity = { verb, key, identity, until, revoke: (reason: string) => events.onRefused(reason) };
    access?.granted.add(activity);
    signal.addEventListener('abort', () => {
      access?.granted.delete(activity);
      grant.release();
    });
    events.onGranted();
  };
  const onVerdict = (verdict: Verdict): void => {
    const isGrant = !isRefusal(verdict) && !isChallenge(verdict);
    if (isGrant && signal.aborted) verdict.release();
    else if (isGrant) onGrant(verdict);
    else if (!signal.aborted) events.onRefused(verdict.description);
  };
  if (access === undefined) events.onGranted();
  else {
    access
      .mayOpen(wish, signal)
      .then(onVerdict, (error: unknown) => {
        if (!signal.aborted) events.onRefused(`access control failed: ${String(error)}`);
      })
      .catch((error: unknown) => {
        log.error('bug', redactionOf([wish.url]).hide(bugText(error)));
        if (!signal.aborted) events.onRefused('the relay failed to open the connection');
      });
  }
  return () => leaving.abort();
}
