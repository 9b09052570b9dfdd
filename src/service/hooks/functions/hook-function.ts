import type { HookSettings } from '../../../config/hooks/hook-settings.ts';
import type { HookQuestionBody } from '../asked/question-body.ts';
import type { HookEventBody } from '../telling/event-body.ts';

/** What a function answers to a question, as docs/hooks.md has it. */
export interface HookAnswerBody {
  /** Yes or no; needed unless there is a `redirect`. */
  readonly allow?: boolean;
  /** A sentence for the person who is refused, of which 200 characters are shown. */
  readonly message?: string;
  /** A URL where the client finds the stream instead. */
  readonly redirect?: string;
  /** The key that the stream has in truth. */
  readonly rename?: string;
  /** Who the client is, if no rule in `access.rules` knows. */
  readonly identity?: string;
  /** When access ends, ISO 8601. */
  readonly until?: string;
  /** The same in milliseconds from the answer on. */
  readonly playForMs?: number;
  /** What the identity may use. */
  readonly limits?: {
    readonly sessions?: number;
    readonly publishers?: number;
    readonly players?: number;
    readonly bitsPerSecond?: number;
  };
  /** For how long the relay may give this answer again without asking, milliseconds. */
  readonly cacheForMs?: number;
  /** After how long to ask again, milliseconds, at least 1,000. */
  readonly recheckMs?: number;
}

/** A function that decides who may do what, in place of a back end. */
export interface AskedFunction
  extends Partial<
    Pick<
      HookSettings,
      | 'match'
      | 'timeoutMs'
      | 'connections'
      | 'queueLength'
      | 'onUnavailable'
      | 'lastAnswerMs'
      | 'recheckMs'
      | 'redirectSchemes'
    >
  > {
  /** What it is asked about. */
  readonly events: readonly HookQuestionBody['event'][];
  /**
   * Answers; `true` and `false` stand for an answer that says nothing else. What it throws is told in the log, and then
   * `onUnavailable` holds, by default no, as for an answer that is none.
   * @param signal - aborts when nobody waits for the answer any more, after `timeoutMs` at the latest
   */
  ask(
    question: HookQuestionBody,
    signal: AbortSignal,
  ): boolean | HookAnswerBody | Promise<boolean | HookAnswerBody>;
}

/** A function that is told what happens, in place of a back end: one event of a session or stream after the other. */
export interface ToldFunction
  extends Partial<Pick<HookSettings, 'match' | 'timeoutMs' | 'connections' | 'queueLength' | 'retries'>> {
  /** What it is told. */
  readonly events: readonly HookEventBody['event'][];
  /**
   * Hears of an event; the next one of the same session or stream comes when its promise has resolved. What it throws is told in the log, and
   * the event comes again `retries` times, by default never.
   * @param signal - aborts after `timeoutMs`
   */
  tell(event: HookEventBody, signal: AbortSignal): void | Promise<void>;
}

/** A hook that is a function of the program that the relay is a part of. */
export type HookFunction = AskedFunction | ToldFunction;
