import { QueryParameters } from '../../../credentials/query-parameters.ts';
import type { Challenge, Refusal } from '../../../session/access.ts';
import type { AccessRule, Opinion, Question, RuleVerdict, SettingsRule } from '../rule.ts';
import type { RuleBook } from './rule-book.ts';
import type { Proof } from './verifier.ts';
import type { WrittenRule } from './written-rule.ts';

const allowed: Opinion = { says: 'allow' };
const allowedByOrigin: Opinion = { says: 'allow', isProof: true };

const nothingKnown: Refusal = {
  refused: 'credentials',
  description: 'the rules of this server have changed: connect again, and show what they ask for',
};

/** What somebody asked for who was refused, where its name may be nearly a secret. */
const HIDDEN = '***';

/**
 * Publishing and playing are decided by the first of the operator's rules that is about them.
 * @param lists - decides where none is
 */
export function writtenRules(book: RuleBook, lists: AccessRule): AccessRule {
  return {
    name: 'rules',
    judge(question, signal) {
      const rule = ruleOf(book, question);
      if (rule === undefined) return lists.judge(question, signal);
      const objection = rule.objectionTo(question);
      if (objection !== undefined) return objection;
      if (rule.verifiers.length > 0) return prove(rule, question, signal);
      return rule.goesByShown ? allowedByOrigin : allowed;
    },
  };
}

/**
 * The same about those of whom nothing is known that they have shown: rules that go by that are against them.
 * @param lists - decides where none is about it
 */
export function unprovenRules(book: RuleBook, lists: SettingsRule): SettingsRule {
  return {
    name: 'rules',
    judge(question) {
      const rule = ruleOf(book, question);
      if (rule === undefined) return lists.judge(question);
      const objection = rule.objectionTo({ ...question, origin: undefined });
      return objection ?? (rule.goesByShown ? nothingKnown : allowed);
    },
  };
}

function ruleOf(book: RuleBook, { verb, key }: Pick<Question, 'verb' | 'key'>): WrittenRule | undefined {
  return verb === 'publish' || verb === 'play' ? book.find(verb, key) : undefined;
}

/** One proof is enough; what is shown and wrong weighs more than what is not shown. */
async function prove(rule: WrittenRule, question: Question, signal: AbortSignal): Promise<RuleVerdict> {
  const shown = new QueryParameters(question.query);
  const twice = rule.verifiers
    .flatMap(({ parameters }) => parameters)
    .find((name) => shown.isDuplicated(name));
  if (twice !== undefined) return refuse(rule, `the parameter ${twice} stands in the URL more than once`);
  let wrong: Extract<Proof, { is: 'wrong' }> | undefined;
  for (const verifier of rule.verifiers) {
    const proof = await verifier.verify(question, shown, signal);
    if (proof.is === 'proven') {
      const { is, ...terms } = proof;
      return { says: 'allow', isProof: true, ...terms };
    }
    // what has expired is genuine: then nobody was guessing
    if (proof.is === 'wrong' && (wrong === undefined || !proof.isFailure)) wrong = proof;
  }
  if (wrong !== undefined)
    return refuse(rule, wrong.description, wrong.isFailure ? 'credentials' : 'expired');
  return challengeOf(rule, question) ?? refuse(rule, wanted(rule));
}

function challengeOf({ verifiers }: WrittenRule, question: Question): Challenge | undefined {
  for (const verifier of verifiers) {
    const challenge = verifier.challenge?.(question);
    if (challenge !== undefined) return challenge;
  }
  return undefined;
}

function wanted({ verifiers }: WrittenRule): string {
  return `this needs ${[...new Set(verifiers.map(({ wants }) => wants))].join(' or ')}`;
}

function refuse(
  rule: WrittenRule,
  description: string,
  refused: 'credentials' | 'expired' = 'credentials',
): Refusal {
  return { refused, description, ...(rule.hidesKeys ? { stream: HIDDEN } : {}) };
}
