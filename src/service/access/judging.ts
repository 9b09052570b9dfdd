import { type AccessRequest, isChallenge, isRefusal, type Refusal } from '../../session/access.ts';
import type { StreamKeyReading } from '../../stream/stream-key.ts';
import { combineOpinions, isOpinion, type Terms } from './combine-verdicts.ts';
import type { AccessRule, Opinion, Question, RuleVerdict } from './rule.ts';

/** One request on its way through the rules: which of them is next, and what the question is by then. */
export class Judging {
  readonly #rules: readonly AccessRule[];
  readonly #request: AccessRequest;
  #reading: StreamKeyReading;
  #question: Question;
  #verdicts: RuleVerdict[] = [];
  #next = 0;
  /** Whose name for the stream is judged by all others. */
  #renamer: AccessRule | undefined;

  constructor(rules: readonly AccessRule[], request: AccessRequest, reading: StreamKeyReading) {
    this.#rules = rules;
    this.#request = request;
    this.#reading = reading;
    const claimsPath = request.path.length > 0;
    this.#question = { ...request, ...reading, identity: undefined, limits: {}, claimsPath, path: [] };
  }

  /** As the rule that is next sees it. */
  get question(): Question {
    return this.#question;
  }

  /** What the rules have said that count. */
  get verdicts(): readonly RuleVerdict[] {
    return this.#verdicts;
  }

  /** The rule to ask now; undefined when it is decided. */
  next(): AccessRule | undefined {
    const rule = this.#rules[this.#next++];
    return rule !== undefined && rule === this.#renamer ? this.next() : rule;
  }

  /** A rule has said this. @returns whether all others are asked anew, so that nothing of what they took counts */
  take(rule: AccessRule, verdict: RuleVerdict): boolean {
    this.#verdicts.push(verdict);
    if (isRefusal(verdict) || isChallenge(verdict)) {
      this.#next = this.#rules.length;
      return false;
    }
    const { rename = this.#question.key } = verdict;
    const isForAll = rule.renamesForAll === true && rename !== this.#question.key;
    if (isForAll && this.#renamer !== undefined) return this.take(rule, renamedTwice);
    if (isForAll) this.#beginAnew(rule, rename);
    if (isForAll || termsFollow(verdict))
      this.#question = this.#asBelieved(combineOpinions(this.#verdicts.filter(isOpinion)));
    return isForAll;
  }

  #beginAnew(renamer: AccessRule, key: string): void {
    this.#renamer = renamer;
    this.#reading = { key, query: this.#reading.query };
    this.#verdicts = this.#verdicts.filter(isOpinion).map(termsOf);
    this.#next = 0;
  }

  #asBelieved({ rename, identity, limits, believesPath }: Terms): Question {
    const { key, query } = this.#reading;
    const path = believesPath ? this.#request.path : [];
    return { ...this.#question, key: rename ?? key, query, identity, limits, path };
  }
}

const renamedTwice: Refusal = {
  refused: 'access',
  description: 'the server gives this stream one name after the other',
};

/** Whether what it says is to be known to the rules behind it. */
function termsFollow(opinion: Opinion): boolean {
  return 'rename' in opinion || 'believesPath' in opinion || 'identity' in opinion || 'limits' in opinion;
}

/** What an opinion about another name has to say about this one: how far a yes goes that somebody has to say again. */
function termsOf({ lease, rename, believesPath, ...terms }: Opinion): Opinion {
  return { ...terms, says: 'nothing' };
}
