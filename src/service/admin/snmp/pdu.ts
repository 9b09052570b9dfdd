import { BerError, BerReader, encode, encodeNumber, type Oid, Tag } from './ber.ts';

/** What managers ask for, by its tag. @see RFC 3416 section 3 */
export const requestTags = { get: 0xa0, getNext: 0xa1, set: 0xa3, getBulk: 0xa5 } as const;

/** What an agent says, by its tag. */
export const answerTags = { response: 0xa2, report: 0xa8 } as const;

/** Why there is no answer, or not the one that was asked for. @see RFC 3416 section 3 */
export const ErrorStatus = { noError: 0, tooBig: 1, notWritable: 17 } as const;

/** A request asks for so many variables at most. */
const MAX_VARIABLES = 64;

/** A request. */
export interface RequestPdu {
  readonly type: keyof typeof requestTags;
  readonly id: number;
  /** How many of the variables are to be had once, and how often the others; of `getBulk` only. */
  readonly nonRepeaters: number;
  readonly maxRepetitions: number;
  readonly oids: readonly Oid[];
  /** The variables as they came. */
  readonly variables: Buffer;
}

/** Reads a request. @throws BerError where that is none */
export function decodeRequest(reader: BerReader): RequestPdu {
  const tag = reader.peekTag();
  const type = (Object.keys(requestTags) as (keyof typeof requestTags)[]).find(
    (name) => requestTags[name] === tag,
  );
  if (tag === undefined || type === undefined) throw new BerError('no request');
  const pdu = reader.enter(tag);
  const id = pdu.readInteger();
  const nonRepeaters = Math.max(0, pdu.readInteger());
  const maxRepetitions = Math.max(0, pdu.readInteger());
  const variables = pdu.read(Tag.sequence);
  pdu.end();
  return { type, id, nonRepeaters, maxRepetitions, oids: oidsOf(new BerReader(variables)), variables };
}

function oidsOf(list: BerReader): readonly Oid[] {
  const oids: Oid[] = [];
  while (!list.isEmpty) {
    if (oids.length === MAX_VARIABLES) throw new BerError('too many variables');
    const variable = list.enter();
    oids.push(variable.readOid());
    variable.read(variable.peekTag() ?? Tag.null); // of a request the value means nothing
    variable.end();
  }
  return oids;
}

/** An answer to a request. @param variables - each of them encoded */
export function encodeAnswer(
  id: number,
  variables: readonly Buffer[],
  { tag = answerTags.response, status = ErrorStatus.noError, index = 0 }: AnswerFacts = {},
): Buffer {
  const head = [encodeNumber(id), encodeNumber(status), encodeNumber(index)];
  return encode(tag, ...head, encode(Tag.sequence, ...variables));
}

/** What an answer is, if it is not what was asked for. */
export interface AnswerFacts {
  readonly tag?: number;
  readonly status?: number;
  /** The variable that it is about; 1 is the first. */
  readonly index?: number;
}
