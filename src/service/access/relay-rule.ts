import { NetworkList } from '../../config/networks.ts';
import { prove } from './credentials/prove.ts';
import type { RuleBook } from './credentials/rule-book.ts';
import type { WrittenRule } from './credentials/written-rule.ts';
import { type AccessRule, noOpinion, type Opinion, type Question } from './rule.ts';

const believed: Opinion = { says: 'nothing', believesPath: true };

/**
 * Who says that it is a relay is believed where the first of the operator's rules about that says so; what others say of it counts as
 * not said.
 * @param networks - whose peers are believed where no rule is about it
 */
export function relayRule(book: RuleBook, networks: readonly string[]): AccessRule {
  const relays = new NetworkList(networks);
  return {
    name: 'relays',
    judge(question, signal) {
      if (!question.claimsPath) return noOpinion;
      const rule = book.find('relay', question.key);
      if (rule === undefined) return relays.contains(question.address) ? believed : noOpinion;
      if (rule.objectionTo(question) !== undefined) return noOpinion;
      return rule.verifiers.length === 0 ? believed : believe(rule, question, signal);
    },
  };
}

/** A relay that has no proof may play as anybody may: what it shows may be meant for that, and is no try to guess. */
async function believe(rule: WrittenRule, question: Question, signal: AbortSignal): Promise<Opinion> {
  const { is, verdict } = await prove(rule, { ...question, verb: 'relay' }, signal);
  if (is !== 'proven') return noOpinion;
  const { rename, ...terms } = verdict;
  return { ...terms, ...believed };
}
