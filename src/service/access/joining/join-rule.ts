import type { PullSource } from '../../../config/stream-settings.ts';
import { isRefusal, type Refusal } from '../../../session/access.ts';
import { type AccessRule, noOpinion, type Question, type RuleVerdict } from '../rule.ts';
import type { Join, Joined, JoinPlaces } from './join.ts';
import type { SentSweep } from './sent-sweep.ts';
import type { ShareList } from './share-list.ts';

/** What the rule goes by. */
export interface JoinRuleParts {
  readonly places: JoinPlaces;
  /** What this thread sends to those who hold shares. */
  readonly sent: Pick<SentSweep, 'add' | 'remove'>;
  /** What counts where, by the settings. */
  readonly shares: ShareList;
  pullOf(key: string): PullSource | undefined;
  /** Whether the stream is in this thread now. */
  isHere(key: string): boolean;
  /** Why the stream cannot be pulled, as far as that is known without asking another thread. */
  look(key: string): Refusal | undefined;
}

/** Whoever publishes, or plays a stream or a recording, takes what it needs of what all threads share: asked for at once, and only where it needs anything. */
export function joinRule(parts: JoinRuleParts): AccessRule {
  let lastId = 0;
  const verdictOf = (id: number, join: Join, answer: Joined | Refusal): RuleVerdict => {
    if (isRefusal(answer)) return answer;
    if (!answer.isHeld) return noOpinion;
    const { places, sent } = parts;
    let { isWaiting } = answer;
    let isOver = false;
    sent.add(id, join, answer.streamBits);
    const endWait = (): void => {
      if (isWaiting && !isOver) places.endWait(id);
      isWaiting = false;
    };
    const release = (): void => {
      if (isOver) return;
      isOver = true;
      sent.remove(id);
      places.release(id);
    };
    return { says: 'nothing', lease: { endWait, release } };
  };
  return {
    name: 'joins',
    judge(question) {
      const { verb, key, intent } = question;
      if (intent === 'again' || (verb !== 'publish' && verb !== 'play' && verb !== 'playback'))
        return noOpinion;
      const isPulled = verb === 'play' && parts.pullOf(key)?.start === 'onDemand';
      if (intent === 'look') return (isPulled ? parts.look(key) : undefined) ?? noOpinion;
      const join = joinOf(question, isPulled, !parts.isHere(key));
      const needsAnything = join.isPulled || join.mayWait || parts.shares.sharesOf(join).length > 0;
      if (!needsAnything) return noOpinion;
      const id = ++lastId;
      const answer = parts.places.take(id, join);
      return answer instanceof Promise
        ? answer.then((late) => verdictOf(id, join, late))
        : verdictOf(id, join, answer);
    },
  };
}

/** @param isAway - the stream is not in this thread */
function joinOf(question: Question, isPulled: boolean, isAway: boolean): Join {
  const { verb, key, session, address, path, clientId } = question;
  const isRelay = path.length > 0;
  return {
    verb: verb === 'publish' ? 'publish' : 'play',
    ...{ key, session, address, isRelay, isPulled, clientId },
    identity: question.identity,
    limits: question.limits,
    mayWait: verb === 'play' && isAway && !isRelay, // a relay's players wait where they play
  };
}
