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

/** A method of a service. The arguments are whatever the client has sent: as many as it likes, of any type. */
export type ServiceMethod<Client> = (
  call: GatewayCall<Client>,
  ...args: AmfValue[]
) => AmfValue | Promise<AmfValue>;

/** Services by name, each an object with methods; a method that stands alone has no service. */
export type AmfServices<Client> = Readonly<
  Record<string, ServiceMethod<Client> | Readonly<Record<string, ServiceMethod<Client>>>>
>;

/**
 * Answers calls by the methods of objects: `math.add` is the method `add` of the service `math`, and what stands before the last dot is
 * the name of the service. Only what is an object's own and a function is a method: nothing that it inherits, such as `constructor`, and
 * no accessor. So an instance of a class is no service.
 *
 * ```ts
 * const handlers = serviceHandlers({ math: { add: (_call, a, b) => Number(a) + Number(b) } });
 * ```
 */
export function serviceHandlers<Client>(services: AmfServices<Client>): GatewayHandlers<Client> {
  return {
    answer(call) {
      const method = methodOf(services, call.name);
      return method === undefined ? undefined : run(method, call);
    },
  };
}

function methodOf<Client>(services: AmfServices<Client>, name: string): ServiceMethod<Client> | undefined {
  const dot = name.lastIndexOf('.');
  const service = dot === -1 ? services : ownValue(services, name.slice(0, dot));
  const method = ownValue(service, name.slice(dot + 1));
  return typeof method === 'function' ? (method as ServiceMethod<Client>) : undefined;
}

function ownValue(object: unknown, key: string): unknown {
  if (typeof object !== 'object' || object === null) return undefined;
  return Object.getOwnPropertyDescriptor(object, key)?.value;
}

/** What a method throws is the promise's. */
async function run<Client>(method: ServiceMethod<Client>, call: GatewayCall<Client>): Promise<AmfValue> {
  return method(call, ...call.args);
}
