import type { Refusal } from '../../session/access.ts';
import { type AccessRule, noOpinion, type RuleVerdict } from './rule.ts';

/** Whether a play has to wait for its stream: the stream is `there`, the play now `waits`, or it may not. */
export type WaitingAnswer = 'there' | 'waits' | Refusal;

/** Counts the plays that wait for their streams, those of the whole relay, however many threads it has. */
export interface WaitingPlaces {
  /** @param session - whose play it is */
  take(key: string, session: string): WaitingAnswer | Promise<WaitingAnswer>;
  /** A play of this session that `waits` does so no more. */
  leave(session: string): void;
}

/** Whoever plays a stream that is not there has a place among those who wait, until it comes or the play is over. */
export function waitingRule(places: WaitingPlaces): AccessRule {
  const verdictOf = (answer: WaitingAnswer, session: string): RuleVerdict => {
    if (answer === 'there') return noOpinion;
    if (answer !== 'waits') return answer;
    let isWaiting = true;
    const endWait = (): void => {
      if (isWaiting) places.leave(session);
      isWaiting = false;
    };
    return { says: 'nothing', lease: { endWait, release: endWait } };
  };
  return {
    name: 'waiting players',
    judge({ verb, key, session, path, intent }) {
      // a relay asks for many players, who are counted where they ask
      if (verb !== 'play' || intent !== 'begin' || path.length > 0) return noOpinion;
      const answer = places.take(key, session);
      return answer instanceof Promise
        ? answer.then((late) => verdictOf(late, session))
        : verdictOf(answer, session);
    },
  };
}
