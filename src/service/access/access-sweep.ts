import type { Refusal } from '../../session/access.ts';
import type { Session, SessionActivity } from '../../session/session.ts';
import { type Clock, every } from '../../stream/clock.ts';
import type { Recheck } from './recheck.ts';

/** How often it is looked whose time is over, milliseconds. */
const SWEEP_MS = 1000;

/** A session, as far as it takes to find what it does and end that. */
export type RevocableSession = Pick<Session, 'address' | 'activities'>;

/** Says why what somebody does is not allowed, if it is not. @param address - of the peer */
export type Objection = (what: Pick<SessionActivity, 'verb' | 'key'>, address: string) => Refusal | undefined;

/**
 * Ends what new settings do not allow any more, with the reason.
 * @param proven - takes what goes by what was shown, which is asked again instead; or what there is against that, where it holds as before
 */
export function revokeForbidden(
  sessions: Iterable<RevocableSession>,
  objectionTo: Objection,
  proven: Recheck | Objection,
): void {
  for (const session of [...sessions]) {
    for (const activity of [...session.activities()]) {
      const isGranted = activity.key !== ''; // else it is judged yet, or about no stream
      if (activity.isProven && typeof proven !== 'function') proven.add(activity);
      else if (isGranted) {
        const judge = activity.isProven && typeof proven === 'function' ? proven : objectionTo;
        const objection = judge(activity, session.address);
        if (objection !== undefined) activity.revoke(objection.description);
      }
    }
  }
}

/**
 * Ends activities whose time is over, within a second, and asks again about those for which it is time.
 * @param granted - those whose time ends or that are asked again; no others, or each of many players costs something every second
 * @returns a function that stops it
 */
export function sweepAccess(clock: Clock, granted: Iterable<SessionActivity>, recheck: Recheck): () => void {
  return every(clock, SWEEP_MS, () => {
    const now = clock.now();
    const over: SessionActivity[] = [];
    for (const activity of granted) {
      if (activity.until <= now) over.push(activity);
      else if (activity.recheckAt !== undefined && activity.recheckAt <= now) recheck.add(activity);
    }
    for (const activity of over) activity.revoke('your access has expired');
  });
}
