import { ProtocolError } from '../errors.ts';
import type { MediaType } from '../protocol/rtmp/message/message.ts';
import type { SessionLink } from './session-link.ts';
import { mediaTypeOf, type StreamMessage } from './stream-message.ts';
import type { WaitOptions } from './waiting.ts';

/** No message is longer than its 24-bit length field allows. */
const MAX_MESSAGE_BYTES = 0xffffff;

/** Where messages of a stream go that the peer is sent. */
export class StreamSink {
  /** Resolves when nothing more can be sent: with why, unless that was in good order or from this side. */
  readonly ended: Promise<Error | undefined>;
  readonly #streamName: string;
  readonly #link: SessionLink;
  readonly #write: (type: MediaType, timestamp: number, payload: Uint8Array) => void;
  readonly #end = Promise.withResolvers<Error | undefined>();
  #error: Error | undefined;
  #isOver = false;

  constructor(
    streamName: string,
    link: SessionLink,
    write: (type: MediaType, timestamp: number, payload: Uint8Array) => void,
  ) {
    this.ended = this.#end.promise;
    this.#streamName = streamName;
    this.#link = link;
    this.#write = write;
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  /** Writes at once; resolves when more may be written. A promise that nobody looks at may reject. */
  send(message: StreamMessage, options: WaitOptions): Promise<void> {
    const sent = this.#send(message, options);
    sent.catch(() => {}); // whoever does not wait hears of it by `ended`
    return sent;
  }

  /** @param error - why, unless in good order or from this side */
  end(error: Error | undefined): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#error = error;
    this.#end.resolve(error);
  }

  async #send({ type, timestamp, payload }: StreamMessage, options: WaitOptions): Promise<void> {
    options.signal?.throwIfAborted();
    if (this.#isOver) throw this.#error ?? new Error(`${this.#streamName} is over: nothing can be sent`);
    if (payload.length > MAX_MESSAGE_BYTES) {
      const problem = `message of ${payload.length} bytes, limit ${MAX_MESSAGE_BYTES}`;
      throw new ProtocolError('RTMP_MESSAGE_TOO_LARGE', problem);
    }
    this.#write(mediaTypeOf[type], timestamp >>> 0, payload);
    await this.#link.drained(options);
  }
}
