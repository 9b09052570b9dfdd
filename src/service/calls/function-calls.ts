import type { AmfValue } from '../../protocol/amf/amf-value.ts';
import type { CallHandlers } from '../../session/calls/call-handlers.ts';
import type { ClientCall } from '../../session/calls/client-call.ts';

/**
 * Answers a call: with a value or the promise of one, null for nothing. A `CallFault` that it throws is told to the client; of
 * anything else it hears only that the call has failed.
 */
export type CallFunction = (call: ClientCall) => AmfValue | Promise<AmfValue>;

/** Handlers that answer each call by the function of its name. @param functions - by name: own properties count, and nothing inherited */
export function callHandlers(functions: Readonly<Record<string, CallFunction>>): CallHandlers {
  const byName = new Map(Object.entries(functions));
  return {
    answer(call) {
      const answer = byName.get(call.name);
      return answer && (async () => answer(call))();
    },
  };
}
