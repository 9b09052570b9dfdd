import type { IncomingMessage } from 'node:http';
import { ProtocolError } from '../../errors.ts';
import { FlvTagReader } from '../../protocol/flv/flv-tag-reader.ts';
import type { Clock } from '../../stream/clock.ts';
import { addressOf, type FlvPullWish } from './flv-request.ts';
import { endOf } from './http-upstream-end.ts';
import type { UpstreamEnd, UpstreamEvents } from './upstream.ts';
import { tellMessage } from './upstream-media.ts';

/** The FLV stream of an upstream, whatever transport brings it, up to its one end. */
export class FlvIntake {
  readonly #wish: FlvPullWish;
  readonly #events: UpstreamEvents;
  readonly #tags: FlvTagReader;
  readonly #hangUp: () => void;
  #isOver = false;

  /** @param hangUp - called once, when nothing more is wanted of the transport */
  constructor(wish: FlvPullWish, events: UpstreamEvents, hangUp: () => void) {
    this.#wish = wish;
    this.#events = events;
    this.#tags = new FlvTagReader({ maxTagBytes: wish.maxTagBytes });
    this.#hangUp = hangUp;
  }

  /** The upstream accepted. @param path - ids of the relays that bring the stream, nearest first */
  start(path: readonly string[]): void {
    if (!this.#isOver) this.#events.onStart(path);
  }

  /** Takes bytes of the stream over. */
  receive(bytes: Buffer): void {
    if (this.#isOver) return;
    try {
      this.#tags.push(bytes);
      for (const { type, timestamp, payload } of this.#tags.tags()) {
        tellMessage(this.#events, type, timestamp, payload);
        if (this.#isOver) return; // told to leave
      }
    } catch (error) {
      this.lose(faultOf(error));
    }
  }

  /** The stream is complete, says the transport. @param description - for people */
  complete(description: string): void {
    if (this.#isOver) return;
    try {
      this.#tags.end();
      this.end({ kind: 'ended', description });
    } catch (error) {
      this.lose(faultOf(error));
    }
  }

  /** The server answered with something that is not the stream. */
  refuse(response: IncomingMessage, clock: Clock): void {
    response.on('error', () => {}); // 'close' follows
    endOf(response, addressOf(this.#wish.url), clock).then(
      (end) => this.end(end),
      (error: unknown) => this.lose(String(error)),
    );
  }

  /** The transport has failed. */
  lose(description: string): void {
    this.end({ kind: 'lost', description });
  }

  /** Tells the end; only the first is one. */
  end(end: UpstreamEnd): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#events.onEnd(end);
    this.#hangUp();
  }

  /** Nothing is told any more. */
  leave(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#hangUp();
  }
}

function faultOf(error: unknown): string {
  if (error instanceof ProtocolError)
    return `the server breaks the protocol: ${error.message} (${error.code})`;
  return `bug: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`;
}
