import type { HookAnswer } from './asked/hook-answer.ts';
import type { HookQuestion } from './asked/hook-question.ts';
import type { HookReply } from './hook-client.ts';

/** What is sent to a back end. */
export interface HookBody {
  readonly contentType: string;
  readonly body: string;
}

/** What a back end has answered. */
export type HookAnswered = Extract<HookReply, { is: 'answer' }>;

/** An answer that is of no use. */
export interface UnusableAnswer {
  /** What is wrong with it, for people: the end of a sentence that begins with the hook's name. */
  readonly unusable: string;
}

/** How back ends of one kind are asked, and what their answers mean. */
export interface QuestionDialect {
  question(question: HookQuestion): HookBody;
  /** @param question - that it answers */
  answer(reply: HookAnswered, question: HookQuestion): HookAnswer | UnusableAnswer;
}
