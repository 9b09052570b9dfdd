import { withoutPermit } from '../../../credentials/permit.ts';
import { isRefusal, type Refusal } from '../../../session/access.ts';
import type { CredentialCheck } from '../credentials/credential-check.ts';
import type { RuleBook } from '../credentials/rule-book.ts';
import { type AccessRule, isList, type Question, type RuleVerdict, type SettingsRule } from '../rule.ts';
import type { PermitCheck } from './permit-check.ts';

const askTheHouse: Refusal = {
  refused: 'credentials',
  description: 'this server takes only whom its house sends: ask the house for this stream',
};

/**
 * Whoever has a permit of the house need show nothing else. From where the operator's rules let nobody in, they do not let in with a
 * permit either.
 * @param rules - decide about whoever has none that is good, unless a permit is the only way in
 * @param check - looks at what is shown
 */
export function permitRule(
  permits: PermitCheck,
  book: RuleBook,
  rules: AccessRule,
  check: CredentialCheck,
): AccessRule {
  return {
    name: 'permits',
    judge(question, signal) {
      if (!isOfPeer(question)) return rules.judge(question, signal);
      // a permit is for one stream, and a list has many: none is looked at a thousand times
      if (permits.isShown(question.query) && !isList(question)) return judgeShown(question, signal);
      return permits.isOnlyWay ? askTheHouse : rules.judge(question, signal);
    },
  };

  async function judgeShown(question: Question & OfPeer, signal: AbortSignal): Promise<RuleVerdict> {
    const { verb, key, intent } = question;
    const said = await check.lookAt(question, intent !== 'again', () => permits.look(question), signal);
    // the secret name of a stream shall not become that of a stream
    if (!isRefusal(said) && book.publicKeyOf(key) === key)
      return book.find(verb, key)?.objectionTo(question) ?? said;
    if (permits.isOnlyWay) return isRefusal(said) ? said : askTheHouse;
    const other = await rules.judge(question, signal);
    // what is wrong with what was shown says more than what else there is to show
    return isRefusal(said) && isRefusal(other) ? said : other;
  }
}

/**
 * Where a permit is the only way in: what it says of those of whom nothing is known that they have shown.
 * @param rules - decide about what no permit is for
 */
export function unpermitted(rules: SettingsRule): SettingsRule {
  return {
    name: 'permits',
    judge: (question) => (isOfPeer(question) ? askTheHouse : rules.judge(question)),
  };
}

/** A rule that is told nothing of permits, for others ask for it. */
export function withoutPermits(rule: AccessRule): AccessRule {
  return {
    ...rule,
    judge: (question, signal) => rule.judge({ ...question, query: withoutPermit(question.query) }, signal),
  };
}

interface OfPeer {
  readonly verb: 'publish' | 'play';
}

function isOfPeer<Q extends Pick<Question, 'verb'>>(question: Q): question is Q & OfPeer {
  return question.verb === 'publish' || question.verb === 'play';
}
