import { AMF0_FORMAT } from '../protocol/rtmp/message/command-message.ts';
import { type MediaType, MessageType } from '../protocol/rtmp/message/message.ts';
import { type ReadBudget, ReadQueue } from './read-queue.ts';
import { messageTypeOf, type StreamMessage } from './stream-message.ts';

/** Most of what the objects around a message take of the memory, bytes. */
const OVERHEAD_BYTES = 256;

/** What comes of a stream that the peer sends, until somebody iterates over it. */
export class StreamSource<Notice> implements AsyncIterable<StreamMessage | Notice> {
  readonly #queue: ReadQueue<StreamMessage | Notice>;

  constructor(budget: ReadBudget) {
    this.#queue = new ReadQueue(budget);
  }

  /** Whether nothing more comes; what has come may still be read. */
  get isOver(): boolean {
    return this.#queue.isEnded;
  }

  /** @param payload - is copied, for what was received is not ours */
  take(type: MediaType, timestamp: number, payload: Buffer): void {
    // data in AMF3 begins with a format byte, which some leave out
    const start = type === MessageType.dataAmf3 && payload[0] === AMF0_FORMAT ? 1 : 0;
    const own = new Uint8Array(payload.subarray(start));
    this.#queue.push({ type: messageTypeOf(type), timestamp, payload: own }, own.length + OVERHEAD_BYTES);
  }

  tell(notice: Notice): void {
    this.#queue.push(notice, OVERHEAD_BYTES);
  }

  /** @param error - why, unless in good order; is thrown when all that has come is read */
  end(error: Error | undefined): void {
    this.#queue.end(error);
  }

  /** Ends it, and drops what was not read. */
  discard(): void {
    this.#queue.discard();
  }

  [Symbol.asyncIterator](): AsyncIterator<StreamMessage | Notice, undefined> {
    return this.#queue[Symbol.asyncIterator]();
  }
}
