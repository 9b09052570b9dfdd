import { QueryParameters } from '../../../credentials/query-parameters.ts';
import type { Refusal } from '../../../session/access.ts';
import type { Clock } from '../../../stream/clock.ts';
import type { Question, RuleVerdict } from '../rule.ts';
import type { FailedAttempts } from './failed-attempts.ts';
import { type ProvingOutcome, prove, showsKey } from './prove.ts';
import type { WrittenRule } from './written-rule.ts';

/** What looking at credentials needs besides the rule. */
export interface CredentialCheckParts {
  readonly clock: Clock;
  readonly failures: FailedAttempts;
}

const blocked: Refusal = {
  refused: 'blocked',
  description: 'too many wrong keys, passwords or the like came from your address: try again in a while',
};

/** Looks at credentials, and lets guessing cost time: the answer to a wrong one waits, and too many are not looked at any more. */
export class CredentialCheck {
  readonly #parts: CredentialCheckParts;
  readonly #delayMs: number;
  /** Questions about whose credentials it is known that they are wrong: one may be about several streams, and counts once. */
  readonly #counted = new WeakSet<AbortSignal>();

  /** @param delayMs - how long the answer to a wrong one waits */
  constructor(parts: CredentialCheckParts, delayMs: number) {
    this.#parts = parts;
    this.#delayMs = delayMs;
  }

  /** @param guesser - to which address a wrong one is counted; default: to that of the question */
  judge(
    rule: WrittenRule,
    question: Question,
    signal: AbortSignal,
    guesser: string = question.address,
  ): Promise<RuleVerdict> {
    // who is there already does not guess, though the key may be gone
    const isTry = question.intent !== 'again' && showsAnything(rule, question);
    const { intent } = question;
    return this.lookAt({ address: guesser, intent }, isTry, () => prove(rule, question, signal), signal);
  }

  /** @param isTry - something is shown that may be wrong @param look - says whether it is */
  async lookAt(
    { address, intent }: Pick<Question, 'address' | 'intent'>,
    isTry: boolean,
    look: () => ProvingOutcome | Promise<ProvingOutcome>,
    signal: AbortSignal,
  ): Promise<RuleVerdict> {
    const { failures } = this.#parts;
    if (isTry && failures.isBlocked(address)) return blocked;
    const { is, verdict } = await look();
    if (isTry && failures.isBlocked(address)) return blocked; // by others, while this one was looked at
    if (is !== 'guessed' || intent === 'again') return verdict;
    if (!this.#counted.has(signal)) failures.note(address);
    this.#counted.add(signal);
    await this.#pause(signal);
    return verdict;
  }

  #pause(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const stop = this.#parts.clock.after(this.#delayMs, () => {
      signal.removeEventListener('abort', onAbort);
      resolve();
    });
    const onAbort = (): void => {
      stop();
      reject(signal.reason);
    };
    signal.addEventListener('abort', onAbort, { once: true });
    return promise;
  }
}

function showsAnything(rule: WrittenRule, question: Question): boolean {
  const { query, credentials } = question;
  if (showsKey(rule, question) || Object.values(credentials).some((one) => one !== undefined)) return true;
  const shown = new QueryParameters(query);
  return rule.parameters.some((name) => shown.has(name));
}
