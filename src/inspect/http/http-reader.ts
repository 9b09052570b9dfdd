import { ByteQueue } from '../../bytes/byte-queue.ts';
import type { FlowContentReader, FlowOptions } from '../flow-content-reader.ts';
import type { CapturedFlow, Found } from '../record.ts';
import type { BodySink } from './body-sink.ts';
import { chunkFits, type FoundFrame, FrameSearch } from './frame-search.ts';
import type { HttpConversation } from './http-conversation.ts';
import { findHead, type HttpHead, readHead } from './http-head.ts';
import { WebSocketReader } from './web-socket-reader.ts';

/** A head longer than this is none, bytes. */
const MAX_HEAD_BYTES: number = 2 ** 16;
/** So many bytes of a line with the size of a chunk. */
const MAX_SIZE_LINE_BYTES = 256;
/** What stays of bytes in which no head was found: the first line of one may have begun in them. */
const KEPT_BYTES = 1024;
const LINE_FEED = 0x0a;

type State =
  | { readonly at: 'head' }
  | { readonly at: 'body'; readonly left: number; readonly isChunked: boolean }
  | { readonly at: 'chunk-size' }
  | { readonly at: 'trailer' }
  /** Looks for the next head. @param from - where that has begun */
  | { readonly at: 'search'; readonly from: number }
  /** Looks for the next chunk of a body. */
  | { readonly at: 'chunk-search'; readonly search: FrameSearch }
  /** What it cannot read, and has no end. */
  | { readonly at: 'lost' };

/** What an {@link HttpReader} works with. */
export interface HttpParts extends FlowOptions {
  readonly flow: CapturedFlow;
  /** What both directions of the connection know of each other. */
  readonly conversation: HttpConversation;
  /** Makes what reads a body, whose flow it is given. */
  readonly openBody: (flow: CapturedFlow) => FlowContentReader;
}

/** Reads the heads of requests or answers, and hands their bodies on. */
export class HttpReader implements FlowContentReader {
  readonly #parts: HttpParts;
  readonly #bytes = new ByteQueue();
  #state: State = { at: 'head' };
  #body: BodySink | undefined;
  #bodies = 0;
  #offset: number;
  #timeMs: number | undefined;
  /** Whether bytes have come in which the first line of a head may end. */
  #hasNewLine = false;

  /** @param offset - where it begins, bytes */
  constructor(parts: HttpParts, offset = 0) {
    this.#parts = parts;
    this.#offset = offset;
  }

  push(bytes: Buffer, timeMs: number | undefined): void {
    this.#bytes.lend(bytes, bytes.length);
    this.#timeMs = timeMs ?? this.#timeMs;
    this.#hasNewLine ||= this.#state.at === 'search' && bytes.includes(LINE_FEED);
    while (this.#step());
    this.#bytes.keep();
  }

  gap(bytes: number): void {
    const state = this.#state;
    const waiting = this.#bytes.length;
    const reason = `${bytes} bytes are not in the capture`;
    const at = this.#offset + waiting;
    this.#found({ is: 'fault', reason: state.at === 'body' ? `${reason}, inside a body` : reason }, at);
    this.#skip(waiting);
    this.#offset += bytes;
    if (state.at === 'body' && !state.isChunked && Number.isFinite(state.left)) {
      const inBody = Math.min(bytes, state.left);
      this.#body?.gap(inBody);
      this.#state = { ...state, left: state.left - inBody };
      if (bytes <= state.left) return;
      this.#endBody(true);
    } else if (state.at === 'body' && state.left >= bytes) {
      this.#body?.gap(bytes);
      this.#state = { ...state, left: state.left - bytes };
      return;
    }
    if (state.at === 'chunk-search') state.search.drop();
    if (this.#body !== undefined && isChunked(state)) {
      if (state.at !== 'chunk-search') this.#body.gap(bytes);
      this.#state = { at: 'chunk-search', search: new FrameSearch(chunkFits, this.#parts.budget) };
    } else if (this.#body === undefined && state.at !== 'lost')
      this.#search(state.at === 'search' ? state.from : at);
    else {
      this.#body?.gap(bytes);
      this.#state = { at: 'lost' };
    }
  }

  end(): void {
    if (this.#state.at === 'chunk-search') this.#state.search.drop();
    const inside = this.#inside;
    this.#endBody(this.#state.at === 'body' && this.#state.left === Number.POSITIVE_INFINITY);
    this.#skip(this.#bytes.length);
    this.#found({ is: 'end', inside });
  }

  get #inside(): string | undefined {
    const state = this.#state;
    if (state.at === 'search' || state.at === 'chunk-search') return 'bytes in which nothing was found';
    if (state.at === 'body' && state.left > 0 && Number.isFinite(state.left))
      return `a body, of which ${state.left} bytes are not there`;
    return this.#bytes.length === 0 ? undefined : 'a head';
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
      case 'search':
        return this.#find(state.from);
      case 'chunk-search':
        return this.#findChunk(state.search);
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

  #findChunk(search: FrameSearch): boolean {
    const part = this.#bytes.read(this.#bytes.length);
    if (part === undefined || part.length === 0) return false;
    this.#offset += part.length;
    const found = search.push(part);
    if (found === undefined) return false;
    this.#resume(found, 'http');
    this.#offset -= found.bytes.length;
    this.#bytes.push(found.bytes);
    this.#skip(2); // the line end of the chunk before
    this.#state = { at: 'chunk-size' };
    return true;
  }

  /** A frame was found, and its bytes are the last that were read. */
  #resume({ bytes, sureness, skippedBytes }: FoundFrame, protocol: 'http' | 'websocket'): void {
    this.#found({ is: 'resumed', protocol, sureness, skippedBytes }, this.#offset - bytes.length);
  }

  #search(from: number): void {
    this.#parts.conversation.lose();
    this.#state = { at: 'search', from };
    this.#hasNewLine = true;
  }

