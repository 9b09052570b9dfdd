import type { PullSource } from '../../config/stream-settings.ts';
import type { Refusal } from '../../session/access.ts';
import type { PullSlots } from './pull-slots.ts';
import { type AccessRule, noOpinion, type Opinion } from './rule.ts';

/** Whoever plays a stream that is pulled on demand holds its slot among the pulls until the play is over. */
export function pullRule(pullOf: (key: string) => PullSource | undefined, slots: PullSlots): AccessRule {
  const leaseOf = (key: string): Opinion => ({
    says: 'nothing',
    lease: { release: () => slots.note(key, 'released') },
  });
  return {
    name: 'pulls',
    judge({ verb, key, address, path, intent }) {
      if (verb !== 'play' || intent === 'again' || pullOf(key)?.start !== 'onDemand') return noOpinion;
      if (intent === 'look') return slots.look(key) ?? noOpinion;
      // a relay asks for many players, whose share is limited where they ask
      const answer = slots.take(key, path.length > 0 ? undefined : address);
      const verdict = (refusal: Refusal | undefined) => refusal ?? leaseOf(key);
      return answer instanceof Promise ? answer.then(verdict) : verdict(answer);
    },
  };
}
