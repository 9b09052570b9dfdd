import { type AmfObject, type AmfValue, amfObject } from '../../amf/amf-value.ts';
import { unmetered, type WorkMeter } from '../../work-meter.ts';
import type { ChunkReaderLimits } from '../chunk/chunk-reader.ts';
import { ClientHandshake } from '../handshake/handshake.ts';
import { type Command, decodeCommand, propertiesOf, stringOr } from '../message/command-message.ts';
import { isCommandType, MessageType, type RawMessage } from '../message/message.ts';
import { decodeUserControl } from '../message/user-control.ts';
import { MessageChannel, type ObjectEncoding } from '../message-channel.ts';
import type { RtmpTarget } from '../rtmp-url.ts';
import { enhancedCapabilities, PASSED_ON } from './enhanced.ts';
import {
  NET_STREAM_CALLS,
  NetStream,
  type NetStreamHandler,
  type NetStreamHost,
  refusalOf,
  type ServerRefusal,
  type StreamIntent,
} from './net-stream.ts';
import { type CallAnswer, OpenCalls, type PeerCall } from './open-calls.ts';
import { statusObject } from './status.ts';

/** Where a client goes, and what it says of itself there. */
export interface ConnectIntent extends Pick<RtmpTarget, 'app' | 'tcUrl'> {
  /** What it is there for first of all. */
  readonly does: 'play' | 'publish';
  /** Bits of capsEx; default: all that needs no doing of the session. */
  readonly capsEx?: number;
  /** Default 0; with 3 commands go as type 17, and data as type 15, if the server agrees. */
  readonly objectEncoding?: ObjectEncoding;
  /** Joins the command object of connect. */
  readonly connectProperties?: Readonly<Record<string, AmfValue>>;
  /** What stands behind the command object. */
  readonly connectArgs?: readonly AmfValue[];
}

/** What is told of the connection as such. */
export interface NetConnectionHandler {
  /** Sends bytes to the peer, in the order of the calls; they are the receiver's to keep. */
  send(bytes: Buffer): void;
  /** The server accepted connect; its information object. */
  onConnected?(information: AmfObject): void;
  /** The server refused to connect, or says that it closes the connection. */
  onRefused(refusal: ServerRefusal): void;
  /** An onStatus that is about no message stream. */
  onStatus?(code: string, information: AmfObject): void;
  /**
   * A command of the server that is none of the protocol's own. Answer with `answerCall` or `refuseCall`, now or later, unless its
   * transaction id is 0. Where there is no such method, the answer is null: servers measure by `_onbwcheck` and its like.
   */
  onCall?(call: PeerCall): void;
}

const CONNECT = 1;

/**
 * The client's side of an RTMP connection as a pure state machine, with as many message streams as are wanted. Bytes come in by
 * `receive`, bytes go out by the handler's `send`.
 * @see RTMP 1.0 section 7.2.1
 */
export class NetConnection {
  readonly #handler: NetConnectionHandler;
  readonly #intent: ConnectIntent;
  readonly #handshake = new ClientHandshake();
  readonly #channel: MessageChannel;
  readonly #calls = new OpenCalls(CONNECT + 1);
  /** By the ids that the server gave. */
  readonly #streams = new Map<number, NetStream>();
  /** Those that are not over, by their first transaction ids. */
  readonly #asking = new Map<number, NetStream>();
  readonly #streamHost: NetStreamHost;
  /** What there has been as long as there has been no second one: some servers say nothing, or 0, of where its messages belong. */
  #only: NetStream | undefined;
  #state: 'handshaking' | 'connecting' | 'connected' | 'over' = 'handshaking';

