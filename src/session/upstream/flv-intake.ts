import { ProtocolError } from '../../errors.ts';
import { FlvTagReader } from '../../protocol/flv/flv-tag-reader.ts';
import type { UpstreamEnd, UpstreamEvents } from './upstream.ts';
import { tellMessage } from './upstream-media.ts';

/** The FLV stream of an upstream, whatever transport brings it, up to its one end. */
export class FlvIntake {
  readonly #events: UpstreamEvents;
  readonly #tags: FlvTagReader;
  #isOver = false;

  constructor(events: UpstreamEvents, maxTagBytes: number) {
    this.#events = events;
    this.#tags = new FlvTagReader({ maxTagBytes });
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  /** The upstream accepted. @param path - ids of the relays that bring the stream, nearest first */
  start(path: readonly string[]): void {
    if (!this.#isOver) this.#events.onStart(path);
  }

  /** Takes bytes of the stream over. @returns whether more of them are wanted */
  receive(bytes: Buffer): boolean {
    if (this.#isOver) return false;
    try {
      this.#tags.push(bytes);
      for (const { type, timestamp, payload } of this.#tags.tags()) {
        tellMessage(this.#events, type, timestamp, payload);
        if (this.#isOver) return false; // told to leave
      }
    } catch (error) {
      this.end({ kind: 'lost', description: faultOf(error) });
    }
    return !this.#isOver;
  }

  /** The stream is complete, says the transport. @param description - for people */
  complete(description: string): void {
    if (this.#isOver) return;
    try {
      this.#tags.end();
      this.end({ kind: 'ended', description });
    } catch (error) {
      this.end({ kind: 'lost', description: faultOf(error) });
    }
  }

  /** Tells the end; only the first is one. */
  end(end: UpstreamEnd): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#events.onEnd(end);
  }

  /** Nothing is told any more. */
  leave(): void {
    this.#isOver = true;
  }
}

function faultOf(error: unknown): string {
  if (error instanceof ProtocolError)
    return `the server breaks the protocol: ${error.message} (${error.code})`;
  return `bug: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`;
}
