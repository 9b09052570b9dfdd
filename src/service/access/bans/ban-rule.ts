import { type AccessRule, noOpinion } from '../rule.ts';
import type { BanCheck } from './ban-ledger.ts';

/**
 * Lets nobody begin anything who is banned, by address or by the identity that the rules before this one have found. What goes on
 * already is not its business.
 */
export function banRule(bans: BanCheck): AccessRule {
  return {
    name: 'bans',
    judge({ verb, intent, address, identity }) {
      const isOwn = verb === 'pull' || verb === 'forward' || verb === 'operate';
      if (isOwn || intent === 'again') return noOpinion;
      return bans.objectionTo(address, identity) ?? noOpinion;
    },
  };
}
