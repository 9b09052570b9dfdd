import { ByteQueue } from '../../bytes/byte-queue.ts';
import { type ErrorCode, ProtocolError } from '../../errors.ts';
import { unmetered, Work, type WorkMeter } from '../work-meter.ts';
import { FlvTagType, flvFileHeaderBytes, flvTagHeaderBytes, previousTagSizeBytes } from './flv-tag.ts';

/** One tag of an FLV stream. */
export interface FlvTag {
  /** What the payload is. */
  readonly type: FlvTagType;
  /** Milliseconds, uint32. */
  readonly timestamp: number;
  /** 0 in every file; see `noticeStreamId`. */
  readonly streamId: number;
  /** A view of the pushed bytes, or a copy where the tag lay across several pushes. */
  readonly payload: Buffer;
  /** Where its tag header stood, in bytes from the beginning of the stream. */
  readonly offset: number;
}

/** What a reader accepts. */
export interface FlvTagReaderOptions {
  /** Largest payload of a tag, bytes. */
  readonly maxTagBytes: number;
}

const maxDataOffset = 65_536;

type State =
  | { readonly at: 'fileHeader' }
  /** Behind a tag of this size, header included; 0 before the first tag. */
  | { readonly at: 'previousTagSize'; readonly expected: number }
  | { readonly at: 'tagHeader' }
  | ({ readonly at: 'payload'; readonly size: number } & Omit<FlvTag, 'payload'>)
  /** Bytes that nobody wants: passed over as they come, then `next`. */
  | { readonly at: 'skipping'; readonly bytes: number; readonly next: State };

/**
 * Reads the tags of an FLV stream as its bytes come. Tags of unknown types are passed over; a tag is there as soon
 * as its payload is, before its PreviousTagSize. An error is final: `tags` throws it again.
 */
export class FlvTagReader {
  readonly #maxTagBytes: number;
  readonly #meter: WorkMeter;
  readonly #bytes = new ByteQueue();
  #state: State = { at: 'fileHeader' };
  /** Bytes consumed since the beginning of the stream. */
  #offset = 0;

  /** @param meter - is told of every tag */
  constructor({ maxTagBytes }: FlvTagReaderOptions, meter: WorkMeter = unmetered) {
    this.#maxTagBytes = maxTagBytes;
    this.#meter = meter;
  }

  /** Bytes that were pushed and are no whole tag yet. */
  get partialBytes(): number {
    return this.#bytes.length;
  }

  /** Takes a chunk over: the caller must not change it afterwards. */
  push(chunk: Buffer): void {
    this.#bytes.push(chunk);
  }

  /**
   * The tags that are complete by now, until the meter is spent. The iteration may be left and begun anew.
   * @throws ProtocolError `FLV_SIGNATURE_INVALID`, `FLV_TAG_INVALID` or `FLV_TAG_TOO_LARGE`, with the offset of the
   *   fault in bytes from the beginning of the stream.
   */
  *tags(): Generator<FlvTag> {
    while (!this.#meter.isSpent) {
      const state = this.#state;
      if (state.at === 'payload') {
        const { size, type, timestamp, streamId, offset } = state;
        const payload = this.#bytes.read(size);
        if (payload === undefined) return;
        this.#offset += size;
        this.#state = { at: 'previousTagSize', expected: flvTagHeaderBytes + size };
        yield { type, timestamp, streamId, payload, offset };
      } else {
        const next = this.#step(state);
        if (next === undefined) return;
        this.#state = next;
      }
    }
  }

