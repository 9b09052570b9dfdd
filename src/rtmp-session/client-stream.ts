import type { AmfObject, AmfValue } from '../protocol/amf/amf-value.ts';
import { encodeAmf0 } from '../protocol/amf/amf0.ts';
import type { NetStream } from '../protocol/rtmp/dialogue/net-stream.ts';
import type { SessionLink } from './session-link.ts';
import type { StreamMessage, StreamNotice } from './stream-message.ts';
import type { StreamSink } from './stream-sink.ts';
import type { StreamSource } from './stream-source.ts';
import type { WaitOptions } from './waiting.ts';

/**
 * A stream that a client session plays. To iterate over it gives its messages and what the server says of it, and ends with the stream;
 * the iteration throws when the stream ends otherwise than in good order. As long as nobody iterates, the whole connection is not read.
 */
export class ClientPlay implements AsyncIterable<StreamMessage | StreamNotice>, Disposable {
  readonly streamName: string;
  /** What the server has said when it began; empty when it said nothing. */
  readonly information: AmfObject;
  readonly #link: SessionLink;
  readonly #net: NetStream;
  readonly #source: StreamSource<StreamNotice>;

  /** Made by {@link ClientSession.play}. */
  constructor(
    streamName: string,
    information: AmfObject,
    link: SessionLink,
    net: NetStream,
    source: StreamSource<StreamNotice>,
  ) {
    this.streamName = streamName;
    this.information = information;
    this.#link = link;
    this.#net = net;
    this.#source = source;
  }

  get messageStreamId(): number {
    return this.#net.messageStreamId;
  }

  /** Whether nothing more comes; what has come may still be read. */
  get isOver(): boolean {
    return this.#source.isOver;
  }

  /** Asks the server to send nothing for now, or to go on. @param atMs - where in a recording, milliseconds */
  pause(isPaused: boolean, atMs = 0): void {
    this.#tell('pause', isPaused, atMs);
  }

  /** Asks the server to go on at another place of a recording. @param toMs - milliseconds */
  seek(toMs: number): void {
    this.#tell('seek', toMs);
  }

  /** Says whether audio is wanted from now on. */
  receiveAudio(isWanted: boolean): void {
    this.#tell('receiveAudio', isWanted);
  }

  /** Says whether video is wanted from now on. */
  receiveVideo(isWanted: boolean): void {
    this.#tell('receiveVideo', isWanted);
  }

  /** Ends it in good order; what was not read is dropped. */
  close(): void {
    if (!this.#net.isOver) this.#link.tell(() => this.#net.finish());
    this.#source.discard();
  }

  /** Reads on from where any other iteration has left off. To leave the loop ends nothing. */
  [Symbol.asyncIterator](): AsyncIterator<StreamMessage | StreamNotice, undefined> {
    return this.#source[Symbol.asyncIterator]();
  }

  /** Ends it. */
  [Symbol.dispose](): void {
    this.close();
  }

  #tell(command: string, ...args: AmfValue[]): void {
    if (!this.#net.isOver) this.#link.tell(() => this.#net.tell(command, ...args));
  }
}

/** A stream that a client session publishes. */
export class ClientPublication implements Disposable {
  readonly streamName: string;
  /** What the server has said when it accepted. */
  readonly information: AmfObject;
  readonly #link: SessionLink;
  readonly #net: NetStream;
  readonly #sink: StreamSink;

  /** Made by {@link ClientSession.publish}. */
  constructor(
    streamName: string,
    information: AmfObject,
    link: SessionLink,
    net: NetStream,
    sink: StreamSink,
  ) {
    this.streamName = streamName;
    this.information = information;
    this.#link = link;
    this.#net = net;
    this.#sink = sink;
  }

  get messageStreamId(): number {
    return this.#net.messageStreamId;
  }

  /** Whether nothing more can be sent. */
  get isOver(): boolean {
    return this.#sink.isOver;
  }

  /**
   * Resolves when nothing more can be sent: with an {@link RtmpRefusedError} when the server has ended it, with a
   * {@link SessionClosedError} when the connection is gone, with undefined when this side has closed it.
   */
  get ended(): Promise<Error | undefined> {
    return this.#sink.ended;
  }

  /**
   * Sends a message at once.
   * @returns when more may be sent: await it, or what the server does not take is kept in memory until the session fails. It rejects
   *   when the publication is over; `ended` says the same, so nobody has to look
   */
  send(message: StreamMessage, options: WaitOptions = {}): Promise<void> {
    return this.#sink.send(message, options);
  }

  /**
   * Sends a data message: its name, then values. Metadata go as `@setDataFrame`, `onMetaData` and an `EcmaArray`.
   * @throws ProtocolError `AMF_VALUE_INVALID` for what AMF cannot carry
   */
  sendData(timestamp: number, name: string, ...values: AmfValue[]): Promise<void> {
    return this.send({ type: 'data', timestamp, payload: encodeAmf0(name, ...values) });
  }

  /** Ends it in good order. */
  close(): void {
    this.#sink.end(undefined);
    if (!this.#net.isOver) this.#link.tell(() => this.#net.finish());
  }

  /** Ends it. */
  [Symbol.dispose](): void {
    this.close();
  }
}
