import type { CallSettings } from '../../config/calls/call-settings.ts';
import type { AmfValue } from '../../protocol/amf/amf-value.ts';
import type { ClientCall } from './client-call.ts';

/** What answers the calls of clients, whatever they come by. */
export interface CallHandlers {
  /**
   * Answers a call, also one whose answer nobody wants.
   * @returns undefined when nobody handles calls of that name. The promise rejects with a `CallFault` that the client is told; of
   * anything else it hears only that the call has failed.
   */
  answer(call: ClientCall): Promise<AmfValue> | undefined;
}

/** What the clients of a service can call, and how much; it may change. */
export interface CallSite {
  readonly handlers: CallHandlers;
  readonly limits: CallSettings;
}
