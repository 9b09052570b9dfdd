/**
 * How the verdicts of several rules become one. In whatever order they come:
 * - any refusal wins, else any challenge, the first one where there are several;
 * - at least one rule has to allow it;
 * - the earliest end holds, and of each limit the smallest number;
 * - what any rule wants asked again is asked again, as often as the most impatient one wants it;
 * - a path is believed if any rule believes it.
 *
 * Identity and new name are those of the first rule that gives one.
 */
import { type Challenge, isChallenge, isRefusal, type Refusal } from '../../session/access.ts';
import type { Opinion, RuleVerdict } from './rule.ts';

/** What the opinions of several rules come to. */
export interface Terms {
  /** Infinite where nothing ends it. */
  readonly until: number;
  readonly identity: string | undefined;
  readonly limits: Readonly<Record<string, number>>;
  readonly rename: string | undefined;
  /** After how long to ask again, milliseconds; infinite where only new settings are a reason to, undefined where none is. */
  readonly recheckMs: number | undefined;
  readonly believesPath: boolean;
}

/** The one verdict of all rules; a refusal when none of them allows. */
export function combineVerdicts(verdicts: readonly RuleVerdict[]): Terms | Refusal | Challenge {
  const refusal = verdicts.find(isRefusal);
  if (refusal !== undefined) return refusal;
  const challenge = verdicts.find(isChallenge);
  if (challenge !== undefined) return challenge;
  const opinions = verdicts.filter(isOpinion);
  if (opinions.some(({ says }) => says === 'allow')) return combineOpinions(opinions);
  return nobodyAllows;
}

/** What they say together, whether or not any of them allows. */
export function combineOpinions(opinions: readonly Opinion[]): Terms {
  const limits: Record<string, number> = {};
  for (const opinion of opinions) {
    if (opinion.limits === undefined) continue;
    for (const [name, most] of Object.entries(opinion.limits))
      limits[name] = Math.min(limits[name] ?? most, most);
  }
  return {
    until: Math.min(...opinions.map(({ until = Number.POSITIVE_INFINITY }) => until)),
    identity: opinions.find(({ identity }) => identity !== undefined)?.identity,
    limits,
    recheckMs: recheckOf(opinions),
    rename: opinions.find(({ rename }) => rename !== undefined)?.rename,
    believesPath: opinions.some(({ believesPath }) => believesPath),
  };
}

function recheckOf(opinions: readonly Opinion[]): number | undefined {
  const proofs = opinions.filter(({ isProof, recheckMs }) => isProof || recheckMs !== undefined);
  if (proofs.length === 0) return undefined;
  return Math.min(...proofs.map(({ recheckMs = Number.POSITIVE_INFINITY }) => recheckMs));
}

/** Whether a rule has nothing against the request. */
export function isOpinion(verdict: RuleVerdict): verdict is Opinion {
  return 'says' in verdict;
}

const nobodyAllows: Refusal = { refused: 'access', description: 'no rule of the server allows this' };
