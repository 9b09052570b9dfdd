import type { AmfValue } from '../protocol/amf/amf-value.ts';
import { encodeAmf0 } from '../protocol/amf/amf0.ts';
import type { ServerDialogue } from '../protocol/rtmp/dialogue/server-dialogue.ts';
import { StatusCode } from '../protocol/rtmp/dialogue/status.ts';
import type { SessionLink } from './session-link.ts';
import type { StreamMessage } from './stream-message.ts';
import type { StreamSink } from './stream-sink.ts';
import type { StreamSource } from './stream-source.ts';
import type { WaitOptions } from './waiting.ts';

/** Where a stream of a client is. */
export interface ServerStreamPlace {
  readonly streamName: string;
  readonly messageStreamId: number;
}

/**
 * A stream that a client publishes to a server session. To iterate over it gives its messages, and ends when the client ends it; the
 * iteration throws when the connection is lost. As long as nobody iterates, the whole connection is not read.
 */
export class ServerPublication implements AsyncIterable<StreamMessage>, Disposable {
  readonly streamName: string;
  readonly messageStreamId: number;
  readonly #link: SessionLink;
  readonly #dialogue: ServerDialogue;
  readonly #source: StreamSource<never>;

  /** Made by {@link PublishEvent.accept}. */
  constructor(
    { streamName, messageStreamId }: ServerStreamPlace,
    link: SessionLink,
    dialogue: ServerDialogue,
    source: StreamSource<never>,
  ) {
    this.streamName = streamName;
    this.messageStreamId = messageStreamId;
    this.#link = link;
    this.#dialogue = dialogue;
    this.#source = source;
  }

  /** Whether nothing more comes; what has come may still be read. */
  get isOver(): boolean {
    return this.#source.isOver;
  }

  /**
   * Ends it from this side; what was not read is dropped.
   * @param description - a sentence for the person at the encoder
   */
  close(
    description: string = `${this.streamName} was ended by the server`,
    code: string = StatusCode.publishFailed,
  ): void {
    if (!this.#source.isOver) {
      const status = { level: 'error', code, description } as const;
      this.#link.tell(() => this.#dialogue.refusePublish(this.messageStreamId, status));
    }
    this.#source.discard();
  }

  /** Reads on from where any other iteration has left off. To leave the loop ends nothing. */
  [Symbol.asyncIterator](): AsyncIterator<StreamMessage, undefined> {
    return this.#source[Symbol.asyncIterator]();
  }

  /** Ends it. */
  [Symbol.dispose](): void {
    this.close();
  }
}

/** A stream that a server session sends to a player. */
export class ServerPlay implements Disposable {
  readonly streamName: string;
  readonly messageStreamId: number;
  readonly #link: SessionLink;
  readonly #dialogue: ServerDialogue;
  readonly #sink: StreamSink;

  /** Made by {@link PlayEvent.accept}. */
  constructor(
    { streamName, messageStreamId }: ServerStreamPlace,
    link: SessionLink,
    dialogue: ServerDialogue,
    sink: StreamSink,
  ) {
    this.streamName = streamName;
    this.messageStreamId = messageStreamId;
    this.#link = link;
    this.#dialogue = dialogue;
    this.#sink = sink;
  }

  /** Whether nothing more can be sent. */
  get isOver(): boolean {
    return this.#sink.isOver;
  }

  /** Resolves when nothing more can be sent: with why when the connection is gone, with undefined when either side has ended it. */
  get ended(): Promise<Error | undefined> {
    return this.#sink.ended;
  }

  /**
   * Sends a message at once, also while the player is paused or does not want its kind: events of the session say so.
   * @returns when more may be sent: await it, or what the player does not take is kept in memory until the session fails. It rejects
   *   when the play is over; `ended` says the same, so nobody has to look
   */
  send(message: StreamMessage, options: WaitOptions = {}): Promise<void> {
    return this.#sink.send(message, options);
  }

  /**
   * Sends a data message: its name, such as `onMetaData`, then values.
   * @throws ProtocolError `AMF_VALUE_INVALID` for what AMF cannot carry
   */
  sendData(timestamp: number, name: string, ...values: AmfValue[]): Promise<void> {
    return this.send({ type: 'data', timestamp, payload: encodeAmf0(name, ...values) });
  }

  /** Says something about the stream by onStatus. */
  status(code: string, description: string, more: Record<string, AmfValue> = {}): void {
    const status = { level: 'status', code, description } as const;
    if (!this.#sink.isOver) this.#link.tell(() => this.#dialogue.status(this.messageStreamId, status, more));
  }

  /** Ends it, as a stream that is no longer published. @param description - a sentence for the person at the player */
  close(
    description: string = `${this.streamName} is no longer published`,
    code: string = StatusCode.playUnpublishNotify,
  ): void {
    if (this.#sink.isOver) return;
    this.#sink.end(undefined);
    const status = { level: 'status', code, description } as const;
    this.#link.tell(() => this.#dialogue.endPlay(this.messageStreamId, status));
  }

  /** Ends it. */
  [Symbol.dispose](): void {
    this.close();
  }
}
