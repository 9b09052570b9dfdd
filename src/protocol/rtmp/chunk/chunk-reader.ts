import type { ByteQueue } from '../../../bytes/byte-queue.ts';
import { ProtocolError } from '../../../errors.ts';
import { unmetered, Work, type WorkMeter } from '../../work-meter.ts';
import { decodeAbort, decodeSetChunkSize } from '../message/control-message.ts';
import { MessageType, type RawMessage } from '../message/message.ts';
import { ChunkHeaderReader, type ChunkStreamState, newChunkStreamState } from './chunk-header-reader.ts';

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
interface ChunkStream extends ChunkStreamState {
  /** The bytes of the incomplete message so far; undefined between messages. */
  partial: Buffer | undefined;
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
  readonly #headers: ChunkHeaderReader<ChunkStream>;
  #chunkSize = INITIAL_CHUNK_SIZE;
  #partialBytes = 0;
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
    this.#headers = new ChunkHeaderReader(limits, newChunkStream);
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
      else if (type === MessageType.abort) this.#dropPartial(this.#headers.stream(decodeAbort(payload)));
      else yield { type, timestamp, messageStreamId, payload };
    }
  }

  /** Reads the headers of the next chunk; undefined, and nothing consumed, until they are there. */
  #readHeader(): ChunkStream | undefined {
    const stream = this.#headers.read(this.#bytes);
    if (stream === undefined) return undefined;
    if (this.#headers.format !== 3) this.#dropPartial(stream); // a message that was incomplete on this chunk stream
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
  return { ...newChunkStreamState(), partial: undefined };
}
