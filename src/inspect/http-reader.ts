import { ByteQueue } from '../bytes/byte-queue.ts';
import type { FlowContentReader, FlowOptions } from './flow-content-reader.ts';
import type { CapturedFlow, Found } from './record.ts';
import { WebSocketReader } from './web-socket-reader.ts';

/** A head longer than this is none, bytes. */
const MAX_HEAD_BYTES: number = 2 ** 16;
/** So many bytes of a line with the size of a chunk. */
const MAX_SIZE_LINE_BYTES = 256;
const MAX_HEADERS = 100;

type State =
  | { readonly at: 'head' }
  | { readonly at: 'body'; readonly left: number; readonly isChunked: boolean }
  | { readonly at: 'chunk-size' }
  | { readonly at: 'trailer' }
  /** What it cannot read. */
  | { readonly at: 'lost' };

/** Reads the heads of requests or answers, and hands their bodies on. */
export class HttpReader implements FlowContentReader {
  readonly #flow: CapturedFlow;
  readonly #options: FlowOptions;
  readonly #openBody: (flow: CapturedFlow) => FlowContentReader;
  readonly #bytes = new ByteQueue();
  #state: State = { at: 'head' };
  #body: FlowContentReader | undefined;
  #bodies = 0;
  #offset = 0;
  #timeMs: number | undefined;

  /** @param openBody - makes what reads a body, whose flow it is given */
  constructor(flow: CapturedFlow, options: FlowOptions, openBody: (flow: CapturedFlow) => FlowContentReader) {
    this.#flow = flow;
    this.#options = options;
    this.#openBody = openBody;
  }

  push(bytes: Buffer, timeMs: number | undefined): void {
    this.#bytes.lend(bytes, bytes.length);
    this.#timeMs = timeMs ?? this.#timeMs;
    while (this.#step());
    this.#bytes.keep();
  }

  gap(bytes: number): void {
    const state = this.#state;
    const waiting = this.#bytes.length;
    const reason = `${bytes} bytes are not in the capture`;
    this.#found({ is: 'fault', reason: state.at === 'body' ? `${reason}, inside a body` : reason });
    if (state.at === 'body' && state.left >= bytes && waiting === 0) {
      this.#state = { ...state, left: state.left - bytes };
      this.#body?.gap(bytes);
    } else if (state.at !== 'lost') {
      this.#body?.gap(bytes);
      this.#state = { at: 'lost' };
    }
    this.#skip(waiting);
    this.#offset += bytes;
  }

  end(): void {
    this.#endBody();
    const inside = this.#bytes.length === 0 ? undefined : 'a head';
    this.#skip(this.#bytes.length);
    this.#found({ is: 'end', inside });
  }

  #step(): boolean {
    const state = this.#state;
    switch (state.at) {
      case 'head':
        return this.#readHead();
      case 'body':
        return this.#readBody(state);
      case 'chunk-size':
      case 'trailer':
        return this.#readLine(state.at);
      case 'lost':
        return this.#passLost();
      default:
        return state satisfies never;
    }
  }

