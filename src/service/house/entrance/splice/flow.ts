import type { SocketWriter } from '../../../../session/socket-writer.ts';

/** From so much on that one end has not taken, the other one is not read, until the rest is small, bytes. */
const MOST_BYTES = 256 * 1024;
const REST_BYTES = 64 * 1024;

/** The end that media comes from. */
export interface FlowSource {
  /** Leaves unread what it sends. */
  hold(): void;
  goOn(): void;
}

/** One direction of a splice: what one end sends goes to the other, no faster than that takes it. */
export class Flow {
  readonly #writer: SocketWriter;
  readonly #source: FlowSource;
  #isHeld = false;

  /** @param writer - of the end that it goes to */
  constructor(writer: SocketWriter, source: FlowSource) {
    this.#writer = writer;
    this.#source = source;
  }

  /** Whether the source is not read now. */
  get isHeld(): boolean {
    return this.#isHeld;
  }

  write(bytes: Buffer): void {
    const isMuch = this.#isHeld || this.#writer.backlogBytes + bytes.length > MOST_BYTES;
    this.#writer.write(bytes, isMuch ? () => this.#onTaken() : undefined);
    if (!isMuch || this.#isHeld) return;
    this.#isHeld = true;
    this.#source.hold();
  }

  /** Nothing is written any more: the source is read again. */
  end(): void {
    if (!this.#isHeld) return;
    this.#isHeld = false;
    this.#source.goOn();
  }

  #onTaken(): void {
    if (this.#writer.backlogBytes <= REST_BYTES) this.end();
  }
}
