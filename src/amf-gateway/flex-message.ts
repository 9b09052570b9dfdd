import {
  type AmfObject,
  type AmfValue,
  amfObject,
  ExternalizableObject,
  propertiesOf,
  TypedObject,
} from '../protocol/amf/amf-value.ts';
import type { CallFault } from '../protocol/amf/call-fault.ts';

/** A message of Flex, which says in a call what is wanted; its answer is a message too. */
export type FlexMessage =
  /** Calls a method of a destination. */
  | {
      readonly is: 'remoting';
      readonly name: string;
      readonly args: readonly AmfValue[];
      readonly properties: AmfObject;
    }
  /** Asks whether somebody is there, as every client does before its first call, or says that it goes. */
  | { readonly is: 'ping'; readonly properties: AmfObject }
  /** Wants something that there is not here, such as to subscribe. */
  | { readonly is: 'other'; readonly what: string; readonly properties: AmfObject };

const prefix = 'flex.messaging.messages.';

/** Operations of a CommandMessage that there is nothing to do for. */
const pings: readonly AmfValue[] = [5 /* client ping */, 12 /* disconnect */];

/** The message that the arguments of a call are; undefined where they are arguments. */
export function readFlexMessage(args: readonly AmfValue[]): FlexMessage | undefined {
  const [message] = args;
  if (args.length !== 1) return undefined;
  if (message instanceof ExternalizableObject) {
    const { className } = message.type;
    if (className === 'DSC') return command(message.properties);
    return className === 'DSA' ? other('AsyncMessage', message.properties) : undefined;
  }
  if (!(message instanceof TypedObject) || !message.className.startsWith(prefix)) return undefined;
  const { properties } = message;
  const name = message.className.slice(prefix.length);
  if (name === 'CommandMessage') return command(properties);
  return name === 'RemotingMessage' ? remoting(properties) : other('message', properties);
}

/** The answer to a message that has gone well. */
export function acknowledgement({ properties }: FlexMessage, body: AmfValue): TypedObject {
  return answer('AcknowledgeMessage', properties, { body });
}

/** The answer to a message that has not. */
export function errorMessage({ properties }: FlexMessage, fault: CallFault): TypedObject {
  return answer('ErrorMessage', properties, {
    body: null,
    faultCode: fault.code,
    faultString: fault.description,
    faultDetail: null,
    rootCause: null,
    extendedData: fault.details ?? null,
  });
}

function answer(name: string, asked: AmfObject, own: Record<string, AmfValue>): TypedObject {
  const headers = amfObject({ DSMessagingVersion: 1, DSId: flexId(asked) });
  const properties = amfObject({
    clientId: textOf(asked['clientId']) ?? uuid(),
    correlationId: textOf(asked['messageId']) ?? '',
    destination: null,
    headers,
    messageId: uuid(),
    timestamp: Date.now(),
    timeToLive: 0,
    ...own,
  });
  return new TypedObject(prefix + name, properties, { sealed: Object.keys(properties), isDynamic: false });
}

function remoting(properties: AmfObject): FlexMessage {
  const { destination, operation, body } = properties;
  const method = textOf(operation) ?? '';
  const service = textOf(destination) ?? '';
  const args = Array.isArray(body) ? body : [];
  return { is: 'remoting', name: service === '' ? method : `${service}.${method}`, args, properties };
}

function command(properties: AmfObject): FlexMessage {
  const { operation } = properties;
  if (pings.includes(operation)) return { is: 'ping', properties };
  return other('CommandMessage', properties);
}

function other(what: string, properties: AmfObject): FlexMessage {
  return { is: 'other', what, properties };
}

/** By which a client is known on all of its connections: it gets one where it has none (`nil`). */
function flexId({ headers }: AmfObject): string {
  const id = textOf(propertiesOf(headers)['DSId']);
  return id === undefined || id === 'nil' ? uuid() : id;
}

/** Longest id of a peer that is said back to it. */
const MAX_ID = 256;

function textOf(value: AmfValue): string | undefined {
  return typeof value === 'string' && value.length <= MAX_ID ? value : undefined;
}

/** A random UUID in capitals, as Flex writes them; browsers have `randomUUID` on secure pages only. */
function uuid(): string {
  const bytes = globalThis.crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x40;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  const digits = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0'))
    .join('')
    .toUpperCase();
  return digits.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
}
