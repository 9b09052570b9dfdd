import type { HookSettings } from '../../../config/hooks/hook-settings.ts';
import { KeyPattern } from '../../../config/key-pattern.ts';
import { type Log, printable } from '../../../log.ts';
import { parseMediaUrl } from '../../../media-url.ts';
import type { Clock } from '../../../stream/clock.ts';
import type { HookAnswered, HookBody, QuestionDialect, UnusableAnswer } from '../dialect.ts';
import type { HookClient, HookReply } from '../hook-client.ts';
import { type HookProblem, problemNow } from '../hook-state.ts';
import { AnswerStore, type AnswerSubject, type HeldAnswer } from './answer-store.ts';
import { Breaker, type BreakerState } from './breaker.ts';
import type { HookAnswer } from './hook-answer.ts';
import { fingerprintOf, type HookQuestion } from './hook-question.ts';
import { Turns } from './turns.ts';

/** The wait before the second try, half of it to one and a half, milliseconds; twice as long before each further one. */
const FIRST_RETRY_MS = 50;

/** What is wrong with answers is said once in this time, milliseconds. */
const QUIET_MS = 60_000;

/** Statuses by which servers say that they are too busy, and proxies that there is no server. */
const busyStatuses: ReadonlySet<number> = new Set([429, 502, 503, 504]);

/** What can become of a question; `left`: nobody waited for the answer. */
export const questionOutcomes = ['allowed', 'refused', 'cached', 'unavailable', 'left'] as const;

/** One of {@link questionOutcomes}. */
export type QuestionOutcome = (typeof questionOutcomes)[number];

/** What comes of asking: an answer, be it one that was given before, or none. */
export type Asked = HeldAnswer | Unavailable;

/** There is no answer, and why. */
export interface Unavailable {
  readonly unavailable: string;
}

/** Sends what is asked. */
export type HookSender = Pick<HookClient, 'send' | 'close' | 'destroy'>;

/** Where questions and their durations are counted. */
export interface QuestionEvents {
  /** @param ms - from the question to its answer; undefined where nobody was asked */
  onAsked(hook: string, outcome: QuestionOutcome, ms: number | undefined): void;
}

/** What an asker needs of the relay. */
export interface HookAskerHost {
  readonly clock: Clock;
  /** Whose lines are about the hook. */
  readonly log: Log;
  readonly events: QuestionEvents;
}

/** Asks one hook: not too much at a time, not for too long, and not at all while it does not answer. */
export class HookAsker {
  /** As the configuration calls it, such as `hooks.0`. */
  readonly name: string;
  readonly settings: HookSettings;
  readonly counts: Record<QuestionOutcome, number> = {
    allowed: 0,
    refused: 0,
    cached: 0,
    unavailable: 0,
    left: 0,
  };
  readonly #host: HookAskerHost;
  readonly #client: HookSender;
  readonly #dialect: QuestionDialect;
  readonly #pattern: KeyPattern;
  readonly #answers = new AnswerStore();
  readonly #turns: Turns;
  readonly #breaker: Breaker;
  #problem = '';
  #lastProblem: HookProblem | undefined;
  #quietUntil = 0;
  #questions = 0;
  #isClosing = false;

  constructor(
    name: string,
    settings: HookSettings,
    client: HookSender,
    dialect: QuestionDialect,
    host: HookAskerHost,
  ) {
    this.name = name;
    this.settings = settings;
    this.#host = host;
    this.#client = client;
    this.#dialect = dialect;
    this.#pattern = new KeyPattern(settings.match);
    this.#turns = new Turns(settings.connections, settings.queueLength);
    this.#breaker = new Breaker(host.clock, (isOpen) => this.#logChange(isOpen));
  }

