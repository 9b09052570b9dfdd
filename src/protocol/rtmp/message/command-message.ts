import { ProtocolError } from '../../../errors.ts';
import type { AmfValue } from '../../amf/amf-value.ts';
import { decodeAmf0, encodeAmf0 } from '../../amf/amf0.ts';
import { MessageType, type RawMessage } from './message.ts';

export { propertiesOf } from '../../amf/amf-value.ts';

/** The strings of commands are names and URLs: longer ones would be kept with the connection that sent them. */
const commandLimits = { maxStringBytes: 65_535, maxRepeatedBytes: 65_535 };

/** The format byte of messages of types 15, 16 and 17: values of AMF0 follow, of which each may be one of AMF3. */
export const AMF0_FORMAT = 0;

/** A command message: a call, or the answer to one (`_result`, `_error`, `onStatus`). @see RTMP 1.0 section 7.2 */
export interface Command {
  readonly name: string;
  /** 0 when no answer is expected; anything but a finite number counts as 0. */
  readonly transactionId: number;
  /** The command object, then everything behind it, as sent. */
  readonly args: readonly AmfValue[];
}

/**
 * Decodes a command of type 20, or of type 17: a format byte 0 and then AMF0 values, of which each may be one of AMF3.
 * @throws ProtocolError `RTMP_COMMAND_INVALID` when it has no name; whatever the AMF0 decoder throws.
 */
export function decodeCommand(message: RawMessage): Command {
  const { payload } = message;
  const body =
    message.type === MessageType.commandAmf3 && payload[0] === AMF0_FORMAT ? payload.subarray(1) : payload;
  const [name, transactionId, ...args] = decodeAmf0(body, commandLimits);
  if (typeof name !== 'string') {
    throw new ProtocolError('RTMP_COMMAND_INVALID', 'command message that does not begin with a name');
  }
  return {
    name,
    transactionId: typeof transactionId === 'number' && Number.isFinite(transactionId) ? transactionId : 0,
    args,
  };
}

/** The payload of a command message of type 20; after a format byte 0 of type 17 too. */
export function encodeCommand(name: string, transactionId: number, ...args: AmfValue[]): Buffer {
  return encodeAmf0(name, transactionId, ...args);
}

/** The value when it is a string, else the fallback. */
export function stringOr(value: AmfValue, fallback: string): string {
  return typeof value === 'string' ? value : fallback;
}

/** The values of a data message of type 18, its name first. @throws ProtocolError whatever the AMF0 decoder throws */
export function decodeDataMessage(payload: Buffer): AmfValue[] {
  return decodeAmf0(payload);
}
