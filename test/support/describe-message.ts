import type { AmfValue } from '../../src/protocol/amf/amf-value.ts';
import { decodeAmf0 } from '../../src/protocol/amf/amf0.ts';
import { propertiesOf, stringOr } from '../../src/protocol/rtmp/message/command-message.ts';
import type { RawMessage } from '../../src/protocol/rtmp/message/message.ts';

const userControlNames: Record<number, string> = {
  0: 'Stream Begin',
  1: 'Stream EOF',
  2: 'Stream Dry',
  3: 'Set Buffer Length',
  4: 'Stream Is Recorded',
  6: 'ping request',
  7: 'ping response',
  32: 'Buffer Ready',
};

/** A message as a test can say it: control by the name of the specification, commands and data with `on` and their values. */
export type MessageDescription =
  | readonly [name: string, ...values: number[]]
  | { readonly on: number; readonly command: readonly AmfValue[] }
  | { readonly on: number; readonly data: readonly AmfValue[] }
  | { readonly on: number; readonly type: number; readonly timestamp: number; readonly payload: string };

export function describeMessage(message: RawMessage): MessageDescription {
  const { type, messageStreamId: on, timestamp, payload } = message;
  switch (type) {
    case 1:
      return ['Set Chunk Size', payload.readUInt32BE(0)];
    case 3:
      return ['Acknowledgement', payload.readUInt32BE(0)];
    case 4: {
      const event = payload.readUInt16BE(0);
      const values: number[] = [];
      for (let at = 2; at < payload.length; at += 4) values.push(payload.readUInt32BE(at));
      return [userControlNames[event] ?? `event ${event}`, ...values];
    }
    case 5:
      return ['Window Acknowledgement Size', payload.readUInt32BE(0)];
    case 6:
      return ['Set Peer Bandwidth', payload.readUInt32BE(0), payload.readUInt8(4)];
    case 18:
      return { on, data: decodeAmf0(payload) };
    case 20:
      return { on, command: decodeAmf0(payload) };
    default:
      return { on, type, timestamp, payload: payload.toString('hex') };
  }
}

/** One line for a message: for tests of what comes after what. */
export function nameMessage(message: RawMessage): string {
  const described = describeMessage(message);
  if ('command' in described) return nameCommand(described.on, described.command);
  if ('data' in described) return `data ${String(described.data[0])} on ${described.on}`;
  if ('payload' in described) return `type ${described.type} on ${described.on}`;
  return described.join(' ');
}

/** `onStatus` by its code, an answer by its transaction. */
function nameCommand(on: number, [name, transactionId, , information]: readonly AmfValue[]): string {
  if (name === 'onStatus') return `onStatus ${codeOf(information)} on ${on}`;
  return `${String(name)} ${String(transactionId)} on ${on}`;
}

/** The code of an information object, or the empty string. */
function codeOf(information: AmfValue): string {
  return stringOr(propertiesOf(information)['code'], '');
}
