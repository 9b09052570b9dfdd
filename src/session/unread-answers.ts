import { ProtocolError } from '../errors.ts';
import type { SocketWriter } from './socket-writer.ts';

/** A peer may leave this many bytes of answers to its own messages unread. */
const MAX_UNREAD_ANSWER_BYTES = 256 * 1024;

/** What is answered on a connection: a peer that asks and asks and reads no answer must not fill the memory with them. */
export class UnreadAnswers {
  readonly #writer: SocketWriter;
  /** Since the socket last had taken all. */
  #bytes = 0;

  constructor(writer: SocketWriter) {
    this.#writer = writer;
  }

  /** Writes an answer. */
  write(bytes: Buffer): void {
    if (this.#writer.backlogBytes === 0) this.#bytes = 0;
    this.#bytes += bytes.length;
    this.#writer.write(bytes);
  }

  /** Looks whether the peer reads them. @throws ProtocolError `RTMP_ANSWERS_UNREAD` when it does not */
  check(): void {
    if (this.#bytes <= MAX_UNREAD_ANSWER_BYTES || this.#writer.backlogBytes === 0) return;
    throw new ProtocolError(
      'RTMP_ANSWERS_UNREAD',
      `${this.#bytes} bytes of answers to what it sent were not read`,
    );
  }
}
