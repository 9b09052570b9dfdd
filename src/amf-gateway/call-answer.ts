import type { AmfPacketParts } from '../protocol/amf/amf-packet.ts';
import { encodeAmfBody } from '../protocol/amf/amf-packet.ts';
import { type AmfObject, type AmfValue, amfObject } from '../protocol/amf/amf-value.ts';
import type { CallFault } from '../protocol/amf/call-fault.ts';

/** A body of an answer. */
export type AnswerBody = AmfPacketParts['bodies'][number];

/** The names under which a client is told that a call has gone well, or not. */
export const RESULT = 'onResult';
export const STATUS = 'onStatus';

/** A value for a method of whoever waits for the answer. @throws ProtocolError for a value that AMF cannot carry */
export function answerBody(response: string, method: string, value: AmfValue, version: 0 | 3): AnswerBody {
  const target = `${response}/${method}`;
  return { target, response: 'null', value: encodeAmfBody({ target, value }, version) };
}

/** What a client is told of a fault. */
export function statusOfFault({ code, description, details }: CallFault): AmfObject {
  const status = amfObject({ level: 'error', code, description });
  if (details !== undefined) status['details'] = details;
  return status;
}