  /** Whether it is to be asked about that. */
  isAbout(verb: HookQuestion['verb'], key: string): boolean {
    return this.settings.events.includes(verb) && (verb === 'connect' || this.#pattern.matches(key));
  }

  get breaker(): BreakerState {
    return this.#breaker.state;
  }

  /** How many questions wait for their turn. */
  get waiting(): number {
    return this.#turns.waiting;
  }

  /** What went wrong last; undefined where nothing has. */
  get lastProblem(): HookProblem | undefined {
    return this.#lastProblem;
  }

  /** What it has said to the same question a moment ago, if that still holds. */
  known(question: HookQuestion): HeldAnswer | undefined {
    return this.#fresh(fingerprintOf(question));
  }

  /** Asks, or knows the answer. Rejects with the signal's reason when it comes first. */
  async ask(question: HookQuestion, signal: AbortSignal): Promise<Asked> {
    const fingerprint = fingerprintOf(question);
    const known = question.event === 'recheck' ? undefined : this.#fresh(fingerprint);
    if (known !== undefined) {
      this.#count('cached', undefined);
      return known;
    }
    const { revocations } = this.#answers;
    return this.#counted(async () => {
      const reply = await this.#reply(this.#dialect.question(question), signal);
      return 'unavailable' in reply ? reply : this.#read(question, fingerprint, reply, revocations);
    }, isAllowed);
  }

  /** Has it answer what is no question of access. Rejects with the signal's reason when it comes first. @param read - its answer */
  call<T extends { readonly allow: boolean }>(
    call: HookBody,
    read: (reply: HookAnswered) => T | UnusableAnswer,
    signal: AbortSignal,
  ): Promise<T | Unavailable> {
    return this.#counted(
      async () => {
        const reply = await this.#reply(call, signal);
        return 'unavailable' in reply ? reply : this.#usable(read(reply));
      },
      ({ allow }) => allow,
    );
  }

  /** What it answered last to the same question, where that is recent enough to stand in for an answer. */
  lastAnswer(question: HookQuestion): HeldAnswer | undefined {
    return this.#answers.find(fingerprintOf(question), this.settings.lastAnswerMs, this.#host.clock.now());
  }

  /** Takes back what it has answered about them. */
  revoke(subject: AnswerSubject): void {
    this.#answers.revoke(subject);
  }

  /** Closes its connections as soon as what was asked is answered. */
  close(): void {
    this.#isClosing = true;
    this.#closeWhenDone();
  }

  /** Cuts its connections. */
  destroy(): void {
    this.#client.destroy();
  }

  /** @param isYes - what it has said */
  async #counted<T extends object>(
    ask: () => Promise<T | Unavailable>,
    isYes: (said: T) => boolean,
  ): Promise<T | Unavailable> {
    const { clock } = this.#host;
    const startedAt = clock.now();
    this.#questions++;
    let outcome: QuestionOutcome = 'left';
    try {
      const said = await ask();
      if ('unavailable' in said) outcome = 'unavailable';
      else outcome = isYes(said) ? 'allowed' : 'refused';
      return said;
    } finally {
      this.#count(outcome, clock.now() - startedAt);
      this.#questions--;
      this.#closeWhenDone();
    }
  }

  #count(outcome: QuestionOutcome, ms: number | undefined): void {
    this.counts[outcome]++;
    this.#host.events.onAsked(this.name, outcome, ms);
  }

  /** There is no answer, and why. */
  #unavailable(problem: string): Unavailable {
    this.#lastProblem = problemNow(problem);
    return { unavailable: problem };
  }

  #closeWhenDone(): void {
    if (this.#isClosing && this.#questions === 0) void this.#client.close();
  }

  #fresh(fingerprint: string): HeldAnswer | undefined {
    const now = this.#host.clock.now();
    const held = this.#answers.find(fingerprint, Number.POSITIVE_INFINITY, now);
    const isFresh = held !== undefined && now - held.givenAt < (held.answer.cacheForMs ?? 0);
    return isFresh ? held : undefined;
  }

  /** What it replies in time, be it of use or not. */
  async #reply(body: HookBody, signal: AbortSignal): Promise<HookAnswered | Unavailable> {
    const deadline = this.#host.clock.now() + this.settings.timeoutMs;
    const attempt = this.#breaker.attempt();
    if (attempt === undefined) return { unavailable: this.#problem };
    let giveBack: (() => void) | undefined;
    try {
      giveBack = await this.#turn(signal);
      if (giveBack === undefined) {
        attempt.abandon();
        return this.#unavailable('too many questions wait for it');
      }
      const reply = await this.#send(body, deadline, signal);
      if (reply.is === 'answer' && !busyStatuses.has(reply.status)) attempt.succeed();
      else {
        this.#problem = problemOf(reply);
        attempt.fail();
      }
      return reply.is === 'fault' ? this.#unavailable(reply.problem) : reply;
    } catch (error) {
      attempt.abandon();
      throw error;
    } finally {
      giveBack?.();
    }
  }

  /** A turn among those who ask; undefined where there is none in time. */
  async #turn(signal: AbortSignal): Promise<(() => void) | undefined> {
    const patience = new AbortController();
    const onLeft = (): void => patience.abort();
    signal.addEventListener('abort', onLeft, { once: true });
    const stopWaiting = this.#host.clock.after(this.settings.timeoutMs, onLeft);
    try {
      return await this.#turns.take(patience.signal);
    } catch {
      signal.throwIfAborted();
      return undefined;
    } finally {
      stopWaiting();
      signal.removeEventListener('abort', onLeft);
    }
  }

  /** Sends a question as often as it takes and time allows. */
  async #send(body: HookBody, deadline: number, signal: AbortSignal): Promise<HookReply> {
    const { clock } = this.#host;
    const request = { id: crypto.randomUUID(), ...body };
    let retryMs = FIRST_RETRY_MS;
    for (let retries = this.settings.retries; ; retries--) {
      const timeoutMs = Math.max(0, deadline - clock.now());
      const reply = await this.#client.send({ ...request, timeoutMs }, signal);
      const delayMs = retryMs * (0.5 + Math.random());
      const isLast = retries === 0 || clock.now() + delayMs >= deadline;
      if (isLast || !mayBeBetterNext(reply)) return reply;
      await pause(clock, delayMs, signal);
      retryMs *= 2;
    }
  }

  #read(question: HookQuestion, fingerprint: string, reply: HookAnswered, revocations: number): Asked {
    const answer = this.#usable(this.#checked(this.#dialect.answer(reply, question)));
    if ('unavailable' in answer) return answer;
    const held = heldFrom(answer, this.#host.clock.now());
    if (this.#answers.revocations === revocations) {
      const { stream: key, address, identity = answer.identity } = question;
      this.#answers.keep(fingerprint, held, { key, address, identity });
    }
    return held;
  }

  #usable<T extends object>(answer: T | UnusableAnswer): T | Unavailable {
    if (!('unusable' in answer)) return answer;
    this.#complain(answer.unusable);
    return this.#unavailable(`it ${answer.unusable}`);
  }

  #checked(answer: HookAnswer | UnusableAnswer): HookAnswer | UnusableAnswer {
    if ('unusable' in answer || answer.redirect === undefined) return answer;
    const { redirectSchemes } = this.settings;
    const scheme = parseMediaUrl(answer.redirect)?.scheme;
    if (redirectSchemes.some((allowed) => allowed === scheme)) return answer;
    return { unusable: `redirects to ${scheme}://, which is none of its redirectSchemes` };
  }

  #logChange(isOpen: boolean): void {
    const { log } = this.#host;
    if (isOpen) log.warn('hook', `${this.name} does not work: ${this.#problem}`);
    else log.info('hook', `${this.name} answers again`);
  }

  #complain(unusable: string): void {
    const { clock, log } = this.#host;
    if (clock.now() < this.#quietUntil) return;
    this.#quietUntil = clock.now() + QUIET_MS;
    log.warn('hook', `${this.name} ${printable(unusable)}`);
  }
}

function isAllowed({ answer }: HeldAnswer): boolean {
  return answer.allow;
}

function problemOf(reply: HookReply): string {
  return reply.is === 'fault' ? reply.problem : `it answers ${reply.status}`;
}

/** A server that is there and has understood will say the same again; one that was too slow has had all the time there is. */
function mayBeBetterNext(reply: HookReply): boolean {
  return reply.is === 'fault' ? reply.fault === 'connection' : reply.status >= 500 || reply.status === 429;
}

function heldFrom(answer: HookAnswer, now: number): HeldAnswer {
  const { until = Number.POSITIVE_INFINITY, playForMs = Number.POSITIVE_INFINITY } = answer;
  return { answer, givenAt: now, until: now + Math.min(until - Date.now(), playForMs) };
}

function pause(clock: Clock, ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => {
      cancel();
      reject(signal.reason);
    };
    const cancel = clock.after(ms, () => {
      signal.removeEventListener('abort', onAbort);
      resolve();
    });
    signal.addEventListener('abort', onAbort, { once: true });
  });
}
