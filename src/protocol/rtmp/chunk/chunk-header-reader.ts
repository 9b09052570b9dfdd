import type { ByteQueue } from '../../../bytes/byte-queue.ts';
import { ProtocolError } from '../../../errors.ts';
import {
  type BasicHeader,
  type ChunkFormat,
  EXTENDED_TIMESTAMP,
  MESSAGE_HEADER_SIZES,
  peekBasicHeader,
} from './chunk-header.ts';

/** What the last headers of one chunk stream said. */
export interface ChunkStreamState {
  timestamp: number;
  /** What a type 3 chunk that begins a message adds to the timestamp. */
  delta: number;
  /** The extended timestamp field as it was last read, or -1 when the last header had none. */
  extended: number;
  length: number;
  type: number;
  messageStreamId: number;
  /** How many bytes of its message have come, by whoever reads them; 0 between messages. */
  received: number;
}

/** What a chunk stream begins with. */
export function newChunkStreamState(): ChunkStreamState {
  return { timestamp: 0, delta: 0, extended: -1, length: 0, type: 0, messageStreamId: 0, received: 0 };
}

/** What one peer may announce. */
export interface ChunkHeaderLimits {
  /** Longest message, bytes. */
  readonly messageBytes: number;
  /** How many chunk stream ids a peer may use. */
  readonly chunkStreams: number;
}

/** Reads the headers of chunks, and keeps what they say for the headers to come. @see RTMP 1.0 section 5.3.1 */
export class ChunkHeaderReader<S extends ChunkStreamState = ChunkStreamState> {
  readonly #limits: ChunkHeaderLimits;
  readonly #newStream: () => S;
  readonly #streams = new Map<number, S>();
  /** Whether this peer repeats the extended timestamp on type 3 chunks; undefined until the first one showed it. */
  #repeatsExtended: boolean | undefined;
  #format: ChunkFormat = 0;

  /** @param newStream - makes the state of a chunk stream, in which its owner may keep more */
  constructor(limits: ChunkHeaderLimits, newStream: () => S) {
    this.#limits = limits;
    this.#newStream = newStream;
  }

  /** The format of the chunk whose headers were read last. */
  get format(): ChunkFormat {
    return this.#format;
  }

  /** What is known of a chunk stream that has begun. */
  stream(chunkStreamId: number): S | undefined {
    return this.#streams.get(chunkStreamId);
  }

  /**
   * Reads the headers of the next chunk; undefined, and nothing consumed, until they are there.
   * @throws ProtocolError `RTMP_MESSAGE_TOO_LARGE`, `RTMP_CHUNK_STREAMS_TOO_MANY`, `RTMP_CHUNK_UNEXPECTED`, nothing consumed
   */
  read(bytes: ByteQueue): S | undefined {
    const basic = peekBasicHeader(bytes);
    if (basic === undefined) return undefined;
    const known = this.#streams.get(basic.chunkStreamId);
    if (known === undefined) this.#refuseNewStream(basic);
    this.#format = basic.format;
    if (basic.format === 3 && known !== undefined) return this.#continueStream(bytes, known, basic.size);
    const header = bytes.peek(basic.size + MESSAGE_HEADER_SIZES[basic.format]);
    return header === undefined ? undefined : this.#beginMessage(bytes, basic, known, header);
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

  /** A chunk of format 0, 1 or 2: begins a message. */
  #beginMessage(bytes: ByteQueue, basic: BasicHeader, known: S | undefined, header: Buffer): S | undefined {
    const field = header.readUIntBE(basic.size, 3);
    let extended = -1;
    if (field === EXTENDED_TIMESTAMP) {
      const whole = bytes.peek(header.length + 4);
      if (whole === undefined) return undefined;
      extended = whole.readUInt32BE(header.length);
    }
    const length = basic.format === 2 ? (known?.length ?? 0) : header.readUIntBE(basic.size + 3, 3);
    const limit = this.#limits.messageBytes;
    if (length > limit) {
      throw new ProtocolError('RTMP_MESSAGE_TOO_LARGE', `message of ${length} bytes, limit ${limit}`);
    }
    const stream = known ?? this.#newStream();
    if (known === undefined) this.#streams.set(basic.chunkStreamId, stream);
    const time = extended < 0 ? field : extended;
    stream.timestamp = basic.format === 0 ? time : (stream.timestamp + time) >>> 0;
    stream.delta = time;
    stream.extended = extended;
    stream.length = length;
    if (basic.format < 2) stream.type = header.readUInt8(basic.size + 6);
    if (basic.format === 0) stream.messageStreamId = header.readUInt32LE(basic.size + 7);
    bytes.skip(header.length + (extended < 0 ? 0 : 4));
    return stream;
  }

  /** A chunk of format 3: more of the message, or a new one with the last header's length, type and delta. */
  #continueStream(bytes: ByteQueue, stream: S, headerSize: number): S | undefined {
    let size = headerSize;
    if (stream.extended >= 0) {
      this.#repeatsExtended ??= findRepetition(bytes, stream, headerSize);
      if (this.#repeatsExtended === undefined) return undefined;
      if (this.#repeatsExtended) size += 4;
      if (bytes.length < size) return undefined;
    }
    bytes.skip(size);
    if (stream.received === 0) stream.timestamp = (stream.timestamp + stream.delta) >>> 0;
    return stream;
  }
}

/**
 * Whether the bytes after a format 3 header are the extended timestamp again; undefined while too few are there to
 * tell. Bytes beyond the chunk are waited for only while all that is there looks like a repetition.
 */
function findRepetition(
  bytes: ByteQueue,
  { extended }: ChunkStreamState,
  headerSize: number,
): boolean | undefined {
  const expected = Buffer.allocUnsafe(4);
  expected.writeUInt32BE(extended);
  for (let i = 0; i < 4; i++) {
    const byte = bytes.peekByte(headerSize + i);
    if (byte === undefined) return undefined;
    if (byte !== expected[i]) return false;
  }
  return true;
}
