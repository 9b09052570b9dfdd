import type { AmfValue } from '../protocol/amf/amf-value.ts';

/** A call, whatever it comes by. */
export interface NamedCall {
  /** Of the method as the client says it, `service.method` or `method`. */
  readonly name: string;
  readonly args: readonly AmfValue[];
}

/** A method of a service. The arguments are whatever the client has sent: as many as it likes, of any type. */
export type ServiceMethod<Call extends NamedCall> = (
  call: Call,
  ...args: AmfValue[]
) => AmfValue | Promise<AmfValue>;

/** Services by name, each an object with methods; a method that stands alone has no service. */
export type Services<Call extends NamedCall> = Readonly<
  Record<string, ServiceMethod<Call> | Readonly<Record<string, ServiceMethod<Call>>>>
>;

/** What answers calls by name. */
export interface ServiceHandlers<Call extends NamedCall> {
  /** Answers a call; undefined when there is no method of its name. */
  answer(call: Call): Promise<AmfValue> | undefined;
}

/**
 * Answers calls by the methods of objects: `math.add` is the method `add` of the service `math`, and what stands before the last dot is
 * the name of the service. Only what is an object's own and a function is a method: nothing that it inherits, such as `constructor`, and
 * no accessor. So an instance of a class is no service.
 *
 * ```ts
 * const handlers = serviceHandlers({ math: { add: (_call, a, b) => Number(a) + Number(b) } });
 * ```
 */
export function serviceHandlers<Call extends NamedCall>(services: Services<Call>): ServiceHandlers<Call> {
  return {
    answer(call) {
      const method = methodOf(services, call.name);
      return method === undefined ? undefined : run(method, call);
    },
  };
}

function methodOf<Call extends NamedCall>(
  services: Services<Call>,
  name: string,
): ServiceMethod<Call> | undefined {
  const dot = name.lastIndexOf('.');
  const service = dot === -1 ? services : ownValue(services, name.slice(0, dot));
  const method = ownValue(service, name.slice(dot + 1));
  return typeof method === 'function' ? (method as ServiceMethod<Call>) : undefined;
}

function ownValue(object: unknown, key: string): unknown {
  if (typeof object !== 'object' || object === null) return undefined;
  return Object.getOwnPropertyDescriptor(object, key)?.value;
}

/** What a method throws is the promise's. */
async function run<Call extends NamedCall>(method: ServiceMethod<Call>, call: Call): Promise<AmfValue> {
  return method(call, ...call.args);
}
