import type { Session } from '../../../session/session.ts';
import { type Clock, every } from '../../../stream/clock.ts';

/** How often those are asked who have begun to play meanwhile, milliseconds. */
const ASK_MS = 500;

/** The server where the client is already, as it has written it: who connects there comes to the successor. */
const SAME_SERVER = '.';

/**
 * Asks each relay that plays here to connect to the same address again, which leads to the successor: it opens the new connection before
 * it leaves the old one. Whoever has come by HTTP may still be about to ask for something, and is left alone. Ends with the last session.
 */
export function inviteRelays(clock: Clock, sessions: () => Iterable<Session>): void {
  const asked = new WeakSet<Session>();
  const ask = (): void => {
    let count = 0;
    for (const session of [...sessions()]) {
      count++;
      const isNew = session.protocol.startsWith('rtmp') && !asked.has(session);
      if (isNew && session.askToReconnect(SAME_SERVER)) asked.add(session);
    }
    if (count === 0) stop();
  };
  const stop = every(clock, ASK_MS, ask);
  ask();
}
