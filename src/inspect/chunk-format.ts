import type { ByteQueue } from '../bytes/byte-queue.ts';
import { ByteWriter } from '../bytes/byte-writer.ts';
import { ProtocolError } from '../errors.ts';
import type { ByteBudget } from '../protocol/capture/byte-budget.ts';
import {
  type ChunkFormat,
  EXTENDED_TIMESTAMP,
  MESSAGE_HEADER_SIZES,
  peekBasicHeader,
} from '../protocol/rtmp/chunk/chunk-header.ts';
import {
  ChunkHeaderReader,
  type ChunkStreamState,
  newChunkStreamState,
} from '../protocol/rtmp/chunk/chunk-header-reader.ts';
import { INITIAL_CHUNK_SIZE } from '../protocol/rtmp/chunk/chunk-reader.ts';
import {
  findDigest,
  handshakePartBytes,
  playerKey,
  serverKey,
} from '../protocol/rtmp/handshake/handshake-digest.ts';
import { AggregateReader } from '../protocol/rtmp/message/aggregate.ts';
import { decodeAbort, decodeSetChunkSize } from '../protocol/rtmp/message/control-message.ts';
import { isMediaType, MessageType, type RawMessage } from '../protocol/rtmp/message/message.ts';
import { canBeChunk, doubtOf, findChunk } from './chunk-search.ts';
import { type Content, contentOf } from './content.ts';
import type { FlowFormat, FlowInput, Foothold } from './tolerant-reader.ts';

/** More chunk streams than anybody uses. */
const MAX_CHUNK_STREAMS = 1024;
const MAX_MESSAGE_BYTES = 0xffffff;
/** Longer chunks with a header that is doubted are none, bytes. */
const MAX_DOUBTED_BYTES = 65_536;
/** A header in its longest form, bytes. */
const MAX_HEADER_BYTES = 18;
/** Lost bytes behind these leave it readable what a frame is. */
const TAG_HEADER_BYTES = 16;

interface MessageBegun {
  readonly format: ChunkFormat;
  readonly at: number;
  readonly length: number;
  bytes: ByteWriter;
  chunks: number;
  /** Whether there was room for it: else it is only passed over. */
  isKept: boolean;
  lostBytes: number;
  firstLost: number;
}

interface ChunkStream extends ChunkStreamState {
  readonly id: number;
  message: MessageBegun | undefined;
}

type State =
  | { readonly at: 'greeting' }
  | { readonly at: 'answer'; readonly left: number; readonly from: number }
  | { readonly at: 'header' }
  | { readonly at: 'payload'; readonly stream: ChunkStream; readonly left: number };

/** Reads RTMP: the handshake, then chunks, and puts them together to messages. */
export class ChunkFormatReader implements FlowFormat {
  readonly protocol = 'rtmp';
  readonly #budget: ByteBudget;
  readonly #tellsChunks: boolean;
  readonly #headers: ChunkHeaderReader<ChunkStream>;
  #state: State;
  #chunkSize = INITIAL_CHUNK_SIZE;
  #nextStreamId = 0;
  #input: FlowInput | undefined;

