import { ProtocolError } from '../errors.ts';

/** A peer may leave this many bytes of answers to its own messages unread. */
const MAX_UNREAD_ANSWER_BYTES = 256 * 1024;

/** Where answers go. */
export interface AnswerWriter {
  /** Bytes that were written and that nobody has taken yet. */
  readonly backlogBytes: number;
  write(bytes: Buffer): void;
}

/** What is answered on a connection: a peer that asks and asks and reads no answer must not fill the memory with them. */
export class UnreadAnswers {
  readonly #writer: AnswerWriter;
  /** Since the socket last had taken all. */
  #bytes = 0;

  constructor(writer: AnswerWriter) {
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
