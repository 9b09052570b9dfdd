import { type AmfObject, type AmfValue, amfObject } from '../../amf/amf-value.ts';
import { propertiesOf, stringOr } from '../message/command-message.ts';
import { isMediaType, type MediaType, MessageType, type RawMessage } from '../message/message.ts';
import { type UserControl, UserControlEvent } from '../message/user-control.ts';
import type { MessageChannel } from '../message-channel.ts';
import { StatusCode } from './status.ts';

/** What a client does on a message stream. */
export type StreamIntent = {
  /** With its query. */
  readonly streamName: string;
} & (
  | {
      readonly does: 'play';
      /** Where to begin, milliseconds; of the negative ones -2000 is for live or recorded, -1000, the default, for live alone. */
      readonly start?: number;
    }
  | {
      readonly does: 'publish';
      /** Default `live`. */
      readonly publishType?: 'live' | 'record' | 'append';
    }
);

/** What a server said no to, in its own words. */
export interface ServerRefusal {
  readonly code: string;
  readonly description: string;
  /** The information object, for what else the server said (`ex` with a redirect). */
  readonly information: AmfObject;
}

/** What is told of a message stream. */
export interface NetStreamHandler {
  /** The server accepted play or publish; the information object of its status. When publishing, media may be sent now. */
  onStarted(information: AmfObject): void;
  /** A media message of the stream that is played. */
  onMedia(type: MediaType, timestamp: number, payload: Buffer): void;
  /** The server refused to play or to publish, or stopped a publication. */
  onRefused(refusal: ServerRefusal): void;
  /** The stream that was played has ended. */
  onEnded(reason: string): void;
  /** Any other onStatus. */
  onStatus?(code: string, information: AmfObject): void;
  /** Stream Begin or Stream Dry for the stream that is played. */
  onDry?(isDry: boolean): void;
}

/** What a message stream needs of its connection. */
export interface NetStreamHost {
  readonly channel: MessageChannel;
  /** The server gave the message stream its id. */
  onCreated(stream: NetStream): void;
  /** Nothing that the server says about it matters any more. */
  onOver(stream: NetStream): void;
}

/** Transaction ids that each message stream takes, whether it publishes or plays. */
export const NET_STREAM_CALLS = 4;

/** Any start value plays live where there is a live stream; this one asks for nothing else. @see RTMP 1.0 section 7.2.2.1 */
const PLAY_LIVE_ONLY = -1000;

/** What is asked of a server by Set Buffer Length, milliseconds; relays send as it comes. */
const BUFFER_LENGTH_MS = 3000;

/** Codes that end a play in good order. */
export const playEndCodes: ReadonlySet<string> = new Set([
  StatusCode.playUnpublishNotify,
  StatusCode.playStop,
  'NetStream.Play.Complete',
]);

/** What a publisher hears of a recording: whatever it is, the publication goes on. */
const recordCodes: ReadonlySet<string> = new Set([
  StatusCode.recordStart,
  StatusCode.recordStop,
  StatusCode.recordNoAccess,
  StatusCode.recordFailed,
]);

/** The client's side of one message stream, on which it plays or publishes one stream. @see RTMP 1.0 section 7.2.2 */
export class NetStream {
  readonly #host: NetStreamHost;
  readonly #intent: StreamIntent;
  readonly #handler: NetStreamHandler;
  readonly #firstCall: number;
  #state: 'waiting' | 'creating' | 'starting' | 'started' | 'over' = 'waiting';
  #messageStreamId = 0;

  /** @param firstCall - of its {@link NET_STREAM_CALLS} transaction ids */
  constructor(host: NetStreamHost, intent: StreamIntent, handler: NetStreamHandler, firstCall: number) {
    this.#host = host;
    this.#intent = intent;
    this.#handler = handler;
    this.#firstCall = firstCall;
  }

  /** 0 until the server gave it. */
  get messageStreamId(): number {
    return this.#messageStreamId;
  }

  /** How far it has come, for messages to people. */
  get state(): string {
    return this.#state;
  }

  /** Whether the stream has ended or was refused: nothing that the server says of it matters any more. */
  get isOver(): boolean {
    return this.#state === 'over';
  }

  /** Sends a message of the stream that is published. @param payload - of data in AMF0, and in the encoding of the connection on the wire */
  sendMedia(type: number, timestamp: number, payload: Uint8Array): void {
    if (type === MessageType.dataAmf0) this.#host.channel.data(this.#messageStreamId, payload, timestamp);
    else this.#host.channel.send(type, this.#messageStreamId, payload, timestamp);
  }

