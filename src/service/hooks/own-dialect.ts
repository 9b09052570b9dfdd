import { readHookAnswer } from './asked/hook-answer.ts';
import { questionBody } from './asked/question-body.ts';
import type { QuestionDialect } from './dialect.ts';

/**
 * Requests and answers as docs/hooks.md describes them.
 * @param relay - the name of this one
 * @param onUnknown - told of each field of an answer that means nothing here
 */
export function ownDialect(relay: string, onUnknown: (field: string) => void): QuestionDialect {
  return {
    question: (question) => ({
      contentType: 'application/json',
      body: JSON.stringify(questionBody(question, relay)),
    }),
    answer({ status, text }) {
      if (status === 204) return { allow: true };
      return status === 200 ? readHookAnswer(text, onUnknown) : { unusable: `answers ${status}` };
    },
  };
}
