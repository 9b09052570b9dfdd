import { QueryParameters } from '../../../credentials/query-parameters.ts';
import type { Challenge, Refusal } from '../../../session/access.ts';
import type { Opinion, Question } from '../rule.ts';
import type { Proof } from './verifier.ts';
import type { WrittenRule } from './written-rule.ts';

/** What comes of all that somebody shows: enough, too little, or what whoever guesses shows. */
export type ProvingOutcome =
  | { readonly is: 'proven'; readonly verdict: Opinion }
  | { readonly is: 'lacking'; readonly verdict: Refusal | Challenge }
  | { readonly is: 'guessed'; readonly verdict: Refusal };

/** What the log calls a stream whose name may be nearly a secret. */
const HIDDEN = '***';

/** Looks at everything that a rule may take for a proof. One is enough; what is wrong weighs more than what is not shown. */
export async function prove(
  rule: WrittenRule,
  question: Question,
  signal: AbortSignal,
): Promise<ProvingOutcome> {
  const shown = new QueryParameters(question.query);
  const twice = rule.parameters.find((name) => shown.isDuplicated(name));
  if (twice !== undefined) return lacking(rule, `the parameter ${twice} stands in the URL more than once`);
  let wrong: Extract<Proof, { is: 'wrong' }> | undefined;
  for (const verifier of rule.verifiers) {
    const proof = await verifier.verify(question, shown, signal);
    if (proof.is === 'proven') {
      const { is, ...terms } = proof;
      return { is, verdict: { says: 'allow', isProof: true, ...terms } };
    }
    // what has expired is genuine: then nobody was guessing
    if (proof.is === 'wrong' && (wrong === undefined || !proof.isFailure)) wrong = proof;
  }
  if (wrong?.isFailure) return { is: 'guessed', verdict: refusal(rule, 'credentials', wrong.description) };
  if (wrong !== undefined)
    return { is: 'lacking', verdict: refusal(rule, wrong.refused ?? 'expired', wrong.description) };
  const challenge = challengeOf(rule, question);
  if (challenge !== undefined) return { is: 'lacking', verdict: challenge };
  const nothing = lacking(rule, wanted(rule));
  return rule.hidesKeys ? { ...nothing, is: 'guessed' } : nothing; // every stream key is a try where keys are secret
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

function lacking(rule: WrittenRule, description: string): { is: 'lacking'; verdict: Refusal } {
  return { is: 'lacking', verdict: refusal(rule, 'credentials', description) };
}

function refusal(rule: WrittenRule, refused: 'credentials' | 'expired', description: string): Refusal {
  return { refused, description, ...(rule.hidesKeys ? { stream: HIDDEN } : {}) };
}
