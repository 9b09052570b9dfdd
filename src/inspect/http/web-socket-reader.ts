import { ProtocolError } from '../../errors.ts';
import type { ByteBudget } from '../../protocol/capture/byte-budget.ts';
import { flvTagHeaderBytes, previousTagSizeBytes } from '../../protocol/flv/flv-tag.ts';
import { FIN, frameHeaderBytes, Opcode } from '../../protocol/ws/frame-header.ts';
import { FrameReader } from '../../protocol/ws/frame-reader.ts';
import type { FlowContentReader } from '../flow-content-reader.ts';
import { canBeTag, tagHeader } from '../tag-format.ts';
import { type FoundFrame, FrameSearch, type FrameTest } from './frame-search.ts';

/** Who is told how the frames are read. */
export interface WebSocketListener {
  /** What cannot be read. */
  failed(problem: string): void;
  /** A frame was found behind what was lost: its bytes are the last that were pushed. */
  resumed(found: FoundFrame): void;
}

/** Reads what a server says over WebSocket, and hands on what is in binary messages. */
export class WebSocketReader implements FlowContentReader {
  readonly #body: FlowContentReader;
  readonly #listener: WebSocketListener;
  readonly #budget: ByteBudget;
  #frames = new FrameReader();
  /** Looks for the next frame behind what was lost. */
  #search: FrameSearch | undefined;

  constructor(body: FlowContentReader, listener: WebSocketListener, budget: ByteBudget) {
    this.#body = body;
    this.#listener = listener;
    this.#budget = budget;
  }

  push(bytes: Buffer, timeMs: number | undefined): void {
    if (this.#search === undefined) {
      this.#decode(bytes, timeMs);
      return;
    }
    const found = this.#search.push(bytes);
    if (found === undefined) return;
    this.#search = undefined;
    this.#frames = new FrameReader();
    this.#listener.resumed(found);
    this.#decode(found.bytes, timeMs);
  }

  gap(bytes: number | undefined): void {
    if (this.#search === undefined && bytes !== undefined && this.#frames.lose(bytes)) {
      this.#body.gap(bytes);
      return;
    }
    this.#lose();
  }

  end(): void {
    this.#search?.drop();
    this.#body.end();
  }

  #decode(bytes: Buffer, timeMs: number | undefined): void {
    try {
      for (const part of this.#frames.decode(bytes))
        if (part.opcode === Opcode.binary) this.#body.push(part.bytes, timeMs);
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      this.#listener.failed(error.message);
      this.#lose();
    }
  }

  #lose(): void {
    if (this.#search === undefined) this.#body.gap(undefined);
    this.#search?.drop();
    this.#search = new FrameSearch(frameFits, this.#budget);
  }
}

/** So many headers one behind the other are no chance where nothing else tells. */
const CHAIN_FRAMES = 4;
/** First bytes of frames that a server sends in a whole message each. */
const firstBytes: ReadonlySet<number> = new Set(
  [Opcode.binary, Opcode.ping, Opcode.pong, Opcode.close].map((opcode) => FIN | opcode),
);

/** Whether a frame begins here that is one tag of FLV, and another one behind it; or several of any kind. */
const frameFits: FrameTest = (window, at) => {
  let next = at;
  for (let frames = 0; frames < CHAIN_FRAMES; frames++) {
    const frame = frameAt(window, next);
    if (typeof frame !== 'object') return frame;
    if (frames === 0 && frame.opcode !== Opcode.binary) return undefined;
    if (frames === 1 && isTag(window, at)) return 'certain';
    next += frame.bytes;
  }
  return 'likely';
};

function frameAt(window: Buffer, at: number): { opcode: number; bytes: number } | 'more' | undefined {
  const [first, second] = window.subarray(at, at + 2);
  if (first !== undefined && !firstBytes.has(first)) return undefined;
  if (first === undefined || second === undefined) return 'more';
  if (second > 127) return undefined; // servers do not mask
  const header = second < 126 ? 2 : second === 126 ? 4 : 10;
  if (at + header > window.length) return 'more';
  const length =
    second < 126
      ? second
      : second === 126
        ? window.readUInt16BE(at + 2)
        : Number(window.readBigUInt64BE(at + 2));
  const isShortest = frameHeaderBytes(length) === header;
  return isShortest && length <= 2 ** 24 ? { opcode: first & 0x0f, bytes: header + length } : undefined;
}

function isTag(window: Buffer, at: number): boolean {
  const frame = frameAt(window, at);
  if (typeof frame !== 'object') return false;
  const end = at + frame.bytes;
  const second = window.readUInt8(at + 1);
  const begin = at + (second < 126 ? 2 : second === 126 ? 4 : 10);
  if (end - begin < flvTagHeaderBytes || !canBeTag(window, begin)) return false;
  const rest = end - begin - flvTagHeaderBytes - tagHeader(window, begin).size;
  return rest === 0 || rest === previousTagSizeBytes;
}
