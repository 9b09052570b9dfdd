import type { ByteQueue } from '../../../bytes/byte-queue.ts';
import { ProtocolError } from '../../../errors.ts';
import { unmetered, Work, type WorkMeter } from '../../work-meter.ts';
import { decodeAbort, decodeSetChunkSize } from '../message/control-message.ts';
import { MessageType, type RawMessage } from '../message/message.ts';
import {
  type BasicHeader,
  EXTENDED_TIMESTAMP,
  MESSAGE_HEADER_SIZES,
  peekBasicHeader,
} from './chunk-header.ts';

/** What one peer may make the reader hold. */
export interface ChunkReaderLimits {
  /** Longest message, bytes. */
  readonly messageBytes: number;
  /** Memory for messages that have begun and are not complete, over all chunk streams, bytes. */
  readonly partialBytes: number;
  /** How many chunk stream ids a peer may use. */
  readonly chunkStreams: number;
}

/** The chunk size of both directions until Set Chunk Size. @see RTMP 1.0 section 5.4.1 */
export const INITIAL_CHUNK_SIZE = 128;

/** A new message's first piece of memory at the least, bytes; it doubles as the message arrives. */
const FIRST_ALLOCATION = 256;

/** What the last headers of one chunk stream said, and the message that it is in the middle of. */
interface ChunkStream {
  timestamp: number;
  /** What a type 3 chunk that begins a message adds to the timestamp. */
  delta: number;
  /** The extended timestamp field as it was last read, or -1 when the last header had none. */
  extended: number;
  length: number;
  type: number;
  messageStreamId: number;
  /** The bytes of the incomplete message so far; undefined between messages. */
  partial: Buffer | undefined;
  /** How many of its bytes have come; 0 between messages. */
  received: number;
}

/**
 * Turns received bytes into messages: de-multiplexes chunk streams and obeys Set Chunk Size and Abort, which it does not
 * hand out. After a ProtocolError it must not be used again.
 * @see RTMP 1.0 section 5.3
 */
export class ChunkReader {
  readonly #bytes: ByteQueue;
  readonly #limits: ChunkReaderLimits;
  readonly #meter: WorkMeter;
  readonly #streams = new Map<number, ChunkStream>();
  #chunkSize = INITIAL_CHUNK_SIZE;
  #partialBytes = 0;
  /** Whether this peer repeats the extended timestamp on type 3 chunks; undefined until the first one showed it. */
  #repeatsExtended: boolean | undefined;
  /** The chunk whose header was read and whose payload has not fully arrived. */
  #current: ChunkStream | undefined;
  #chunkLeft = 0;

  /**
   * @param bytes - where the received bytes are put; shared with the handshake before.
   * @param meter - is told of every chunk and message
   */
  constructor(bytes: ByteQueue, limits: ChunkReaderLimits, meter: WorkMeter = unmetered) {
    this.#bytes = bytes;
    this.#limits = limits;
    this.#meter = meter;
  }

  /** Bytes of memory held for incomplete messages. */
  get partialBytes(): number {
    return this.#partialBytes;
  }

  /**
   * Every message that is complete by now, until the meter is spent. The iteration may be left and begun anew.
   * @throws ProtocolError `RTMP_MESSAGE_TOO_LARGE`, `RTMP_PARTIAL_BYTES_TOO_MANY`, `RTMP_CHUNK_STREAMS_TOO_MANY`,
   * `RTMP_CHUNK_UNEXPECTED`, `RTMP_CHUNK_SIZE_INVALID`, `RTMP_PAYLOAD_TRUNCATED`
   */
  *messages(): Generator<RawMessage> {
    while (!this.#meter.isSpent) {
      const stream = this.#current ?? this.#readHeader();
      if (stream === undefined) return;
      const payload = this.#readPayload(stream);
      if (payload === undefined) {
        if (this.#current !== undefined) return; // the chunk itself is not complete
        continue;
      }
      this.#meter.spend(Work.message, stream.length);
      const { type, timestamp, messageStreamId } = stream;
      if (type === MessageType.setChunkSize) this.#chunkSize = decodeSetChunkSize(payload);
      else if (type === MessageType.abort) this.#dropPartial(this.#streams.get(decodeAbort(payload)));
      else yield { type, timestamp, messageStreamId, payload };
    }
  }

  /** Reads the headers of the next chunk; undefined, and nothing consumed, until they are there. */
  #readHeader(): ChunkStream | undefined {
    const basic = peekBasicHeader(this.#bytes);
    if (basic === undefined) return undefined;
    const known = this.#streams.get(basic.chunkStreamId);
    if (known === undefined) this.#refuseNewStream(basic);
    if (basic.format === 3 && known !== undefined) return this.#continueStream(known, basic.size);
    const header = this.#bytes.peek(basic.size + MESSAGE_HEADER_SIZES[basic.format]);
    return header === undefined ? undefined : this.#beginMessage(basic, known, header);
  }

  #refuseNewStream({ format, chunkStreamId }: BasicHeader): void {
    // librtmp sends a ping's answer as format 1 on a chunk stream of its own; without a length there is nothing to read
    if (format > 1) {
      const problem = `chunk of format ${format} on chunk stream ${chunkStreamId}, which has not begun`;
      throw new ProtocolError('RTMP_CHUNK_UNEXPECTED', problem);
    }
    const limit = this.#limits.chunkStreams;
    if (this.#streams.size >= limit) {
      const problem = `more than ${limit} chunk streams on one connection`;
      throw new ProtocolError('RTMP_CHUNK_STREAMS_TOO_MANY', problem);
    }
  }

