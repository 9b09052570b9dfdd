import { type AmfObject, type AmfValue, amfObject } from '../../amf/amf-value.ts';
import { unmetered, type WorkMeter } from '../../work-meter.ts';
import type { ChunkReaderLimits } from '../chunk/chunk-reader.ts';
import { ClientHandshake } from '../handshake/handshake.ts';
import { type Command, decodeCommand, propertiesOf, stringOr } from '../message/command-message.ts';
import {
  isCommandType,
  isMediaType,
  type MediaType,
  MessageType,
  type RawMessage,
} from '../message/message.ts';
import { decodeUserControl, UserControlEvent } from '../message/user-control.ts';
import { MessageChannel } from '../message-channel.ts';
import type { RtmpTarget } from '../rtmp-url.ts';
import { enhancedCapabilities, PASSED_ON } from './enhanced.ts';
import { type CallAnswer, OpenCalls, type PeerCall } from './open-calls.ts';
import { StatusCode, statusObject } from './status.ts';

/** Where a client goes and what it does there. */
export interface ClientIntent extends Pick<RtmpTarget, 'app' | 'tcUrl' | 'streamName'> {
  readonly does: 'play' | 'publish';
  /** Bits of capsEx; default: all that needs no doing of the session. */
  readonly capsEx?: number;
  /** Joins the command object of connect. */
  readonly connectProperties?: Readonly<Record<string, AmfValue>>;
}

/** What a server said no to, in its own words. */
export interface ServerRefusal {
  readonly code: string;
  readonly description: string;
  /** The information object, for what else the server said (`ex` with a redirect). */
  readonly information: AmfObject;
}

/** What the dialogue tells the session that owns it. */
export interface ClientDialogueHandler {
  send(bytes: Buffer): void;
  /** The server accepted connect; its information object. */
  onConnected?(information: AmfObject): void;
  /** The server accepted play or publish; the information object of its status. When publishing, media may be sent now. */
  onStarted(information: AmfObject): void;
  /** A media message of the stream that is played. */
  onMedia(type: MediaType, timestamp: number, payload: Buffer): void;
  /** The server refused to connect, to play or to publish, or stopped a publication. */
  onRefused(refusal: ServerRefusal): void;
  /** The stream that was played has ended. */
  onEnded(reason: string): void;
  /** Any other onStatus. */
  onStatus?(code: string, information: AmfObject): void;
  /** Stream Begin or Stream Dry for the stream that is played. */
  onDry?(isDry: boolean): void;
  /**
   * Any other command of the server. Answer with `answerCall` or `refuseCall`, now or later, unless its transaction id is 0. Where
   * there is no such method, the answer is null: servers measure by `_onbwcheck` and its like.
   */
  onCall?(call: PeerCall): void;
}

/** Of the dialogue's own calls. */
const TransactionId = { connect: 1, releaseStream: 2, fcPublish: 3, createStream: 4, start: 5 } as const;

/** Only these calls must succeed: servers differ in which of the others they know. */
const requiredCalls: readonly number[] = [
  TransactionId.connect,
  TransactionId.createStream,
  TransactionId.start,
];

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

/**
 * The client's side of an RTMP connection as a pure state machine: plays or publishes one stream.
 * @see RTMP 1.0 section 7.2
 */
export class ClientDialogue {
  readonly #handler: ClientDialogueHandler;
  readonly #intent: ClientIntent;
  readonly #handshake = new ClientHandshake();
  readonly #channel: MessageChannel;
  readonly #calls = new OpenCalls(TransactionId.start + 1);
  #state: 'handshaking' | 'connecting' | 'creating' | 'starting' | 'started' | 'over' = 'handshaking';
  #messageStreamId = 0;

  /** @param meter - is told how much work the server's bytes are; without one all are acted on at once */
  constructor(
    handler: ClientDialogueHandler,
    intent: ClientIntent,
    limits: ChunkReaderLimits,
    meter: WorkMeter = unmetered,
  ) {
    this.#handler = handler;
    this.#intent = intent;
    const send = (bytes: Buffer): void => handler.send(bytes);
    this.#channel = new MessageChannel(this.#handshake, limits, send, meter);
  }

  /** The message stream that carries the stream; 0 until the server gave it. */
  get messageStreamId(): number {
    return this.#messageStreamId;
  }

  /** Whether the stream has ended or was refused: nothing that the server says matters any more. */
  get isOver(): boolean {
    return this.#state === 'over';
  }

  /** After how many received bytes the server wants an Acknowledgement; {@link receive} sends them. */
  get receiveWindow(): number {
    return this.#channel.receiveWindow;
  }

  /** How far the dialogue has come, for messages to people. */
  get state(): string {
    return this.#state;
  }