  /** Says something about the stream that is played, or will be, such as `pause`. */
  tell(command: string, ...args: AmfValue[]): void {
    this.#host.channel.command(this.#messageStreamId, command, 0, null, ...args);
  }

  /** Ends in good order what was started. */
  finish(): void {
    if (this.#messageStreamId !== 0 && this.#state !== 'over') {
      const { does, streamName } = this.#intent;
      if (does === 'publish') this.#call('FCUnpublish', 0, streamName);
      this.#call('deleteStream', 0, this.#messageStreamId);
    }
    this.#leave();
  }

  // --- what the connection tells

  /** The server has accepted connect. */
  open(): void {
    if (this.#state !== 'waiting') return;
    this.#state = 'creating';
    const { does, streamName } = this.#intent;
    if (does === 'publish') {
      this.#call('releaseStream', this.#firstCall, streamName);
      this.#call('FCPublish', this.#firstCall + 1, streamName);
    }
    this.#call('createStream', this.#firstCall + 2);
  }

  /** An answer to one of its calls. */
  onAnswer(name: '_result' | '_error', transactionId: number, args: readonly AmfValue[]): void {
    const call = transactionId - this.#firstCall;
    if (call < 2) return; // servers differ in whether they know releaseStream and FCPublish
    if (name === '_error')
      this.#refuse('_error', propertiesOf(args[1]), `the server refused in state ${this.#state}`);
    else if (call === 2 && this.#state === 'creating') this.#begin(args[1]);
  }

  /** Some servers send media before, or without, the status that says so. */
  onMessage({ type, timestamp, payload }: RawMessage): void {
    if (!isMediaType(type) || this.#intent.does !== 'play') return;
    if (this.#state === 'starting') this.#started(amfObject({}));
    if (this.#state === 'started') this.#handler.onMedia(type, timestamp, payload);
  }

  /** A User Control message about its message stream. */
  onUserControl({ event }: UserControl): void {
    const isBegun = this.#state === 'started' || this.#state === 'starting';
    if (this.#intent.does !== 'play' || !isBegun) return;
    if (event === UserControlEvent.streamEof && this.#state === 'started')
      this.#end('the server sent Stream EOF');
    else if (event === UserControlEvent.streamDry) this.#handler.onDry?.(true);
    else if (event === UserControlEvent.streamBegin) this.#handler.onDry?.(false);
  }

  /** A status on its message stream. */
  onStatus(code: string, information: AmfObject): void {
    const isPlaying = this.#intent.does === 'play' && this.#state === 'started';
    if (code === StatusCode.playStart || code === StatusCode.publishStart) this.#started(information);
    else if (isPlaying && playEndCodes.has(code)) this.#end(code);
    else if (recordCodes.has(code)) this.#handler.onStatus?.(code, information);
    else if (stringOr(information['level'], '') === 'error') this.#refuse(code, information, code);
    else this.#handler.onStatus?.(code, information);
  }

  #begin(id: AmfValue): void {
    if (typeof id !== 'number' || !Number.isInteger(id) || id < 1 || id > 0xffffffff) {
      this.#refuse('createStream', amfObject({}), 'the server sent no message stream id');
      return;
    }
    this.#messageStreamId = id;
    this.#state = 'starting';
    this.#host.onCreated(this);
    const intent = this.#intent;
    const how = intent.does === 'publish' ? (intent.publishType ?? 'live') : (intent.start ?? PLAY_LIVE_ONLY);
    const { channel } = this.#host;
    channel.command(id, intent.does, this.#firstCall + 3, null, intent.streamName, how);
    if (intent.does === 'play') channel.userControl(UserControlEvent.setBufferLength, id, BUFFER_LENGTH_MS);
  }

  #started(information: AmfObject): void {
    if (this.#state !== 'starting') return;
    this.#state = 'started';
    this.#handler.onStarted(information);
  }

  #end(reason: string): void {
    this.#leave();
    this.#handler.onEnded(reason);
  }

  #refuse(code: string, information: AmfObject, fallback: string): void {
    if (this.#state === 'over') return;
    this.#leave();
    this.#handler.onRefused(refusalOf(code, information, fallback));
  }

  #leave(): void {
    this.#state = 'over';
    this.#host.onOver(this);
  }

  #call(name: string, transactionId: number, ...args: AmfValue[]): void {
    this.#host.channel.command(0, name, transactionId, null, ...args);
  }
}

/** @param fallback - what to say where the server says nothing */
export function refusalOf(code: string, information: AmfObject, fallback: string): ServerRefusal {
  return {
    code: stringOr(information['code'], code),
    description: stringOr(information['description'], fallback) || fallback,
    information,
  };
}
