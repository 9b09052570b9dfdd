import { QueryParameters } from '../../../credentials/query-parameters.ts';
import type { Challenge, Refusal, RefusalReason } from '../../../session/access.ts';
import { isList, type Opinion, type Question } from '../rule.ts';
import type { Proof, ProofQuestion } from './verifier.ts';
import type { WrittenRule } from './written-rule.ts';

/** What comes of all that somebody shows: enough, too little, or what whoever guesses shows. */
export type ProvingOutcome =
  | { readonly is: 'proven'; readonly verdict: Opinion }
  | { readonly is: 'lacking'; readonly verdict: Refusal | Challenge }
  | { readonly is: 'guessed'; readonly verdict: Refusal };

/** As much of a rule as proofs are about. */
export type ProvableRule = Pick<WrittenRule, 'verifiers' | 'parameters' | 'hidesKeys' | 'wanted'>;

/** What the log calls a stream whose name may be nearly a secret. */
export const HIDDEN = '***';

/** Looks at everything that a rule may take for a proof. One is enough; what is wrong weighs more than what is not shown. */
export async function prove(
  rule: ProvableRule,
  question: ProofQuestion,
  signal: AbortSignal,
): Promise<ProvingOutcome> {
  const shown = new QueryParameters(question.query);
  const twice = rule.parameters.find((name) => shown.isDuplicated(name));
  if (twice !== undefined) return lacking(rule, `the parameter ${twice} stands in the URL more than once`);
  let isStale = false;
  let wrong: Extract<Proof, { is: 'wrong' }> | undefined;
  let unchecked: Extract<Proof, { is: 'unchecked' }> | undefined;
  for (const verifier of rule.verifiers) {
    const proof = await verifier.verify(question, shown, signal);
    if (proof.is === 'proven') {
      const { is, ...terms } = proof;
      return { is, verdict: { says: 'allow', isProof: true, ...terms } };
    }
    if (proof.is === 'unchecked') unchecked = proof;
    if (proof.is === 'stale') isStale = true;
    // what has expired is genuine: then nobody was guessing
    if (proof.is === 'wrong' && (wrong === undefined || !proof.isFailure)) wrong = proof;
  }
  if (unchecked !== undefined)
    return { is: 'lacking', verdict: refusal(rule, unchecked.refused, unchecked.description) };
  const challenges = challengesOf(rule, question, isStale);
  const mayAsk = challenges.length > 0 ? { challenges } : {};
  if (isStale)
    return { is: 'lacking', verdict: { challenges, description: 'shown too late, or twice: show it again' } };
  if (wrong !== undefined) {
    const { isFailure, description, refused = isFailure ? 'credentials' : 'expired' } = wrong;
    const verdict = { ...refusal(rule, refused, description), ...mayAsk };
    return { is: isFailure ? 'guessed' : 'lacking', verdict };
  }
  if (challenges.length > 0) return { is: 'lacking', verdict: { challenges, description: rule.wanted } };
  const nothing = lacking(rule, rule.wanted);
  return showsKey(rule, question) ? { ...nothing, is: 'guessed' } : nothing;
}

/** Every stream key is a try where keys are secret, but for those that the relay itself lists. */
export function showsKey(
  { hidesKeys }: Pick<WrittenRule, 'hidesKeys'>,
  question: Pick<Question, 'intent' | 'session'>,
): boolean {
  return hidesKeys && !isList(question);
}

/** Only HTTP can ask once more: these are spoken in it. */
const askedByHttp: ReadonlySet<string> = new Set(['http-flv', 'asf-http', 'mmsh']);

function challengesOf(
  { verifiers }: ProvableRule,
  question: ProofQuestion,
  isStale: boolean,
): readonly string[] {
  if (!askedByHttp.has(question.protocol) && question.verb !== 'operate') return [];
  return verifiers.flatMap((verifier) => verifier.challenges?.(question, isStale) ?? []);
}

function lacking(rule: ProvableRule, description: string): { is: 'lacking'; verdict: Refusal } {
  return { is: 'lacking', verdict: refusal(rule, 'credentials', description) };
}

function refusal(rule: ProvableRule, refused: RefusalReason, description: string): Refusal {
  return { refused, description, ...(rule.hidesKeys ? { stream: HIDDEN } : {}) };
}