  /** A chunk of format 0, 1 or 2: begins a message; one that was incomplete on this chunk stream is dropped. */
  #beginMessage(basic: BasicHeader, known: ChunkStream | undefined, header: Buffer): ChunkStream | undefined {
    const field = header.readUIntBE(basic.size, 3);
    let extended = -1;
    if (field === EXTENDED_TIMESTAMP) {
      const whole = this.#bytes.peek(header.length + 4);
      if (whole === undefined) return undefined;
      extended = whole.readUInt32BE(header.length);
    }
    const length = basic.format === 2 ? (known?.length ?? 0) : header.readUIntBE(basic.size + 3, 3);
    const limit = this.#limits.messageBytes;
    if (length > limit) {
      throw new ProtocolError('RTMP_MESSAGE_TOO_LARGE', `message of ${length} bytes, limit ${limit}`);
    }
    const stream = known ?? newChunkStream();
    if (known === undefined) this.#streams.set(basic.chunkStreamId, stream);
    this.#dropPartial(known);
    const time = extended < 0 ? field : extended;
    stream.timestamp = basic.format === 0 ? time : (stream.timestamp + time) >>> 0;
    stream.delta = time;
    stream.extended = extended;
    stream.length = length;
    if (basic.format < 2) stream.type = header.readUInt8(basic.size + 6);
    if (basic.format === 0) stream.messageStreamId = header.readUInt32LE(basic.size + 7);
    this.#bytes.skip(header.length + (extended < 0 ? 0 : 4));
    return this.#beginChunk(stream);
  }

  /** A chunk of format 3: more of the message, or a new one with the last header's length, type and delta. */
  #continueStream(stream: ChunkStream, headerSize: number): ChunkStream | undefined {
    let size = headerSize;
    if (stream.extended >= 0) {
      this.#repeatsExtended ??= this.#findRepetition(stream, headerSize);
      if (this.#repeatsExtended === undefined) return undefined;
      if (this.#repeatsExtended) size += 4;
      if (this.#bytes.length < size) return undefined;
    }
    this.#bytes.skip(size);
    if (stream.partial === undefined) stream.timestamp = (stream.timestamp + stream.delta) >>> 0;
    return this.#beginChunk(stream);
  }

  /**
   * Whether the bytes after a format 3 header are the extended timestamp again; undefined while too few are there to
   * tell. Bytes beyond the chunk are waited for only while all that is there looks like a repetition.
   */
  #findRepetition(stream: ChunkStream, headerSize: number): boolean | undefined {
    const expected = Buffer.allocUnsafe(4);
    expected.writeUInt32BE(stream.extended);
    for (let i = 0; i < 4; i++) {
      const byte = this.#bytes.peekByte(headerSize + i);
      if (byte === undefined) return undefined;
      if (byte !== expected[i]) return false;
    }
    return true;
  }

  #beginChunk(stream: ChunkStream): ChunkStream {
    this.#chunkLeft = Math.min(this.#chunkSize, stream.length - stream.received);
    this.#meter.spend(1, this.#chunkLeft);
    this.#current = stream;
    return stream;
  }

  /** Reads what is there of the current chunk; the payload when that completes its message. */
  #readPayload(stream: ChunkStream): Buffer | undefined {
    if (stream.partial === undefined && this.#chunkLeft === stream.length) {
      const whole = this.#bytes.read(stream.length); // the usual case: one chunk, all there
      if (whole !== undefined) {
        this.#current = undefined;
        return whole;
      }
    }
    const size = Math.min(this.#chunkLeft, this.#bytes.length);
    const partial = this.#reserve(stream, size);
    this.#bytes.readInto(partial, stream.received, size);
    stream.received += size;
    this.#chunkLeft -= size;
    if (this.#chunkLeft > 0) return undefined;
    this.#current = undefined;
    if (stream.received < stream.length) return undefined;
    this.#dropPartial(stream);
    return partial.subarray(0, stream.length);
  }

  /** Memory for `more` bytes of the stream's message; grows with what arrives, never with what is only announced. */
  #reserve(stream: ChunkStream, more: number): Buffer {
    const old = stream.partial;
    const needed = stream.received + more;
    if (old !== undefined && needed <= old.length) return old;
    const capacity = Math.min(stream.length, Math.max(2 * needed, FIRST_ALLOCATION));
    this.#partialBytes += capacity - (old?.length ?? 0);
    const limit = this.#limits.partialBytes;
    if (this.#partialBytes > limit) {
      const problem = `more than ${limit} bytes in incomplete messages`;
      throw new ProtocolError('RTMP_PARTIAL_BYTES_TOO_MANY', problem);
    }
    const grown = Buffer.allocUnsafeSlow(capacity);
    old?.copy(grown, 0, 0, stream.received);
    stream.partial = grown;
    return grown;
  }

  #dropPartial(stream: ChunkStream | undefined): void {
    if (stream?.partial === undefined) return;
    this.#partialBytes -= stream.partial.length;
    stream.partial = undefined;
    stream.received = 0;
  }
}

function newChunkStream(): ChunkStream {
  return {
    timestamp: 0,
    delta: 0,
    extended: -1,
    length: 0,
    type: 0,
    messageStreamId: 0,
    partial: undefined,
    received: 0,
  };
}
