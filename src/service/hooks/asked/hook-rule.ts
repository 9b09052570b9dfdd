import { printable } from '../../../log.ts';
import type { Refusal } from '../../../session/access.ts';
import type { Clock } from '../../../stream/clock.ts';
import { displayUrl } from '../../../url-secrets.ts';
import { type AccessRule, isList, noOpinion, type Opinion } from '../../access/rule.ts';
import type { HeldAnswer } from './answer-store.ts';
import type { Asked, HookAsker } from './hook-asker.ts';
import { type HookQuestion, hookQuestionOf } from './hook-question.ts';

/** What a person is told is at most this long, characters. */
const MAX_MESSAGE = 200;

/** After this, what goes on without an answer is asked about again, where nothing else is said, milliseconds. */
const SOON_MS = 60_000;

/**
 * Whoever connects, publishes or plays is judged by the hook that is asked about that, and by all rules under the name that it gives.
 * @param publicQuery - takes what rules take as credentials out of a query
 */
export function hookRule(asker: HookAsker, publicQuery: (query: string) => string, clock: Clock): AccessRule {
  return {
    name: asker.name,
    renamesForAll: true,
    judge(question, signal) {
      const { verb, key } = question;
      if (verb === 'pull' || verb === 'forward' || verb === 'operate' || !asker.isAbout(verb, key))
        return noOpinion;
      const asked = hookQuestionOf(question, publicQuery);
      if (asked === undefined) return noOpinion;
      if (isList(question)) {
        // the hook is not asked a thousand questions for one
        const known = asker.known(asked);
        return known === undefined ? unlisted : verdictOf(asker, known, clock);
      }
      return asker.ask(asked, signal).then((said) => judged(asker, asked, said, clock));
    },
  };
}

const unlisted: Refusal = {
  refused: 'hook',
  description: 'only whoever plays it is told whether that is allowed',
};

const unavailable: Refusal = {
  refused: 'hook-unavailable',
  description: 'the server cannot find out now whether this is allowed: try again later',
};

function judged(asker: HookAsker, question: HookQuestion, said: Asked, clock: Clock): Opinion | Refusal {
  if (!('unavailable' in said)) return verdictOf(asker, said, clock);
  const { onUnavailable, recheckMs } = asker.settings;
  // who is in stays in for a while, and is asked about again
  const isIn = question.event === 'recheck';
  const last = isIn || onUnavailable === 'last-answer' ? asker.lastAnswer(question) : undefined;
  if (last !== undefined) return verdictOf(asker, last, clock);
  if (onUnavailable !== 'allow') return unavailable;
  return recheckMs === null ? noOpinion : { says: 'nothing', recheckMs: Math.min(recheckMs, SOON_MS) };
}

function verdictOf({ settings }: HookAsker, { answer, until }: HeldAnswer, clock: Clock): Opinion | Refusal {
  const { allow, redirect, rename, identity, limits, recheckMs = settings.recheckMs } = answer;
  const message = answer.message === undefined ? '' : printable(answer.message, MAX_MESSAGE);
  if (redirect !== undefined) {
    return { refused: 'redirected', description: message || `it is at ${displayUrl(redirect)}`, redirect };
  }
  if (!allow) return { refused: 'hook', description: message || 'the server does not allow this' };
  if (until <= clock.now()) return { refused: 'expired', description: message || 'your access has expired' };
  return {
    says: 'nothing',
    ...(until === Number.POSITIVE_INFINITY ? {} : { until }),
    ...(identity === undefined ? {} : { identity }),
    ...(limits === undefined ? {} : { limits }),
    ...(rename === undefined ? {} : { rename }),
    ...(recheckMs === null ? {} : { recheckMs }),
  };
}
