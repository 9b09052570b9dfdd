import type { Join } from '../../src/service/access/joining/join.ts';

/** What of a join a test cares about. */
export type JoinWish = Partial<Join>;

/** A play of live/a from a documentation address. */
export function joinOf(join: JoinWish = {}): Join {
  const { verb = 'play', key = 'live/a', session = 's1', address = '192.0.2.1' } = join;
  const { identity, clientId, limits = {}, isRelay = false, isPulled = false, mayWait = false } = join;
  return { verb, key, session, address, identity, clientId, limits, isRelay, isPulled, mayWait };
}
