import { BrokenResponse } from './player-protocol.ts';

/** Status line and header fields of a response at the most, bytes. */
const MAX_HEAD_BYTES = 65_536;
const HEAD_END = Buffer.from('\r\n\r\n');

/** What a server answers before anything else. */
export interface ResponseHead {
  /** Three digits. */
  readonly status: string;
  readonly statusLine: string;
  /** The values of all fields of a name, which is lower case, as one list; undefined when there is none. */
  field(name: string): string | undefined;
  /** What came behind the head. */
  readonly rest: Buffer;
}

/** Reads the head of a response as its bytes come. @see RFC 9112 section 2.1 */
export class ResponseHeadReader {
  #begun: Buffer = Buffer.alloc(0);

  /** Takes bytes over; gives the head once it is complete. @throws BrokenResponse when this is no response of HTTP/1.1 */
  read(bytes: Buffer): ResponseHead | undefined {
    const head = Buffer.concat([this.#begun, bytes]);
    const end = head.indexOf(HEAD_END);
    if ((end < 0 ? head.length : end) > MAX_HEAD_BYTES)
      throw new BrokenResponse('response with an endless head');
    if (end < 0) {
      this.#begun = head;
      return undefined;
    }
    const [statusLine = '', ...lines] = head.toString('latin1', 0, end).split('\r\n');
    const status = /^HTTP\/1\.[01] (\d{3})(?: |$)/.exec(statusLine)?.[1];
    if (status === undefined) throw new BrokenResponse('response that does not begin as HTTP/1.1 does');
    const field = (name: string): string | undefined => {
      const values = lines.flatMap((line) => {
        const colon = line.indexOf(':');
        return line.slice(0, colon).toLowerCase() === name ? [line.slice(colon + 1).trim()] : [];
      });
      return values.length === 0 ? undefined : values.join(', ');
    };
    return { status, statusLine, field, rest: head.subarray(end + HEAD_END.length) };
  }
}

/** What a server said no with: its status line, and the sentence behind it if that has come along. */
export function refusalIn({ statusLine, field, rest }: ResponseHead): string {
  const isSentence = field('content-length') !== undefined && field('content-type')?.startsWith('text/plain');
  const [sentence = ''] = isSentence ? rest.toString().split('\n', 1) : [];
  return sentence === '' ? statusLine : `${statusLine}: ${sentence}`;
}
