import { ByteQueue } from '../../bytes/byte-queue.ts';
import { ProtocolError } from '../../errors.ts';

/** Status line and header fields of an answer at the most, bytes. */
const MAX_HEAD_BYTES = 16 * 1024;

/** An answer has at most so many bytes behind its head: several of the largest messages. */
const MAX_BODY_BYTES = 64 * 2 ** 20;

const CR = 0x0d;
const HEAD_END = '\r\n\r\n';

/** A part of an answer, in the order in which they come. */
export type ResponsePart =
  | {
      readonly is: 'head';
      readonly status: number;
      /** Whether the server closes the connection behind this answer. */
      readonly isLast: boolean;
    }
  /** A view: read only. */
  | { readonly is: 'body'; readonly bytes: Buffer }
  | { readonly is: 'end' };

/** Reads the answers to requests of RTMPT, one behind the other. Each says its length: its clients know no other way. */
export class RtmptResponseReader {
  readonly #bytes = new ByteQueue();
  /** How much of the head is known to have no end. */
  #searched = 0;
  /** Bytes of the body that have not come; undefined while the head has not. */
  #bodyLeft: number | undefined;

  /** Bytes that were taken over and not read. */
  get waitingBytes(): number {
    return this.#bytes.length;
  }

  /** Takes bytes over. */
  push(bytes: Buffer): void {
    this.#bytes.push(bytes);
  }

  /** The next part; undefined while it has not come. @throws ProtocolError `RTMPT_ANSWER_INVALID` */
  read(): ResponsePart | undefined {
    if (this.#bodyLeft === undefined) return this.#readHead();
    if (this.#bodyLeft === 0) {
      this.#bodyLeft = undefined;
      return { is: 'end' };
    }
    const bytes = this.#bytes.readSome(this.#bodyLeft);
    if (bytes === undefined) return undefined;
    this.#bodyLeft -= bytes.length;
    return { is: 'body', bytes };
  }

  #readHead(): ResponsePart | undefined {
    const end = this.#findEnd();
    if (end === undefined) return undefined;
    const head = (this.#bytes.read(end + HEAD_END.length) as Buffer).toString('latin1', 0, end);
    const [statusLine = '', ...lines] = head.split('\r\n');
    const [, minor, status] = /^HTTP\/1\.([01]) (\d{3})(?: |$)/.exec(statusLine) ?? [];
    if (status === undefined) throw invalidAnswer('it is no answer of HTTP/1.1');
    const fields = new Map(lines.map(fieldOf));
    const length = fields.get('content-length') ?? '';
    if (!/^\d{1,10}$/.test(length) || fields.has('transfer-encoding'))
      throw invalidAnswer('it does not say how long it is');
    this.#bodyLeft = Number(length);
    if (this.#bodyLeft > MAX_BODY_BYTES) throw invalidAnswer(`it has ${length} bytes`);
    const connection = fields.get('connection')?.toLowerCase() ?? (minor === '0' ? 'close' : '');
    return { is: 'head', status: Number(status), isLast: /\bclose\b/.test(connection) };
  }

  /** Where the head ends; each byte is looked at once. */
  #findEnd(): number | undefined {
    const { length } = this.#bytes;
    for (; this.#searched + HEAD_END.length <= length; this.#searched++) {
      if (this.#searched > MAX_HEAD_BYTES)
        throw invalidAnswer(`its head has more than ${MAX_HEAD_BYTES} bytes`);
      if (this.#bytes.peekByte(this.#searched) !== CR) continue;
      const isEnd = [...HEAD_END].every(
        (character, at) => this.#bytes.peekByte(this.#searched + at) === character.charCodeAt(0),
      );
      if (!isEnd) continue;
      const end = this.#searched;
      this.#searched = 0;
      return end;
    }
    return undefined;
  }
}

function fieldOf(line: string): [name: string, value: string] {
  const colon = line.indexOf(':');
  return [line.slice(0, colon).trim().toLowerCase(), line.slice(colon + 1).trim()];
}

/** What is thrown where an answer is none. */
export function invalidAnswer(problem: string): ProtocolError {
  return new ProtocolError('RTMPT_ANSWER_INVALID', `an answer of RTMPT cannot be used: ${problem}`);
}
