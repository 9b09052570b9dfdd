import type { Oid } from './ber.ts';
import { encodeVariable, endOfView, type MibView } from './mib-view.ts';
import { ErrorStatus, encodeAnswer, type RequestPdu } from './pdu.ts';

/** GETBULK repeats so often at most. */
const MAX_REPETITIONS = 50;

/** Answers a request from a view. @param maxBytes - of the variables; of GETBULK the last ones are left out beyond it */
export function answerRequest(request: RequestPdu, view: MibView, maxBytes: number): Buffer {
  const { id, type, oids } = request;
  switch (type) {
    case 'get':
      return answerAll(
        id,
        oids.map((oid) => view.get(oid)),
        maxBytes,
      );
    case 'getNext':
      return answerAll(
        id,
        oids.map((oid) => nextOf(view, oid).bytes),
        maxBytes,
      );
    case 'getBulk':
      return encodeAnswer(id, [...fitting(bulk(request, view), maxBytes)]);
    case 'set':
      return encodeAnswer(id, [request.variables], { status: ErrorStatus.notWritable, index: 1 });
    default:
      return type satisfies never;
  }
}

function answerAll(id: number, variables: readonly Buffer[], maxBytes: number): Buffer {
  const size = variables.reduce((sum, { length }) => sum + length, 0);
  return size > maxBytes ? encodeAnswer(id, [], { status: ErrorStatus.tooBig }) : encodeAnswer(id, variables);
}

/** A place in a walk; nothing follows it where it is over. */
interface Place {
  readonly oid: Oid;
  readonly isOver: boolean;
}

/** @see RFC 3416 section 4.2.3 */
function* bulk({ oids, nonRepeaters, maxRepetitions }: RequestPdu, view: MibView): Generator<Buffer> {
  for (const oid of oids.slice(0, nonRepeaters)) yield nextOf(view, oid).bytes;
  let row: readonly Place[] = oids.slice(nonRepeaters).map((oid) => ({ oid, isOver: false }));
  for (let i = 0; i < Math.min(maxRepetitions, MAX_REPETITIONS) && row.some(({ isOver }) => !isOver); i++) {
    const found = row.map(({ oid, isOver }) => nextOf(view, oid, isOver));
    for (const { bytes } of found) yield bytes;
    row = found;
  }
}

/** What follows a name, and where that is. */
function nextOf(view: MibView, oid: Oid, isOver = false): Place & { readonly bytes: Buffer } {
  const next = isOver ? undefined : view.next(oid);
  return next === undefined
    ? { bytes: endOfView(oid), oid, isOver: true }
    : { bytes: encodeVariable(next), oid: next.oid, isOver: false };
}

/** As many as fit. */
function* fitting(variables: Iterable<Buffer>, maxBytes: number): Generator<Buffer> {
  let size = 0;
  for (const variable of variables) {
    size += variable.length;
    if (size > maxBytes) return;
    yield variable;
  }
}
