import { type AmfObject, type AmfValue, amfObject } from '../../amf/amf-value.ts';
import { encodeAmf0 } from '../../amf/amf0.ts';
import { unmetered, type WorkMeter } from '../../work-meter.ts';
import type { ChunkReaderLimits } from '../chunk/chunk-reader.ts';
import { ServerHandshake } from '../handshake/handshake.ts';
import { type Command, decodeCommand, propertiesOf, stringOr } from '../message/command-message.ts';
import {
  isCommandType,
  isMediaType,
  type MediaType,
  MessageType,
  type RawMessage,
} from '../message/message.ts';
import { decodeSharedObject, encodeSharedObjectStatus, SharedObjectEvent } from '../message/shared-object.ts';
import { decodeUserControl, UserControlEvent } from '../message/user-control.ts';
import { MessageChannel, type ObjectEncoding } from '../message-channel.ts';
import { CapsEx, enhancedCapabilities, PASSED_ON } from './enhanced.ts';
import { MessageStreams } from './message-streams.ts';
import { type CallAnswer, OpenCalls } from './open-calls.ts';
import { answerCommand, type CommandDialogue, type CommandTarget } from './server-commands.ts';
import { type Status, StatusCode, statusObject } from './status.ts';

/** What a client said of itself and of where it wants to go. */
export interface ConnectRequest {
  readonly app: string;
  readonly tcUrl: string;
  readonly flashVer: string;
  /** 3 when it knows AMF3: {@link ServerDialogue.acceptConnect} agrees. */
  readonly objectEncoding: ObjectEncoding;
  /** The whole command object, and the values that some clients put behind it. */
  readonly commandObject: AmfObject;
  readonly extraArgs: readonly AmfValue[];
}

/** What the dialogue tells the session that owns it. */
export interface ServerDialogueHandler extends CommandTarget {
  /** Sends bytes to the peer, in the order of the calls; they are the receiver's to keep. */
  send(bytes: Buffer): void;
  /** Answer with `acceptConnect` or `refuseConnect`. */
  onConnect(request: ConnectRequest): void;
  /** A message of a stream whose publication was accepted. */
  onMedia(messageStreamId: number, type: MediaType, timestamp: number, payload: Buffer): void;
}

/**
 * The server's side of an RTMP connection as a pure state machine: who says what in which order, and no more. Bytes come in
 * by `receive`, bytes go out by the handler's `send`; what to accept is the handler's to decide.
 * @see RTMP 1.0 section 7.2
 */
export class ServerDialogue implements CommandDialogue {
  /** Message streams and what is done on each; for the commands. */
  readonly streams: MessageStreams = new MessageStreams();
  /** For the commands. */
  readonly calls: OpenCalls = new OpenCalls(1);
  /** For the commands. */
  readonly handler: ServerDialogueHandler;
  readonly #channel: MessageChannel;
  #connectTransactionId = 0;
  #objectEncoding: ObjectEncoding = 0;
  #connection: 'none' | 'asked' | 'accepted' = 'none';
  #isHeld = false;

  /** @param meter - is told how much work the peer's bytes are; without one all are acted on at once */
  constructor(handler: ServerDialogueHandler, limits: ChunkReaderLimits, meter: WorkMeter = unmetered) {
    this.handler = handler;
    const send = (bytes: Buffer): void => handler.send(bytes);
    this.#channel = new MessageChannel(new ServerHandshake(), limits, send, meter);
  }

  /** Whether the handshake is over. */
  get isOpen(): boolean {
    return this.#channel.isOpen;
  }

  /** Memory held for bytes that are no message yet, and for messages that are left unread. */
  get partialBytes(): number {
    return this.#channel.partialBytes;
  }

  /** Whether further messages are left unread. */
  get isHeld(): boolean {
    return this.#isHeld;
  }

  /** How many ping responses have come. */
  get pongs(): number {
    return this.#channel.pongs;
  }

  /**
   * Takes the first `length` bytes of memory, which is the caller's again afterwards, and acts on every message that they complete, until the meter is spent.
   * @throws ProtocolError when the peer broke the protocol or a limit: the connection is not to be used any more.
   */
  receive(memory: Buffer, length: number = memory.length): void {
    this.#channel.receive(memory, length);
    this.proceed();
    this.#channel.keep();
  }

