import type { CallHandlers } from '../../session/calls/call-handlers.ts';

/** The handlers of all of these: the first that knows a name answers. */
export function firstToAnswer(...all: readonly CallHandlers[]): CallHandlers {
  return {
    answer(call) {
      for (const handlers of all) {
        const answer = handlers.answer(call);
        if (answer !== undefined) return answer;
      }
      return undefined;
    },
  };
}