  #find(from: number): boolean {
    if (!this.#hasNewLine) return false;
    const window = this.#bytes.peek(Math.min(this.#bytes.length, MAX_HEAD_BYTES));
    if (window === undefined) return false;
    const at = findHead(window);
    if (at === undefined) {
      const passed = Math.max(0, window.length - KEPT_BYTES);
      this.#skip(passed);
      this.#hasNewLine = window.length === MAX_HEAD_BYTES;
      return this.#hasNewLine;
    }
    this.#skip(at);
    this.#state = { at: 'head' };
    const skippedBytes = this.#offset - from;
    this.#found({ is: 'resumed', protocol: 'http', sureness: 'likely', skippedBytes });
    return true;
  }

  #readHead(): boolean {
    const window = this.#bytes.peek(Math.min(this.#bytes.length, MAX_HEAD_BYTES));
    const end = window?.indexOf('\r\n\r\n') ?? -1;
    if (window === undefined || end < 0) {
      if ((window?.length ?? 0) < MAX_HEAD_BYTES) return false;
      return this.#fail('a head of more bytes than are taken');
    }
    const head = readHead(window.toString('latin1', 0, end));
    if (head === undefined) return this.#fail('no head of HTTP');
    const { conversation, tellsChunks } = this.#parts;
    const { line, headers } = head;
    if (tellsChunks || !conversation.isCarrier(head)) this.#found({ is: 'http', line, headers });
    this.#skip(end + 4);
    this.#beginBody(head);
    return true;
  }

  #beginBody(head: HttpHead): void {
    const { status, of } = head;
    const isAnswer = status !== undefined;
    if (status !== undefined && status < 200 && status !== 101) return;
    const { conversation, flow } = this.#parts;
    const ofTunnel = isAnswer ? conversation.answer(head) : conversation.request(head, flow);
    if (status === 101) {
      this.#state = { at: 'lost' };
      if (of('upgrade') === 'websocket')
        this.#body = new WebSocketReader(
          this.#newBody(),
          { failed: (problem) => this.#fail(problem), resumed: (found) => this.#resume(found, 'websocket') },
          this.#parts.budget,
        );
      return;
    }
    if (status === 204 || status === 304) return;
    if (!isAnswer && of('upgrade') === 'websocket') {
      this.#state = { at: 'lost' }; // what clients say there is masked, and of no interest
      return;
    }
    const length = of('content-length');
    if (of('transfer-encoding')?.includes('chunked')) this.#state = { at: 'chunk-size' };
    else if (length !== undefined && /^\d{1,15}$/.test(length))
      this.#state = { at: 'body', left: Number(length), isChunked: false };
    else if (isAnswer) this.#state = { at: 'body', left: Number.POSITIVE_INFINITY, isChunked: false };
    else {
      ofTunnel?.end(true);
      return;
    }
    const isTold = !/^(?:text|image|font)\//.test(of('content-type') ?? '') && length !== '0';
    this.#body = ofTunnel ?? (isTold ? this.#newBody() : undefined);
  }

  #newBody(): FlowContentReader {
    const { flow, openBody } = this.#parts;
    return openBody({ ...flow, id: `${flow.id}.${++this.#bodies}` });
  }

  #readBody({ left, isChunked }: Extract<State, { at: 'body' }>): boolean {
    if (left === 0) {
      if (isChunked) this.#state = { at: 'trailer' };
      else this.#endBody(true);
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
      this.#endBody(true);
    } else return this.#fail('a chunk without a size');
    this.#skip(end + 2);
    return true;
  }

  #endBody(isWhole: boolean): void {
    this.#body?.end(isWhole);
    this.#body = undefined;
    this.#state = { at: 'head' };
  }

  #fail(reason: string): boolean {
    const at = this.#offset;
    this.#found({ is: 'fault', reason });
    if (this.#body !== undefined) this.#state = { at: 'lost' };
    else {
      this.#skip(Math.min(1, this.#bytes.length)); // or it would be found again
      this.#search(at);
    }
    return true;
  }

  #found(found: Found, offset: number = this.#offset): void {
    const { sink, flow } = this.#parts;
    sink.found({ flow, offset, timeMs: this.#timeMs, ...found });
  }

  #skip(bytes: number): void {
    this.#bytes.skip(bytes);
    this.#offset += bytes;
  }
}

/** Whether it is a body in chunks that is read. */
function isChunked(state: State): boolean {
  if (state.at === 'body') return state.isChunked;
  return state.at === 'chunk-size' || state.at === 'trailer' || state.at === 'chunk-search';
}
