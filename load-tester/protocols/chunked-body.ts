import { BrokenResponse } from './player-protocol.ts';

/** Size line or trailer line of a body at the most, bytes. */
const MAX_LINE_BYTES = 4096;
const MAX_CHUNK_DIGITS = 12;

type State =
  | { readonly at: 'size' }
  | { readonly at: 'payload'; left: number }
  /** The line end behind a payload. */
  | { readonly at: 'payloadEnd' }
  | { readonly at: 'trailer' }
  | { readonly at: 'done' };

/** Takes the chunked transfer coding off a response body as its bytes come. @see RFC 9112 section 7.1 */
export class ChunkedBody {
  #state: State = { at: 'size' };
  /** The line that has begun, without its end. */
  #line = '';

  /** Whether the last chunk and the trailer have come. */
  get isDone(): boolean {
    return this.#state.at === 'done';
  }

  /** The parts of the body in these bytes, as views of them. @throws BrokenResponse when this is no such coding */
  *decode(bytes: Buffer): Generator<Buffer> {
    for (let at = 0; at < bytes.length && this.#state.at !== 'done'; ) {
      if (this.#state.at === 'payload') {
        const end = Math.min(bytes.length, at + this.#state.left);
        this.#state.left -= end - at;
        if (this.#state.left === 0) this.#state = { at: 'payloadEnd' };
        yield bytes.subarray(at, end);
        at = end;
      } else {
        const lineEnd = bytes.indexOf(0x0a, at);
        this.#line += bytes.toString('latin1', at, lineEnd < 0 ? bytes.length : lineEnd);
        if (this.#line.length > MAX_LINE_BYTES) throw new BrokenResponse('chunked body with an endless line');
        if (lineEnd < 0) return;
        at = lineEnd + 1;
        this.#onLine(this.#line.replace(/\r$/, ''));
        this.#line = '';
      }
    }
  }

  #onLine(line: string): void {
    const { at } = this.#state;
    if (at === 'size') {
      const digits = /^([0-9a-f]+)[ \t]*(?:;.*)?$/i.exec(line)?.[1];
      if (digits === undefined || digits.length > MAX_CHUNK_DIGITS)
        throw new BrokenResponse('chunked body without a chunk size');
      const left = Number.parseInt(digits, 16);
      this.#state = left === 0 ? { at: 'trailer' } : { at: 'payload', left };
    } else if (at === 'payloadEnd') {
      if (line !== '') throw new BrokenResponse('chunked body with a chunk longer than its size');
      this.#state = { at: 'size' };
    } else if (line === '') this.#state = { at: 'done' };
  }
}
