import { ByteQueue } from '../../../bytes/byte-queue.ts';
import { isAsfHeaderAt } from '../../../protocol/mmsh/header-pieces.ts';
import { MMSH_FRAME, NEXT_FOLLOWS } from '../../../protocol/mmsh/mmsh-packet.ts';
import type { UpstreamInput, UpstreamReader } from '../upstream-input.ts';

/** In so many bytes an answer shows what it is. */
const SIGN_BYTES = 16;

/** In what ASF comes that a relay can read: in packets of MMSH, or as it is. */
export type ServedAsf = 'mmsh' | 'asf';

/** Reads an answer by what it begins with, whatever its Content-Type says; one that is no ASF is refused. */
export class AsfAnswer implements UpstreamReader {
  readonly #input: UpstreamInput;
  readonly #contentType: string;
  readonly #readerOf: (kind: ServedAsf) => UpstreamReader;
  readonly #first = new ByteQueue();
  #reader: UpstreamReader | undefined;

  /**
   * @param contentType - as the server says it
   * @param readerOf - makes what reads the answer; called once
   */
  constructor(
    input: UpstreamInput,
    contentType: string | undefined,
    readerOf: (kind: ServedAsf) => UpstreamReader,
  ) {
    this.#input = input;
    this.#contentType = contentType ?? '';
    this.#readerOf = readerOf;
  }

  push(bytes: Buffer): void {
    if (this.#reader === undefined) this.#first.push(bytes);
    else this.#reader.push(bytes);
  }

  tell(): void {
    this.#reader ??= this.#choose();
    if (!this.#input.isOver) this.#reader?.tell();
  }

  end(): void {
    if (this.#reader !== undefined) this.#reader.end();
    else if (this.#first.length === 0) this.#input.lose('the server has sent nothing');
    else this.#refuse('');
  }

  #choose(): UpstreamReader | undefined {
    const [first = 0] = this.#first.peek(1) ?? [];
    const isFramed = (first & ~NEXT_FOLLOWS) === MMSH_FRAME;
    const sign = this.#first.peek(isFramed ? 1 : SIGN_BYTES);
    if (sign === undefined) return undefined;
    if (!isFramed && !isAsfHeaderAt(sign, 0)) {
      this.#refuse(sign.toString('latin1'));
      return undefined;
    }
    const reader = this.#readerOf(isFramed ? 'mmsh' : 'asf');
    const bytes = this.#first.read(this.#first.length);
    if (bytes !== undefined) reader.push(bytes);
    return reader;
  }

  #refuse(sign: string): void {
    const what = sign.startsWith('FLV') ? 'FLV' : /^\s*</.test(sign) ? 'a page or a list' : 'something else';
    const description = `it was asked for ASF and answered with ${what}`;
    this.#input.end({ kind: 'refused', description, said: this.#contentType });
  }
}
