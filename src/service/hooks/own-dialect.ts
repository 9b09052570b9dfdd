import { readHookAnswer } from './asked/hook-answer.ts';
import type { HookQuestion } from './asked/hook-question.ts';
import type { HookBody, QuestionDialect } from './dialect.ts';

/**
 * Requests and answers as docs/hooks.md describes them.
 * @param relay - the name of this one
 * @param onUnknown - told of each field of an answer that means nothing here
 */
export function ownDialect(relay: string, onUnknown: (field: string) => void): QuestionDialect {
  return {
    question: (question) => questionBody(question, relay),
    answer({ status, text }) {
      if (status === 204) return { allow: true };
      return status === 200 ? readHookAnswer(text, onUnknown) : { unusable: `answers ${status}` };
    },
  };
}

function questionBody(question: HookQuestion, relay: string): HookBody {
  const { event, verb, stream, session, protocol, address, client, origin = null, isTls, query } = question;
  const { connectArgs } = question;
  const body = {
    event,
    ...(event === 'recheck' ? { verb } : {}),
    ...(connectArgs === undefined ? {} : { connectArgs: JSON.parse(connectArgs) as unknown }),
    stream: stream === '' ? null : stream,
    ...{ session, protocol, address, client, origin, tls: isTls, query },
    identity: question.identity ?? null,
    relay,
    time: new Date().toISOString(),
  };
  return { contentType: 'application/json', body: JSON.stringify(body) };
}
