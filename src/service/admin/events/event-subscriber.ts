import { ANY, type SentEvent } from './event-ring.ts';

/** What may wait for one that does not read, besides what it was sent at its beginning, bytes. */
const MAX_BACKLOG_BYTES = 2 ** 20;

/** Where the events of one subscriber go. */
export interface EventSink {
  /** What it was sent and has not taken, bytes. */
  readonly backlogBytes: number;
  write(text: string): void;
  /** No more comes. */
  end(): void;
  /** Lets it go at once, with all that waits. */
  destroy(): void;
}

/** What a subscriber follows, and by what right. */
export interface EventWish {
  /** Undefined: all but `status`. */
  readonly types: ReadonlySet<string> | undefined;
  /** The id of the last event that it has heard; undefined where there is none. */
  readonly after: string | undefined;
  /** Whether who follows may go on, by the settings as they are now. */
  mayGoOn(): Promise<boolean>;
}

/** One who follows the events of a service. */
export class EventSubscriber {
  readonly mayGoOn: () => Promise<boolean>;
  readonly #types: ReadonlySet<string> | undefined;
  readonly #sink: EventSink;
  readonly #onGone: (subscriber: EventSubscriber) => void;
  #mostBytes = MAX_BACKLOG_BYTES;
  #isOver = false;

  /** @param onGone - it follows no more, unless it has {@link leave}d itself */
  constructor({ types, mayGoOn }: EventWish, sink: EventSink, onGone: (subscriber: EventSubscriber) => void) {
    this.#types = types;
    this.mayGoOn = mayGoOn;
    this.#sink = sink;
    this.#onGone = onGone;
  }

  /** Whether it follows events of this type. */
  follows(type: string): boolean {
    return this.#types === undefined ? type !== 'status' : this.#types.has(type);
  }

  /** Sends what there is at its beginning, however much that is. */
  begin(text: string): void {
    this.#sink.write(text);
    this.#mostBytes += this.#sink.backlogBytes;
  }

  /** Sends an event if it follows such; one that has not taken what it was sent is let go. */
  send({ about, text }: Pick<SentEvent, 'about' | 'text'>): void {
    if (about === ANY || this.follows(about)) this.write(text);
  }

  /** Sends a text as it is. */
  write(text: string): void {
    if (this.#isOver) return;
    if (this.#sink.backlogBytes + text.length > this.#mostBytes) {
      this.#sink.destroy();
      this.leave();
      this.#onGone(this);
    } else this.#sink.write(text);
  }

  /** Ends it: no more comes. */
  end(): void {
    if (this.#isOver) return;
    this.leave();
    this.#sink.end();
    this.#onGone(this);
  }

  /** It has gone by itself. */
  leave(): void {
    this.#isOver = true;
  }
}