  /**
   * Nothing more will come. The last PreviousTagSize may be missing, some muxers leave it out.
   * @throws ProtocolError `FLV_SIGNATURE_INVALID` or `FLV_TAG_INVALID` when the stream ends where it may not.
   */
  end(): void {
    const { at } = this.#state;
    if (at === 'fileHeader') throw this.#fault('FLV_SIGNATURE_INVALID', 'the stream ends inside its header');
    if (at === 'previousTagSize' || (at === 'tagHeader' && this.#bytes.length === 0)) return;
    throw this.#fault('FLV_TAG_INVALID', 'the stream ends inside a tag');
  }

  /** Passes what is before a payload and gives the next state; undefined until enough bytes are there. */
  #step(state: Exclude<State, { at: 'payload' }>): State | undefined {
    switch (state.at) {
      case 'fileHeader':
        return this.#readFileHeader();
      case 'previousTagSize':
        return this.#readPreviousTagSize(state.expected);
      case 'tagHeader':
        return this.#readTagHeader();
      case 'skipping': {
        const bytes = Math.min(state.bytes, this.#bytes.length);
        this.#skip(bytes);
        if (bytes === state.bytes) return state.next;
        this.#state = { ...state, bytes: state.bytes - bytes };
        return undefined;
      }
      default:
        return state satisfies never;
    }
  }

  #readFileHeader(): State | undefined {
    const header = this.#bytes.peek(flvFileHeaderBytes);
    if (header === undefined) return undefined;
    if (header.toString('latin1', 0, 3) !== 'FLV')
      throw this.#fault('FLV_SIGNATURE_INVALID', 'no FLV signature');
    const version = header.readUInt8(3);
    if (version !== 1) throw this.#fault('FLV_SIGNATURE_INVALID', `FLV version ${version}, expected 1`);
    const dataOffset = header.readUInt32BE(5);
    if (dataOffset < flvFileHeaderBytes || dataOffset > maxDataOffset) {
      const range = `expected ${flvFileHeaderBytes} to ${maxDataOffset}`;
      throw this.#fault('FLV_SIGNATURE_INVALID', `FLV DataOffset ${dataOffset}, ${range}`);
    }
    return { at: 'skipping', bytes: dataOffset, next: { at: 'previousTagSize', expected: 0 } };
  }

  #readPreviousTagSize(expected: number): State | undefined {
    const previousTagSize = this.#bytes.peek(previousTagSizeBytes)?.readUInt32BE(0);
    if (previousTagSize === undefined) return undefined;
    // Some muxers leave it 0; any other number means that the tags are out of step.
    if (previousTagSize !== expected && previousTagSize !== 0) {
      throw this.#fault('FLV_TAG_INVALID', `PreviousTagSize ${previousTagSize}, expected ${expected}`);
    }
    this.#skip(previousTagSizeBytes);
    return { at: 'tagHeader' };
  }

  #readTagHeader(): State | undefined {
    const header = this.#bytes.peek(flvTagHeaderBytes);
    if (header === undefined) return undefined;
    const first = header.readUInt8(0);
    if (first & 0x20) throw this.#fault('FLV_TAG_INVALID', 'encrypted tag');
    const type = first & 0x1f;
    const size = header.readUIntBE(1, 3);
    this.#meter.spend(Work.message, size);
    if (!isFlvTagType(type)) {
      const expected = flvTagHeaderBytes + size;
      return { at: 'skipping', bytes: expected, next: { at: 'previousTagSize', expected } };
    }
    if (size > this.#maxTagBytes) {
      throw this.#fault('FLV_TAG_TOO_LARGE', `tag of ${size} bytes, limit ${this.#maxTagBytes}`);
    }
    const timestamp = ((header.readUInt8(7) << 24) | header.readUIntBE(4, 3)) >>> 0;
    const streamId = header.readUIntBE(8, 3);
    const offset = this.#offset;
    this.#skip(flvTagHeaderBytes);
    return { at: 'payload', type, timestamp, streamId, size, offset };
  }

  #skip(bytes: number): void {
    this.#bytes.skip(bytes);
    this.#offset += bytes;
  }

  #fault(code: ErrorCode, problem: string): ProtocolError {
    return new ProtocolError(code, `${problem}, at byte ${this.#offset}`);
  }
}

function isFlvTagType(type: number): type is FlvTagType {
  return type === FlvTagType.audio || type === FlvTagType.video || type === FlvTagType.script;
}