  constructor(budget: ByteBudget, tellsChunks: boolean, hasHandshake: boolean) {
    this.#budget = budget;
    this.#tellsChunks = tellsChunks;
    this.#state = { at: hasHandshake ? 'greeting' : 'header' };
    this.#headers = new ChunkHeaderReader<ChunkStream>(
      { messageBytes: MAX_MESSAGE_BYTES, chunkStreams: MAX_CHUNK_STREAMS },
      () => ({ ...newChunkStreamState(), id: this.#nextStreamId, message: undefined }),
    );
  }

  get inside(): string | undefined {
    const state = this.#state;
    if (state.at === 'header') return undefined;
    if (state.at !== 'payload') return 'a handshake';
    const { type, received, length } = state.stream;
    return `a message of type ${type}, of which ${received} of ${length} bytes are there`;
  }

  read(input: FlowInput, isAll: boolean): boolean {
    this.#input = input;
    const state = this.#state;
    switch (state.at) {
      case 'greeting':
        return this.#readGreeting(input);
      case 'answer':
        return this.#readAnswer(input, state.left, state.from);
      case 'header':
        return this.#readHeader(input, isAll);
      case 'payload':
        return this.#readPayload(input, state.stream, state.left);
      default:
        return state satisfies never;
    }
  }

  lose(bytes: number, queuedBytes: number): boolean {
    const state = this.#state;
    if (queuedBytes > 0 || state.at !== 'payload' || bytes > state.left) return false;
    const { message, received } = state.stream;
    if (message !== undefined) {
      if (message.lostBytes === 0) message.firstLost = received;
      message.lostBytes += bytes;
    }
    this.#add(state.stream, Buffer.alloc(bytes), state.left);
    return true;
  }

  drop(): void {
    this.#state = { at: 'header' };
    for (const stream of this.#begun) this.#dropMessage(stream);
    this.#begun.clear();
  }

  find(window: Buffer, isAll: boolean): Foothold | 'more' | undefined {
    const found = findChunk(window, (id) => this.#headers.stream(id), this.#chunkSize, isAll);
    if (found !== undefined && found !== 'more') this.#chunkSize = found.chunkSize;
    return found;
  }

  /** Chunk streams in the middle of a message. */
  readonly #begun = new Set<ChunkStream>();

  #readGreeting(input: FlowInput): boolean {
    const at = input.offset;
    const bytes = input.read(1 + handshakePartBytes);
    if (bytes === undefined) return false;
    const part = bytes.subarray(1);
    const isOf = (key: typeof playerKey): boolean => findDigest(part, key) !== undefined;
    const digest = isOf(playerKey) ? 'player' : isOf(serverKey) ? 'server' : 'none';
    const software = part.subarray(4, 8).join('.');
    input.found({ is: 'handshake', part: 'greeting', version: bytes.readUInt8(0), software, digest }, at);
    this.#state = { at: 'answer', left: handshakePartBytes, from: input.offset };
    return true;
  }

  #readAnswer(input: FlowInput, left: number, from: number): boolean {
    const part = input.readSome(left);
    if (part === undefined) return false;
    if (part.length < left) this.#state = { at: 'answer', left: left - part.length, from };
    else {
      this.#state = { at: 'header' };
      input.found({ is: 'handshake', part: 'answer' }, from);
    }
    return true;
  }

  #readHeader(input: FlowInput, isAll: boolean): boolean {
    const { bytes } = input;
    const basic = peekBasicHeader(bytes);
    if (basic === undefined) return false;
    const headerSize = basic.size + MESSAGE_HEADER_SIZES[basic.format];
    if (basic.format < 2) {
      const header = bytes.peek(headerSize);
      if (header === undefined) return false;
      const [type, length] = [header.readUInt8(basic.size + 6), header.readUIntBE(basic.size + 3, 3)];
      const doubt = doubtOf(type, length);
      if (doubt !== undefined) {
        const isExtended = header.readUIntBE(basic.size, 3) === EXTENDED_TIMESTAMP;
        const behind = headerSize + (isExtended ? 4 : 0) + Math.min(this.#chunkSize, length);
        const fits = this.#fitsBehind(bytes, behind, basic.chunkStreamId, isAll);
        if (fits === 'more') return false;
        if (!fits) throw new ProtocolError('RTMP_CHUNK_UNEXPECTED', doubt);
      }
    }
    const at = input.offset;
    const before = bytes.length;
    this.#nextStreamId = basic.chunkStreamId;
    const stream = this.#headers.read(bytes);
    if (stream === undefined) return false;
    const headerBytes = before - bytes.length;
    input.advance(headerBytes);
    this.#beginChunk(input, stream, basic.format, at, headerBytes);
    return true;
  }

  /** Whether a chunk begins behind so many bytes; where nothing more comes, whether it may. */
  #fitsBehind(bytes: ByteQueue, at: number, chunkStreamId: number, isAll: boolean): boolean | 'more' {
    if (at > MAX_DOUBTED_BYTES) return false;
    const window = bytes.peek(Math.min(bytes.length, at + MAX_HEADER_BYTES)) ?? Buffer.alloc(0);
    if (window.length < at + MAX_HEADER_BYTES && !isAll) return 'more';
    const begun = { ...newChunkStreamState() };
    return canBeChunk(window, at, (id) => (id === chunkStreamId ? begun : this.#headers.stream(id)));
  }

  #beginChunk(
    input: FlowInput,
    stream: ChunkStream,
    format: ChunkFormat,
    at: number,
    headerBytes: number,
  ): void {
    if (format !== 3 && stream.message !== undefined) {
      const { received } = stream;
      input.found(
        {
          is: 'fault',
          reason: `a message begins on chunk stream ${stream.id}, where another has ${received} of ${stream.message.length} bytes`,
        },
        at,
      );
      this.#dropMessage(stream);
      this.#begun.delete(stream);
    }
    stream.message ??= {
      format,
      at,
      length: stream.length,
      bytes: new ByteWriter(),
      chunks: 0,
      isKept: true,
      lostBytes: 0,
      firstLost: 0,
    };
    stream.message.chunks++;
    this.#begun.add(stream);
    const size = Math.min(this.#chunkSize, stream.length - stream.received);
    if (this.#tellsChunks)
      input.found({ is: 'chunk', format, chunkStreamId: stream.id, headerBytes, bytes: size }, at);
    this.#state = { at: 'payload', stream, left: size };
    if (size === 0) this.#complete(input, stream);
  }

  #readPayload(input: FlowInput, stream: ChunkStream, left: number): boolean {
    const part = input.readSome(left);
    if (part === undefined) return false;
    this.#add(stream, part, left);
    return true;
  }

  /** Takes bytes of the message whose chunk is being read. */
  #add(stream: ChunkStream, part: Buffer, left: number): void {
    const { message } = stream;
    if (message === undefined || this.#input === undefined) return;
    if (message.isKept && this.#budget.take(part.length)) message.bytes.bytes(part);
    else this.#forget(stream);
    stream.received += part.length;
    if (part.length < left) this.#state = { at: 'payload', stream, left: left - part.length };
    else if (stream.received < stream.length) this.#state = { at: 'header' };
    else this.#complete(this.#input, stream);
  }

  #complete(input: FlowInput, stream: ChunkStream): void {
    const { message, type, timestamp, messageStreamId, length, id: chunkStreamId } = stream;
    this.#state = { at: 'header' };
    if (message === undefined) return;
    const { format, at, chunks, lostBytes, isKept } = message;
    const raw: RawMessage = { type, timestamp, messageStreamId, payload: message.bytes.finish() };
    this.#dropMessage(stream);
    this.#begun.delete(stream);
    if (isKept && lostBytes === 0) this.#obey(input, raw);
    const head = { is: 'message', format, chunkStreamId, messageStreamId, type, timestamp, length } as const;
    input.found({ ...head, chunks, lostBytes, content: contentIn(raw, message) }, at);
  }

  /** What the message changes about those to come, and the media in it. */
  #obey(input: FlowInput, message: RawMessage): void {
    const { type, payload, timestamp, messageStreamId } = message;
    try {
      if (type === MessageType.setChunkSize) this.#chunkSize = decodeSetChunkSize(payload);
      else if (type === MessageType.abort) {
        const aborted = this.#headers.stream(decodeAbort(payload));
        if (aborted !== undefined && this.#begun.delete(aborted)) this.#dropMessage(aborted);
      } else if (type === MessageType.aggregate) {
        const reader = new AggregateReader(message);
        for (let part = reader.read(); part !== undefined; part = reader.read())
          if (isMediaType(part.type)) input.media({ is: 'flv', ...part });
      } else if (isMediaType(type)) input.media({ is: 'flv', type, timestamp, messageStreamId, payload });
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error; // its content says what is wrong with it
    }
  }

  /** There is no room for the message: it is passed over. */
  #forget(stream: ChunkStream): void {
    const { message } = stream;
    if (message === undefined || !message.isKept) return;
    this.#budget.give(stream.received);
    message.isKept = false;
    message.bytes = new ByteWriter();
  }

  #dropMessage(stream: ChunkStream): void {
    if (stream.message?.isKept) this.#budget.give(stream.received);
    stream.message = undefined;
    stream.received = 0;
  }
}

function contentIn(message: RawMessage, { isKept, lostBytes, firstLost }: MessageBegun): Content {
  if (!isKept) return { is: 'unreadable', reason: 'too many bytes in incomplete messages' };
  const { type } = message;
  const isFrame = type === MessageType.audio || type === MessageType.video;
  if (lostBytes > 0 && !(isFrame && firstLost >= TAG_HEADER_BYTES))
    return { is: 'unreadable', reason: `${lostBytes} of its bytes are not in the capture` };
  return contentOf(message);
}
