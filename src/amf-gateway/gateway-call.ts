import type { AmfValue } from '../protocol/amf/amf-value.ts';

/** One call of a method behind a gateway. */
export interface GatewayCall<Client> {
  /** Of the method as the client says it, `service.method` or `method`. */
  readonly name: string;
  /** What peers have built by references can be cyclic: walk it with care. */
  readonly args: readonly AmfValue[];
  /** Who calls, as whoever uses the gateway knows it. */
  readonly client: Client;
  /** Aborts when nobody waits for the answer any more: the client has gone, or the time is over. */
  readonly signal: AbortSignal;
  /**
   * Calls a method of the object that waits for the answer at the client, such as `onProgress`: it goes with the answer, before the
   * result. Does nothing once the call is answered.
   */
  notify(method: string, value: AmfValue): void;
}

/** What answers the calls that come by a gateway. */
export interface GatewayHandlers<Client> {
  /**
   * Answers a call.
   * @returns undefined when there is no method of that name. The promise rejects with a `CallFault` that the client is told; of
   *   anything else it hears only that the call has failed.
   */
  answer(call: GatewayCall<Client>): Promise<AmfValue> | undefined;
}
