/**
 * How the verdicts of several rules become one. In whatever order they come:
 * - any refusal wins, else any challenge, the first one where there are several;
 * - at least one rule has to allow it;
 * - the earliest end holds, and of each limit the smallest number;
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
    for (const [name, most] of Object.entries(opinion.limits ?? {}))
      limits[name] = Math.min(limits[name] ?? most, most);
  }
  return {
    until: Math.min(...opinions.map(({ until = Number.POSITIVE_INFINITY }) => until)),
    identity: opinions.find(({ identity }) => identity !== undefined)?.identity,
    limits,
    rename: opinions.find(({ rename }) => rename !== undefined)?.rename,
    believesPath: opinions.some(({ believesPath }) => believesPath),
  };
}

/** Whether a rule has nothing against the request. */
export function isOpinion(verdict: RuleVerdict): verdict is Opinion {
  return 'says' in verdict;
}

const nobodyAllows: Refusal = { refused: 'access', description: 'no rule of the server allows this' };
