import type { RtmpTarget } from '../../src/protocol/rtmp/rtmp-url.ts';
import { RtmptClient, type RtmptClientHandler, restMsAfter } from '../../src/protocol/rtmpt/rtmpt-client.ts';
import { monotonicMs } from '../clock.ts';

/** What whoever speaks RTMP over requests of HTTP is told. */
export interface RtmptLineEvents {
  /** To be sent on the connection. */
  send(bytes: Buffer): void;
  onOpen(): void;
  /** What the server's RTMP has to say. */
  onBytes(bytes: Buffer): void;
}

/** RTMP in requests of HTTP, all on one connection: asks again and again, as long as it is there. */
export class RtmptLine implements RtmptClientHandler {
  readonly #events: RtmptLineEvents;
  readonly #client: RtmptClient;
  readonly #written: Buffer[] = [];
  #askedAtMs = 0;
  #timer: NodeJS.Timeout | undefined;
  #isOver = false;

  constructor({ host, port }: RtmpTarget, events: RtmptLineEvents) {
    this.#events = events;
    this.#client = new RtmptClient(`${host.includes(':') ? `[${host}]` : host}:${port}`, this);
  }

  /** The connection is there. */
  start(): void {
    this.#client.open();
  }

  /** What has come on the connection. @throws ProtocolError */
  receive(bytes: Buffer): void {
    if (!this.#isOver) this.#client.receive(bytes);
  }

  /** Has RTMP say something. */
  write(bytes: Buffer): void {
    this.#written.push(bytes);
    if (!this.#client.isAsking) this.#ask();
  }

  /** Says goodbye; nothing is told any more. */
  leave(): void {
    this.#isOver = true;
    clearTimeout(this.#timer);
    this.#client.hangUp();
  }

  send(bytes: Buffer): void {
    this.#askedAtMs = monotonicMs();
    this.#events.send(bytes);
  }

  onOpen(): void {
    this.#events.onOpen();
  }

  onBytes(bytes: Buffer): void {
    this.#events.onBytes(bytes);
  }

  onAnswer(isEmpty: boolean): void {
    const restMs = this.#askedAtMs + restMsAfter(isEmpty) - monotonicMs();
    if (this.#written.length > 0 || restMs <= 0) this.#ask();
    else this.#timer = setTimeout(() => this.#ask(), restMs);
  }

  takeWritten(maxBytes: number): Buffer[] {
    let bytes = 0;
    const count = this.#written.findIndex(({ length }) => {
      bytes += length;
      return bytes > maxBytes;
    });
    return this.#written.splice(0, count < 0 ? this.#written.length : Math.max(1, count));
  }

  #ask(): void {
    clearTimeout(this.#timer);
    if (!this.#isOver) this.#client.ask();
  }
}