  /** Sends the first bytes. */
  start(): void {
    this.#handler.send(this.#handshake.start());
  }

  /**
   * Takes the first `length` bytes of memory, which is the caller's again afterwards, and acts on every message that they complete, until the meter is spent; once all is over, on none.
   * @throws ProtocolError when the server broke the protocol or a limit.
   */
  receive(memory: Buffer, length: number = memory.length): void {
    if (this.#state === 'over') return;
    this.#channel.receive(memory, length);
    this.proceed();
    this.#channel.keep();
  }

  /** Goes on where the meter was spent. @throws ProtocolError as `receive` */
  proceed(): void {
    if (this.#state === 'over') return;
    const messages = this.#channel.messages();
    for (let next = messages.next(); !next.done; next = messages.next()) {
      this.#connectOnceOpen();
      this.#act(next.value);
      if (this.isOver) return;
    }
    this.#connectOnceOpen();
  }

  /** Sends a message of the stream that is published. */
  sendMedia(type: number, timestamp: number, payload: Uint8Array): void {
    this.#channel.send(type, this.#messageStreamId, payload, timestamp);
  }

  /** Says something about the stream that is played, or will be, such as `pause`. */
  tell(command: string, ...args: AmfValue[]): void {
    this.#channel.command(this.#messageStreamId, command, 0, null, ...args);
  }

  /** Ends in good order what was started; the connection may be closed afterwards. */
  finish(): void {
    if (this.#messageStreamId !== 0 && this.#state !== 'over') {
      if (this.#intent.does === 'publish') this.#call('FCUnpublish', 0, null, this.#intent.streamName);
      this.#call('deleteStream', 0, null, this.#messageStreamId);
    }
    this.#state = 'over';
  }

  /** Answers a call of the server. */
  answerCall(transactionId: number, value: AmfValue): void {
    this.#call('_result', transactionId, null, value);
  }

  /** Answers a call of the server with an error; `more` joins the information object. */
  refuseCall(
    transactionId: number,
    code: string,
    description: string,
    more: Record<string, AmfValue> = {},
  ): void {
    this.#call('_error', transactionId, null, statusObject({ level: 'error', code, description }, more));
  }

  /**
   * Calls the server, once it has accepted connect.
   * @param settle - is told once how it answered, or that the connection was closed; never when the call is cancelled
   * @returns the transaction id, or undefined when too many calls are open: nothing was sent then
   */
  callPeer(
    name: string,
    args: readonly AmfValue[],
    settle: (answer: CallAnswer) => void,
  ): number | undefined {
    const transactionId = this.#calls.open(settle);
    if (transactionId !== undefined) this.#call(name, transactionId, null, ...args);
    return transactionId;
  }

  /** Forgets a call to the server: an answer that comes late is ignored. */
  cancelCall(transactionId: number): void {
    this.#calls.cancel(transactionId);
  }

  /** Ends all calls to the server: the connection is gone. */
  closeCalls(): void {
    this.#calls.close();
  }

  /** Calls the server without waiting for an answer. */
  notify(name: string, ...args: AmfValue[]): void {
    this.#call(name, 0, null, ...args);
  }

  /** How many ping responses have come. */
  get pongs(): number {
    return this.#channel.pongs;
  }

  /** Asks the server for a sign of life; {@link pongs} counts the answers. */
  ping(timestamp: number): void {
    this.#channel.ping(timestamp);
  }

  #call(name: string, transactionId: number, ...args: AmfValue[]): void {
    this.#channel.command(0, name, transactionId, ...args);
  }

  #connectOnceOpen(): void {
    if (this.#state !== 'handshaking' || !this.#channel.isOpen) return;
    this.#state = 'connecting';
    const { app, tcUrl, does, capsEx, connectProperties } = this.#intent;
    const kind: Record<string, AmfValue> =
      does === 'publish'
        ? { type: 'nonprivate' }
        : { fpad: false, capabilities: 15, audioCodecs: 4071, videoCodecs: 252, videoFunction: 1 };
    const commandObject = amfObject({
      app,
      flashVer: does === 'publish' ? 'FMLE/3.0 (compatible; streampump)' : 'LNX 9,0,124,2',
      tcUrl,
      ...kind,
      objectEncoding: 0,
      ...enhancedCapabilities(capsEx ?? PASSED_ON),
      ...connectProperties,
    });
    this.#channel.setChunkSize();
    this.#call('connect', TransactionId.connect, commandObject);
  }

  #act(message: RawMessage): void {
    const { type } = message;
    if (isCommandType(type)) this.#command(decodeCommand(message), message.messageStreamId);
    else if (type === MessageType.userControl) this.#userControl(message.payload);
    else this.#media(message);
  }

  /** Some servers send media before, or without, the status that says so. */
  #media({ type, timestamp, payload, messageStreamId }: RawMessage): void {
    // node-media-server (4.4.3) sends a stream's messages on 0
    const isOurs = messageStreamId === this.#messageStreamId || messageStreamId === 0;
    if (!isMediaType(type) || this.#intent.does !== 'play' || this.#messageStreamId === 0 || !isOurs) return;
    if (this.#state === 'starting') this.#started(amfObject({}));
    if (this.#state === 'started') this.#handler.onMedia(type, timestamp, payload);
  }

  #userControl(payload: Buffer): void {
    const { event, value } = decodeUserControl(payload);
    const isBegun = this.#state === 'started' || this.#state === 'starting';
    if (this.#intent.does !== 'play' || !isBegun || value !== this.#messageStreamId) return;
    if (event === UserControlEvent.streamEof && this.#state === 'started')
      this.#end('the server sent Stream EOF');
    else if (event === UserControlEvent.streamDry) this.#handler.onDry?.(true);
    else if (event === UserControlEvent.streamBegin) this.#handler.onDry?.(false);
  }

  #command(command: Command, messageStreamId: number): void {
    const { name, transactionId, args } = command;
    if (name === '_result') this.#result(transactionId, args);
    else if (name === '_error') this.#error(transactionId, args);
    else if (name === 'onStatus') this.#status(propertiesOf(args[1]));
    else if (name === 'close')
      this.#refuse('close', propertiesOf(args[0]), 'the server closed the connection');
    else if (this.#handler.onCall !== undefined) {
      const [commandObject, ...callArgs] = args;
      this.#handler.onCall({ name, transactionId, commandObject, args: callArgs, messageStreamId });
    } else if (transactionId !== 0) this.answerCall(transactionId, null);
  }

  #result(transactionId: number, args: readonly AmfValue[]): void {
    if (transactionId === TransactionId.connect && this.#state === 'connecting') {
      this.#state = 'creating';
      const information = propertiesOf(args[1]);
      const { does, streamName, connectProperties } = this.#intent;
      if (connectProperties?.['objectEncoding'] === 3 && information['objectEncoding'] === 3)
        this.#channel.objectEncoding = 3;
      this.#handler.onConnected?.(information);
      this.#channel.openingControl();
      if (does === 'publish') {
        this.#call('releaseStream', TransactionId.releaseStream, null, streamName);
        this.#call('FCPublish', TransactionId.fcPublish, null, streamName);
      }
      this.#call('createStream', TransactionId.createStream, null);
    } else if (transactionId === TransactionId.createStream && this.#state === 'creating') {
      this.#begin(args[1]);
    } else this.#calls.answer('_result', transactionId, args);
  }

  #begin(id: AmfValue): void {
    if (typeof id !== 'number' || !Number.isInteger(id) || id < 1 || id > 0xffffffff) {
      this.#refuse('createStream', amfObject({}), 'the server sent no message stream id');
      return;
    }
    this.#messageStreamId = id;
    this.#state = 'starting';
    const { does, streamName } = this.#intent;
    const how = does === 'publish' ? 'live' : PLAY_LIVE_ONLY;
    this.#channel.command(id, does, TransactionId.start, null, streamName, how);
    if (does === 'play') this.#channel.userControl(UserControlEvent.setBufferLength, id, BUFFER_LENGTH_MS);
  }

  #error(transactionId: number, args: readonly AmfValue[]): void {
    if (requiredCalls.includes(transactionId))
      this.#refuse('_error', propertiesOf(args[1]), `the server refused in state ${this.#state}`);
    else this.#calls.answer('_error', transactionId, args);
  }

  #status(information: AmfObject): void {
    const code = stringOr(information['code'], '');
    const isPlaying = this.#intent.does === 'play' && this.#state === 'started';
    if (code === StatusCode.playStart || code === StatusCode.publishStart) this.#started(information);
    else if (isPlaying && playEndCodes.has(code)) this.#end(code);
    else if (stringOr(information['level'], '') === 'error') this.#refuse(code, information, code);
    else this.#handler.onStatus?.(code, information);
  }

  #started(information: AmfObject): void {
    if (this.#state !== 'starting') return;
    this.#state = 'started';
    this.#handler.onStarted(information);
  }

  #end(reason: string): void {
    this.#state = 'over';
    this.#handler.onEnded(reason);
  }

  #refuse(code: string, information: AmfObject, fallback: string): void {
    if (this.#state === 'over') return;
    this.#state = 'over';
    this.#handler.onRefused({
      code: stringOr(information['code'], code),
      description: stringOr(information['description'], fallback) || fallback,
      information,
    });
  }
}
