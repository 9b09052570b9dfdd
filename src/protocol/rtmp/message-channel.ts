import { ByteQueue } from '../../bytes/byte-queue.ts';
import type { AmfValue } from '../amf/amf-value.ts';
import { unmetered, Work, type WorkMeter } from '../work-meter.ts';
import { ChunkReader, type ChunkReaderLimits, INITIAL_CHUNK_SIZE } from './chunk/chunk-reader.ts';
import { encodeChunks, OUTGOING_CHUNK_SIZE } from './chunk/chunk-writer.ts';
import type { HandshakeStep } from './handshake/handshake.ts';
import { AggregateReader } from './message/aggregate.ts';
import { AMF0_FORMAT, encodeCommand } from './message/command-message.ts';
import {
  BandwidthLimit,
  decodeAcknowledgement,
  decodeSetPeerBandwidth,
  decodeWindowAcknowledgementSize,
  encodeSetPeerBandwidth,
  encodeUint32,
} from './message/control-message.ts';
import { isCommandType, isMediaType, MessageType, type RawMessage } from './message/message.ts';
import { decodeUserControl, encodeUserControl, UserControlEvent } from './message/user-control.ts';

/** How many bytes may be on their way unacknowledged, in both directions, until the peer wishes otherwise. */
const WINDOW_SIZE = 2_500_000;

const formatByte: Buffer = Buffer.from([AMF0_FORMAT]);

/** What connect calls `objectEncoding`: 3 where both ends know AMF3. @see RTMP 1.0 section 7.2.1.1 */
export type ObjectEncoding = 0 | 3;

/** Either side's handshake. */
export interface Handshake {
  /** Reads as much of the handshake as has arrived, and says what to send now. */
  advance(received: ByteQueue): HandshakeStep;
}

/** One end of an RTMP connection below the dialogue: handshake, chunks, acknowledgements, pings. Pure. */
export class MessageChannel {
  /** Of the commands and data that are sent: with 3 in messages of types 17 and 15. What is received is told by its type. */
  objectEncoding: ObjectEncoding = 0;
  readonly #received = new ByteQueue();
  readonly #reader: ChunkReader;
  readonly #meter: WorkMeter;
  readonly #send: (bytes: Buffer) => void;
  #handshake: Handshake | undefined;
  #receivedBytes = 0;
  #acknowledgedBytes = 0;
  #receiveWindow = WINDOW_SIZE;
  #sendWindow = WINDOW_SIZE;
  #peerLimit: BandwidthLimit | undefined;
  #sentBytes = 0;
  /** Of what was sent, as the peer says; undefined until it says so for the first time. */
  #acknowledgedByPeer: number | undefined;
  #outgoingChunkSize: number = INITIAL_CHUNK_SIZE;
  #pongs = 0;
  /** Has parts that were not given out yet. */
  #aggregate: AggregateReader | undefined;

  /** @param meter - is told how much work the peer's bytes are; without one all are acted on at once */
  constructor(
    handshake: Handshake,
    limits: ChunkReaderLimits,
    send: (bytes: Buffer) => void,
    meter: WorkMeter = unmetered,
  ) {
    this.#handshake = handshake;
    this.#reader = new ChunkReader(this.#received, limits, meter);
    this.#meter = meter;
    this.#send = send;
  }

  /** Whether the handshake is over and messages can flow. */
  get isOpen(): boolean {
    return this.#handshake === undefined;
  }

  /** Memory held for bytes that are no message yet, or one that is not given out yet. */
  get partialBytes(): number {
    return this.#received.length + this.#reader.partialBytes + (this.#aggregate?.keptBytes ?? 0);
  }

  /** After how many received bytes the peer wants an Acknowledgement. */
  get receiveWindow(): number {
    return this.#receiveWindow;
  }