  /** @param meter - is told how much work the server's bytes are; without one all are acted on at once */
  constructor(
    handler: NetConnectionHandler,
    intent: ConnectIntent,
    limits: ChunkReaderLimits,
    meter: WorkMeter = unmetered,
  ) {
    this.#handler = handler;
    this.#intent = intent;
    const send = (bytes: Buffer): void => handler.send(bytes);
    this.#channel = new MessageChannel(this.#handshake, limits, send, meter);
    this.#streamHost = {
      channel: this.#channel,
      onCreated: (stream) => this.#streams.set(stream.messageStreamId, stream),
      onOver: (stream) => this.#forget(stream),
    };
  }

  /** Whether the connection was refused or left: nothing that the server says matters any more. */
  get isOver(): boolean {
    return this.#state === 'over';
  }

  /** Whether the handshake is over. */
  get isOpen(): boolean {
    return this.#channel.isOpen;
  }

  /** How far it has come, for messages to people. */
  get state(): string {
    return this.#state;
  }

  /** After how many received bytes the server wants an Acknowledgement; {@link receive} sends them. */
  get receiveWindow(): number {
    return this.#channel.receiveWindow;
  }

  /** Bytes that may go until the server acknowledges what it has; without end where it sets no limit. */
  get sendRoomBytes(): number {
    return this.#channel.sendRoomBytes;
  }

  /** How many ping responses have come. */
  get pongs(): number {
    return this.#channel.pongs;
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
    if (this.isOver) return;
    this.#channel.receive(memory, length);
    this.proceed();
    this.#channel.keep();
  }

  /** Goes on where the meter was spent. @throws ProtocolError as `receive` */
  proceed(): void {
    if (this.isOver) return;
    const messages = this.#channel.messages();
    for (let next = messages.next(); !next.done; next = messages.next()) {
      this.#connectOnceOpen();
      this.#act(next.value);
      if (this.isOver) return;
    }
    this.#connectOnceOpen();
  }

  /** Asks for a message stream and plays or publishes on it, once the server has accepted connect. */
  openStream(intent: StreamIntent, handler: NetStreamHandler): NetStream {
    const firstCall = this.#calls.takeIds(NET_STREAM_CALLS);
    const stream = new NetStream(this.#streamHost, intent, handler, firstCall);
    this.#only = firstCall === CONNECT + 1 ? stream : undefined;
    this.#asking.set(firstCall, stream);
    if (this.#state === 'connected') stream.open();
    return stream;
  }

  /** Acts on nothing that the server says any more; the connection may be closed. */
  leave(): void {
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
   * @throws ProtocolError `AMF_VALUE_INVALID` when AMF cannot carry an argument: there is no call then
   */
  callPeer(
    name: string,
    args: readonly AmfValue[],
    settle: (answer: CallAnswer) => void,
  ): number | undefined {
    return this.#calls.open(settle, (id) => this.#call(name, id, null, ...args));
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
    const {
      app,
      tcUrl,
      does,
      capsEx,
      objectEncoding = 0,
      connectProperties,
      connectArgs = [],
    } = this.#intent;
    const kind: Record<string, AmfValue> =
      does === 'publish'
        ? { type: 'nonprivate' }
        : { fpad: false, capabilities: 15, audioCodecs: 4071, videoCodecs: 252, videoFunction: 1 };
    const commandObject = amfObject({
      app,
      flashVer: does === 'publish' ? 'FMLE/3.0 (compatible; streampump)' : 'LNX 9,0,124,2',
      tcUrl,
      ...kind,
      objectEncoding,
      ...enhancedCapabilities(capsEx ?? PASSED_ON),
      ...connectProperties,
    });
    this.#channel.setChunkSize();
    this.#call('connect', CONNECT, commandObject, ...connectArgs);
  }

  #act(message: RawMessage): void {
    const { type, messageStreamId } = message;
    if (isCommandType(type)) this.#command(decodeCommand(message), messageStreamId);
    else if (type === MessageType.userControl) {
      const control = decodeUserControl(message.payload);
      this.#streams.get(control.value)?.onUserControl(control);
    } else (this.#streams.get(messageStreamId) ?? this.#whoseIs0(messageStreamId))?.onMessage(message);
  }

  /** node-media-server (4.4.3) sends a stream's messages on 0. */
  #whoseIs0(messageStreamId: number): NetStream | undefined {
    return messageStreamId === 0 ? this.#only : undefined;
  }

  #command(command: Command, messageStreamId: number): void {
    const { name, transactionId, args } = command;
    if (name === '_result' || name === '_error') this.#answer(name, transactionId, args);
    else if (name === 'onStatus') this.#status(propertiesOf(args[1]), messageStreamId);
    else if (name === 'close')
      this.#refuse('close', propertiesOf(args[0]), 'the server closed the connection');
    else if (this.#handler.onCall !== undefined) {
      const [commandObject, ...callArgs] = args;
      this.#handler.onCall({ name, transactionId, commandObject, args: callArgs, messageStreamId });
    } else if (transactionId !== 0) this.answerCall(transactionId, null);
  }

  #answer(name: '_result' | '_error', transactionId: number, args: readonly AmfValue[]): void {
    if (transactionId === CONNECT) this.#connectAnswer(name, propertiesOf(args[1]));
    else {
      const stream = this.#streamOfCall(transactionId);
      if (stream === undefined) this.#calls.answer(name, transactionId, args);
      else stream.onAnswer(name, transactionId, args);
    }
  }

  #streamOfCall(transactionId: number): NetStream | undefined {
    for (const [firstCall, stream] of this.#asking)
      if (transactionId >= firstCall && transactionId < firstCall + NET_STREAM_CALLS) return stream;
    return undefined;
  }

  #connectAnswer(name: '_result' | '_error', information: AmfObject): void {
    if (name === '_error') this.#refuse('_error', information, `the server refused in state ${this.#state}`);
    else if (this.#state === 'connecting') {
      this.#state = 'connected';
      if (this.#intent.objectEncoding === 3 && information['objectEncoding'] === 3)
        this.#channel.objectEncoding = 3;
      this.#handler.onConnected?.(information);
      this.#channel.openingControl();
      for (const stream of [...this.#asking.values()]) stream.open();
    }
  }

  #status(information: AmfObject, messageStreamId: number): void {
    const code = stringOr(information['code'], '');
    const stream = this.#streams.get(messageStreamId) ?? this.#only;
    if (stream === undefined || code.startsWith('NetConnection.')) this.#connectionStatus(code, information);
    else stream.onStatus(code, information);
  }

  #connectionStatus(code: string, information: AmfObject): void {
    const isEnd = code.startsWith('NetConnection.Connect.') && information['level'] === 'error';
    if (isEnd) this.#refuse(code, information, code);
    else this.#handler.onStatus?.(code, information);
  }

  #forget(stream: NetStream): void {
    this.#streams.delete(stream.messageStreamId);
    for (const [firstCall, other] of this.#asking) if (other === stream) this.#asking.delete(firstCall);
  }

  #refuse(code: string, information: AmfObject, fallback: string): void {
    if (this.isOver) return;
    this.#state = 'over';
    this.#handler.onRefused(refusalOf(code, information, fallback));
  }
}