  /** Goes on where the meter was spent. @throws ProtocolError as `receive` */
  proceed(): void {
    if (this.#isHeld) return;
    for (const message of this.#channel.messages()) {
      this.#act(message);
      if (this.#isHeld) return;
    }
  }

  /** Leaves all further messages unread until {@link release}: what they mean depends on an answer that is not there yet. */
  hold(): void {
    this.#isHeld = true;
  }

  /** Goes on after {@link hold}. @throws ProtocolError as `receive` */
  release(): void {
    this.#isHeld = false;
    this.proceed();
  }

  /** Answers connect: the client may go on. */
  acceptConnect(): void {
    this.#connection = 'accepted';
    this.#channel.openingControl();
    this.#channel.userControl(UserControlEvent.streamBegin, 0);
    this.#channel.setChunkSize();
    const information = statusObject(
      { level: 'status', code: StatusCode.connectSuccess, description: 'Connection succeeded.' },
      { objectEncoding: this.#objectEncoding, ...enhancedCapabilities(CapsEx.reconnect | PASSED_ON) },
    );
    this.#channel.objectEncoding = this.#objectEncoding;
    const properties = amfObject({ fmsVer: 'FMS/3,5,7,7009', capabilities: 31, mode: 1 });
    this.call('_result', this.#connectTransactionId, properties, information);
    this.call('onBWDone', 0, null);
  }

  /** Answers connect: the client may not go on; `more` joins the information object. */
  refuseConnect(description: string, more: Record<string, AmfValue> = {}): void {
    this.#channel.openingControl();
    this.#channel.setChunkSize();
    this.refuseCall(this.#connectTransactionId, StatusCode.connectRejected, description, more);
  }

  /** Answers publish: media may come. `more` joins the information object. */
  acceptPublish(messageStreamId: number, description: string, more: Record<string, AmfValue> = {}): void {
    this.streams.become(messageStreamId, 'publishing');
    const name = this.streams.nameOf(messageStreamId);
    const started = { level: 'status', code: StatusCode.publishStart, description } as const;
    this.call('onFCPublish', 0, null, statusObject(started, { description: name }));
    this.status(messageStreamId, started, more);
  }

  /** Answers publish with the reason why not, or ends an accepted publication. */
  refusePublish(messageStreamId: number, status: Status): void {
    this.streams.become(messageStreamId, 'idle');
    this.status(messageStreamId, status);
  }

  /** Says that the stream begins: media of it follows, at once or later. `more` joins the information object. */
  startPlay(messageStreamId: number, description: string, more: Record<string, AmfValue> = {}): void {
    this.streams.become(messageStreamId, 'playing');
    this.#channel.userControl(UserControlEvent.streamBegin, messageStreamId);
    this.status(messageStreamId, { level: 'status', code: StatusCode.playReset, description });
    this.status(messageStreamId, { level: 'status', code: StatusCode.playStart, description }, more);
    this.data(messageStreamId, '|RtmpSampleAccess', true, true);
  }

  /** Says that a recording begins: media of it follows. */
  startRecorded(messageStreamId: number, description: string): void {
    this.#channel.userControl(UserControlEvent.streamIsRecorded, messageStreamId);
    this.startPlay(messageStreamId, description);
    this.data(messageStreamId, 'onStatus', amfObject({ code: StatusCode.dataStart }));
  }

  /** Nothing goes on any more on a message stream; the client has heard why. */
  leaveStream(messageStreamId: number): void {
    this.streams.become(messageStreamId, 'idle');
  }

  /** Says that a recording goes on at another place: media follows from there. */
  seekRecorded(messageStreamId: number, description: string): void {
    this.#channel.userControl(UserControlEvent.streamEof, messageStreamId);
    this.#channel.userControl(UserControlEvent.streamIsRecorded, messageStreamId);
    this.#channel.userControl(UserControlEvent.streamBegin, messageStreamId);
    this.status(messageStreamId, { level: 'status', code: StatusCode.seekNotify, description });
    this.status(messageStreamId, { level: 'status', code: StatusCode.playStart, description });
  }

  /** Says that all of a recording was sent that was wanted; the client may seek in it. @param played - duration in seconds */
  completePlay(
    messageStreamId: number,
    description: string,
    played: { duration: number; bytes: number },
  ): void {
    const { playComplete, playStop } = StatusCode;
    this.data(messageStreamId, 'onPlayStatus', amfObject({ level: 'status', code: playComplete, ...played }));
    this.status(messageStreamId, { level: 'status', code: playStop, description });
    this.#channel.userControl(UserControlEvent.streamEof, messageStreamId);
  }

  /** Ends a play that had begun or waited: the status, and Stream EOF when it had begun. */
  endPlay(messageStreamId: number, status: Status): void {
    const hadBegun = this.streams.stateOf(messageStreamId) === 'playing';
    this.streams.become(messageStreamId, 'idle');
    this.status(messageStreamId, status);
    if (hadBegun) this.#channel.userControl(UserControlEvent.streamEof, messageStreamId);
  }

  /** Sends onStatus on a message stream, 0 for the connection itself. `more` joins the information object. */
  status(messageStreamId: number, status: Status, more: Record<string, AmfValue> = {}): void {
    this.#channel.command(messageStreamId, 'onStatus', 0, null, statusObject(status, more));
  }

  /** Sends a command, or the answer to one, that concerns the connection. */
  call(name: string, transactionId: number, ...args: AmfValue[]): void {
    this.#channel.command(0, name, transactionId, ...args);
  }

  /** Answers a call of the client. */
  answerCall(transactionId: number, value: AmfValue): void {
    this.call('_result', transactionId, null, value);
  }

  /** Answers a call with an error; `more` joins the information object. */
  refuseCall(
    transactionId: number,
    code: string,
    description: string,
    more: Record<string, AmfValue> = {},
  ): void {
    this.call('_error', transactionId, null, statusObject({ level: 'error', code, description }, more));
  }

  /**
   * Calls the client.
   * @param settle - is told once how it answered, or that the connection was closed; never when the call is cancelled
   * @returns the transaction id, or undefined when too many calls are open: nothing was sent then
   * @throws ProtocolError `AMF_VALUE_INVALID` when AMF cannot carry an argument: there is no call then
   */
  callPeer(
    name: string,
    args: readonly AmfValue[],
    settle: (answer: CallAnswer) => void,
  ): number | undefined {
    return this.calls.open(settle, (id) => this.call(name, id, null, ...args));
  }

  /** Forgets a call to the client: an answer that comes late is ignored. */
  cancelCall(transactionId: number): void {
    this.calls.cancel(transactionId);
  }

  /** Ends all calls to the client: the connection is gone. */
  closeCalls(): void {
    this.calls.close();
  }

  /** Calls the client without waiting for an answer. */
  notify(name: string, ...args: AmfValue[]): void {
    this.call(name, 0, null, ...args);
  }

  /** Asks the client for a sign of life; {@link pongs} counts the answers. */
  ping(timestamp: number): void {
    this.#channel.ping(timestamp);
  }

  /** Sends a User Control event about a message stream. */
  userControl(event: UserControlEvent, messageStreamId: number): void {
    this.#channel.userControl(event, messageStreamId);
  }

  /** Sends a message of the stream that is played. @param payload - of data in AMF0, and in the client's encoding on the wire */
  sendMedia(messageStreamId: number, type: MediaType, timestamp: number, payload: Uint8Array): void {
    if (type === MessageType.dataAmf0) this.#channel.data(messageStreamId, payload, timestamp);
    else this.#channel.send(type, messageStreamId, payload, timestamp);
  }

  /** Bytes that may go until the client acknowledges what it has; without end where it sets no limit. */
  get sendRoomBytes(): number {
    return this.#channel.sendRoomBytes;
  }

  /** Sends a data message on a message stream. */
  data(messageStreamId: number, name: string, ...values: AmfValue[]): void {
    this.#channel.data(messageStreamId, encodeAmf0(name, ...values));
  }

  #act(message: RawMessage): void {
    const { type, messageStreamId } = message;
    if (isCommandType(type)) this.#command(decodeCommand(message), messageStreamId);
    else this.#media(message);
  }

  /** Types that nobody knows are no reason to part. */
  #media(message: RawMessage): void {
    const { type, messageStreamId, timestamp, payload } = message;
    if (type === MessageType.userControl) this.#noteBuffer(payload);
    else if (!isMediaType(type)) this.#refuseSharedObject(message);
    else if (this.streams.stateOf(messageStreamId) === 'publishing')
      this.handler.onMedia(messageStreamId, type, timestamp, payload);
  }

  #noteBuffer(payload: Buffer): void {
    const { event, value, bufferLengthMs } = decodeUserControl(payload);
    if (event === UserControlEvent.setBufferLength) this.handler.onBufferLength?.(value, bufferLengthMs);
  }

  /** Whoever asks for a shared object is told that there is none, and not left to wait. */
  #refuseSharedObject(message: RawMessage): void {
    const { sharedObjectAmf0, sharedObjectAmf3 } = MessageType;
    const isShared = message.type === sharedObjectAmf0 || message.type === sharedObjectAmf3;
    if (!isShared || this.#connection !== 'accepted') return;
    const asked = decodeSharedObject(message);
    if (asked === undefined || !asked.events.includes(SharedObjectEvent.use)) return;
    const status = encodeSharedObjectStatus(asked, StatusCode.sharedObjectCreationFailed, 'error');
    this.#channel.send(sharedObjectAmf0, 0, status);
  }

  #command(command: Command, messageStreamId: number): void {
    if (command.name === 'connect') this.#connect(command);
    else if (this.#connection === 'accepted') answerCommand(this, command, messageStreamId);
    else if (command.transactionId !== 0) {
      const description = `${command.name.slice(0, 64)} before connect was answered`;
      this.refuseCall(command.transactionId, StatusCode.callFailed, description);
    }
  }

  #connect({ transactionId, args }: Command): void {
    if (this.#connection !== 'none') {
      const description = 'this connection is already connected to an application';
      this.refuseCall(transactionId, StatusCode.connectRejected, description);
      return;
    }
    this.#connection = 'asked';
    this.#connectTransactionId = transactionId;
    const [object, ...extraArgs] = args;
    const commandObject = propertiesOf(object);
    this.#objectEncoding = commandObject['objectEncoding'] === 3 ? 3 : 0;
    this.handler.onConnect({
      objectEncoding: this.#objectEncoding,
      app: stringOr(commandObject['app'], ''),
      tcUrl: stringOr(commandObject['tcUrl'], ''),
      flashVer: stringOr(commandObject['flashVer'], ''),
      commandObject,
      extraArgs,
    });
  }
}