  /**
   * How many bytes may go until the peer acknowledges what it has: without end while it has set no limit, and while it has never
   * acknowledged anything, as many never do. Less than nothing when more has gone already. What was sent past the channel does not count.
   * @see RTMP 1.0 section 5.4.5
   */
  get sendRoomBytes(): number {
    if (this.#peerLimit === undefined || this.#acknowledgedByPeer === undefined)
      return Number.POSITIVE_INFINITY;
    // some count the handshake, and so more than was sent
    return this.#sendWindow - Math.max(0, (this.#sentBytes - this.#acknowledgedByPeer) | 0);
  }

  /** How many ping responses have come. */
  get pongs(): number {
    return this.#pongs;
  }

  /** Takes the first `length` bytes of memory, which is the caller's again after {@link keep}; {@link messages} gives what they complete. */
  receive(memory: Buffer, length: number = memory.length): void {
    this.#received.lend(memory, length);
    this.#receivedBytes += length;
  }

  /** Copies what it has received and not given out yet. */
  keep(): void {
    this.#received.keep();
    this.#aggregate?.keep();
  }

  /**
   * Every message that is complete by now and is not handled here; User Control always, though pings are
   * answered and pongs counted. In place of an aggregate come the parts of it that are media. The iteration may be left and
   * taken up again later; it ends before all are given out when the meter is spent.
   * @throws ProtocolError whatever handshake and chunk reader throw.
   */
  *messages(): Generator<RawMessage> {
    if (!this.#advanceHandshake()) return;
    yield* this.#parts();
    if (this.#aggregate !== undefined) return;
    for (const message of this.#reader.messages()) {
      if (message.type === MessageType.aggregate) {
        this.#aggregate = new AggregateReader(message);
        yield* this.#parts();
      } else if (!this.#handle(message)) yield message;
    }
    this.#acknowledge();
  }

  /** What is left of an aggregate: thousands of parts may be in one. */
  *#parts(): Generator<RawMessage> {
    while (this.#aggregate !== undefined && !this.#meter.isSpent) {
      const part = this.#aggregate.read();
      if (part === undefined) this.#aggregate = undefined;
      else {
        this.#meter.spend(Work.message, part.payload.length);
        if (isMediaType(part.type)) yield part;
      }
    }
  }

  /** Sends a message, in chunks of the initial size until {@link setChunkSize}. */
  send(type: number, messageStreamId: number, payload: Uint8Array, timestamp = 0): void {
    this.#meter.spend(Work.answer, 0);
    const chunks = encodeChunks({ type, timestamp, messageStreamId }, payload, this.#outgoingChunkSize);
    this.#sentBytes += chunks.length;
    this.#send(chunks);
  }

  /** Sends a command, or the answer to one; on message stream 0 it concerns the connection. */
  command(messageStreamId: number, name: string, transactionId: number, ...args: AmfValue[]): void {
    const { commandAmf0, commandAmf3 } = MessageType;
    this.#sendValues(commandAmf0, commandAmf3, messageStreamId, encodeCommand(name, transactionId, ...args));
  }

  /** Sends a data message. @param values - in AMF0 */
  data(messageStreamId: number, values: Uint8Array, timestamp?: number): void {
    const { dataAmf0, dataAmf3 } = MessageType;
    this.#sendValues(dataAmf0, dataAmf3, messageStreamId, values, timestamp);
  }

  /** Asks the peer for a sign of life; {@link pongs} counts the answers. */
  ping(timestamp: number): void {
    this.userControl(UserControlEvent.pingRequest, timestamp);
  }

  /** Announces the windows of both directions: ours as the peer has limited it, if it has, and the peer's. */
  openingControl(): void {
    this.send(MessageType.windowAcknowledgementSize, 0, encodeUint32(this.#sendWindow));
    this.send(MessageType.setPeerBandwidth, 0, encodeSetPeerBandwidth(WINDOW_SIZE, BandwidthLimit.dynamic));
  }

  /** Announces {@link OUTGOING_CHUNK_SIZE}, which holds for all that is sent from then on. */
  setChunkSize(): void {
    this.send(MessageType.setChunkSize, 0, encodeUint32(OUTGOING_CHUNK_SIZE));
    this.#outgoingChunkSize = OUTGOING_CHUNK_SIZE;
  }

  /** Sends a User Control message. */
  userControl(event: UserControlEvent, value: number, bufferLengthMs?: number): void {
    this.send(MessageType.userControl, 0, encodeUserControl(event, value, bufferLengthMs));
  }

  #sendValues(
    amf0Type: number,
    amf3Type: number,
    messageStreamId: number,
    values: Uint8Array,
    timestamp?: number,
  ): void {
    if (this.objectEncoding === 0) this.send(amf0Type, messageStreamId, values, timestamp);
    else this.send(amf3Type, messageStreamId, Buffer.concat([formatByte, values]), timestamp);
  }

  /** False while the handshake goes on. */
  #advanceHandshake(): boolean {
    if (this.#handshake === undefined) return true;
    const { send, done } = this.#handshake.advance(this.#received);
    if (send !== undefined) this.#send(send);
    if (done) this.#handshake = undefined;
    return done;
  }

  /** Handles protocol control and pings; true when nobody else needs to see the message. */
  #handle({ type, payload }: RawMessage): boolean {
    switch (type) {
      case MessageType.acknowledgement:
        this.#acknowledgedByPeer = decodeAcknowledgement(payload);
        return true;
      case MessageType.windowAcknowledgementSize:
        this.#receiveWindow = decodeWindowAcknowledgementSize(payload) || this.#receiveWindow;
        return true;
      case MessageType.setPeerBandwidth:
        this.#obeyPeerBandwidth(decodeSetPeerBandwidth(payload));
        return true;
      case MessageType.userControl: {
        const { event, value } = decodeUserControl(payload);
        if (event === UserControlEvent.pingRequest) this.userControl(UserControlEvent.pingResponse, value);
        else if (event === UserControlEvent.pingResponse) this.#pongs++;
        return false;
      }
      default:
        if (isCommandType(type)) this.#meter.spend(Work.valueByte * payload.length, 0);
        return false;
    }
  }

  /**
   * A peer that limits our window is told when it is not the one it knows. A hard limit holds as it is, a soft one unless a smaller
   * one holds already, a dynamic one, and whatever else comes, only behind a hard one.   @see RTMP 1.0 section 5.4.5
   */
  #obeyPeerBandwidth({ windowSize, limitType }: { windowSize: number; limitType: number }): void {
    const { hard, soft } = BandwidthLimit;
    const isHard = limitType === hard || (limitType !== soft && this.#peerLimit === hard);
    if (windowSize === 0 || (!isHard && limitType !== soft)) return;
    const isFirst = this.#peerLimit === undefined;
    const effective = isHard || isFirst ? windowSize : Math.min(windowSize, this.#sendWindow);
    this.#peerLimit = isHard ? hard : soft;
    if (effective === this.#sendWindow) return;
    this.#sendWindow = effective;
    this.send(MessageType.windowAcknowledgementSize, 0, encodeUint32(effective));
  }

  /** At most one Acknowledgement for all that one read brought, however small a window the peer wishes. */
  #acknowledge(): void {
    if (this.#receivedBytes - this.#acknowledgedBytes < this.#receiveWindow) return;
    this.#acknowledgedBytes = this.#receivedBytes;
    this.send(MessageType.acknowledgement, 0, encodeUint32(this.#receivedBytes % 2 ** 32));
  }
}