  /** Behind a gap, what comes is a body all the same where one had begun. */
  #passLost(): boolean {
    const part = this.#bytes.readSome(MAX_HEAD_BYTES);
    if (part === undefined) return false;
    this.#offset += part.length;
    this.#body?.push(part, this.#timeMs);
    return true;
  }

  #readHead(): boolean {
    const window = this.#bytes.peek(Math.min(this.#bytes.length, MAX_HEAD_BYTES));
    const end = window?.indexOf('\r\n\r\n') ?? -1;
    if (window === undefined || end < 0) {
      if ((window?.length ?? 0) < MAX_HEAD_BYTES) return false;
      return this.#fail('a head of more bytes than are taken');
    }
    const [line = '', ...lines] = window.toString('latin1', 0, end).split('\r\n');
    if (!/ HTTP\/1\.\d|^HTTP\/1\.\d /.test(line)) return this.#fail('no head of HTTP');
    const headers = lines.slice(0, MAX_HEADERS).map((header): readonly [string, string] => {
      const at = header.indexOf(':');
      return [header.slice(0, Math.max(0, at)).trim(), header.slice(at + 1).trim()];
    });
    this.#found({ is: 'http', line, headers });
    this.#skip(end + 4);
    this.#beginBody(line, headers);
    return true;
  }

  #beginBody(line: string, headers: readonly (readonly [string, string])[]): void {
    const of = (name: string): string | undefined =>
      headers.find(([key]) => key.toLowerCase() === name)?.[1].toLowerCase();
    const status = Number(/^HTTP\/1\.\d (\d{3})/.exec(line)?.[1]);
    const isAnswer = !Number.isNaN(status);
    const length = of('content-length');
    if (isAnswer && (status < 200 || status === 204 || status === 304)) {
      if (status === 101) {
        this.#state = { at: 'lost' };
        if (of('upgrade') === 'websocket')
          this.#body = new WebSocketReader(this.#newBody(), (problem) => this.#fail(problem));
      }
      return;
    }
    if (!isAnswer && of('upgrade') === 'websocket') {
      this.#state = { at: 'lost' }; // what clients say there is masked, and of no interest
      return;
    }
    if (of('transfer-encoding')?.includes('chunked')) this.#state = { at: 'chunk-size' };
    else if (length !== undefined && /^\d{1,15}$/.test(length))
      this.#state = { at: 'body', left: Number(length), isChunked: false };
    else if (isAnswer) this.#state = { at: 'body', left: Number.POSITIVE_INFINITY, isChunked: false };
    else return;
    const type = of('content-type') ?? '';
    const isTold = !/^(?:text|image|font)\//.test(type) && length !== '0';
    this.#body = isTold ? this.#newBody() : undefined;
  }

  #newBody(): FlowContentReader {
    return this.#openBody({ ...this.#flow, id: `${this.#flow.id}.${++this.#bodies}` });
  }

  #readBody({ left, isChunked }: Extract<State, { at: 'body' }>): boolean {
    if (left === 0) {
      if (isChunked) this.#state = { at: 'trailer' };
      else this.#endBody();
      return true;
    }
    const part = this.#bytes.readSome(Math.min(left, MAX_HEAD_BYTES));
    if (part === undefined) return false;
    this.#offset += part.length;
    this.#state = { at: 'body', left: left - part.length, isChunked };
    this.#body?.push(part, this.#timeMs);
    return true;
  }

  /** The line with the size of a chunk, or the empty one behind it. */
  #readLine(at: 'chunk-size' | 'trailer'): boolean {
    const window = this.#bytes.peek(Math.min(this.#bytes.length, MAX_SIZE_LINE_BYTES));
    const end = window?.indexOf('\r\n') ?? -1;
    if (window === undefined || end < 0) {
      if ((window?.length ?? 0) < MAX_SIZE_LINE_BYTES) return false;
      return this.#fail('a chunk without a size');
    }
    const size = Number.parseInt(window.toString('latin1', 0, end), 16);
    if (at === 'trailer' && end === 0) this.#state = { at: 'chunk-size' };
    else if (size > 0) this.#state = { at: 'body', left: size, isChunked: true };
    else if (size === 0) {
      if (this.#bytes.length < end + 4) return false;
      this.#skip(2);
      this.#endBody();
    } else return this.#fail('a chunk without a size');
    this.#skip(end + 2);
    return true;
  }

  #endBody(): void {
    this.#body?.end();
    this.#body = undefined;
    this.#state = { at: 'head' };
  }

  #fail(reason: string): boolean {
    this.#found({ is: 'fault', reason });
    this.#state = { at: 'lost' };
    return true;
  }

  #found(found: Found): void {
    this.#options.sink.found({ flow: this.#flow, offset: this.#offset, timeMs: this.#timeMs, ...found });
  }

  #skip(bytes: number): void {
    this.#bytes.skip(bytes);
    this.#offset += bytes;
  }
}
