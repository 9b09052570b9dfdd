import { ByteQueue } from '../../bytes/byte-queue.ts';
import { ProtocolError } from '../../errors.ts';
import { unmetered, Work, type WorkMeter } from '../work-meter.ts';
import { HeaderPieces, isAsfHeaderAt, type PieceNumber } from './header-pieces.ts';
import {
  DATA_PACKET_HEADER_BYTES,
  FRAMING_HEADER_BYTES,
  MMSH_FRAME,
  MmshPacketId,
  NEXT_FOLLOWS,
} from './mmsh-packet.ts';

/** Whether the packets of a peer have MMS data packet headers; `detect` until its first ASF header shows it. */
export type MmshFraming = 'detect' | 'plain' | 'with data packet headers';

/** What somebody who reads MMSH acts on; payloads are views of the pushed bytes, or copies where they lay across several pushes. */
export type MmshPacket =
  /** An ASF header with the first 50 bytes of the Data Object, put together if it came in pieces. */
  | { readonly is: 'header'; readonly header: Buffer }
  /** An ASF data packet, perhaps without its padding; with its number where it has an MMS data packet header. */
  | { readonly is: 'data'; readonly packet: Buffer; readonly locationId: number | undefined }
  /** @see MmshEndReason */
  | { readonly is: 'end'; readonly reason: number }
  /** Another header follows. */
  | { readonly is: 'change' }
  /** What a relay says in its own name. */
  | { readonly is: 'notice'; readonly payload: Buffer };

const REASON_BYTES = 4;

/** Where an MMS data packet header says how long the packet is. */
const PACKET_SIZE_AT = 6;

type State =
  | { readonly at: 'framingHeader' }
  | { readonly at: 'body'; readonly id: ActedOn; readonly size: number }
  /** Bytes that nobody wants: passed over as they come. */
  | { readonly at: 'skipping'; readonly bytes: number }
  /** Behind a $C that has the new header within. */
  | { readonly at: 'newHeader'; readonly payload: Buffer }
  | { readonly at: 'failed'; readonly error: unknown };

/**
 * Reads MMSH packets as their bytes come, of servers and of those who push. $F, $M, $P, $T and packets of unknown ids are passed
 * over by their length, and nothing is kept of them. An error is final: `packets` throws it again.
 */
export class MmshReader {
  readonly #meter: WorkMeter;
  readonly #bytes = new ByteQueue();
  readonly #pieces = new HeaderPieces((problem) => this.#fault(problem));
  #framing: MmshFraming;
  #state: State = { at: 'framingHeader' };
  /** Bytes consumed since the beginning. */
  #offset = 0;
  /** Where the packet stands that is being read, in bytes from the beginning. */
  #packetAt = 0;
  #unknownPackets = 0;

  /**
   * @param options - `meter` is told of every packet; `framing`, if it is known from what the peer sent before
   */
  constructor({
    meter = unmetered,
    framing = 'detect',
  }: { readonly meter?: WorkMeter; readonly framing?: MmshFraming } = {}) {
    this.#meter = meter;
    this.#framing = framing;
  }

  /** How the peer's packets look, as far as it is known. */
  get framing(): MmshFraming {
    return this.#framing;
  }

  /** Bytes that were pushed and are no whole packet or header yet. */
  get partialBytes(): number {
    return this.#bytes.length + this.#pieces.length;
  }

  /** How many packets of ids that nobody knows were passed over. */
  get unknownPackets(): number {
    return this.#unknownPackets;
  }

  /** Takes a chunk over: the caller must not change it afterwards. */
  push(chunk: Buffer): void {
    this.#bytes.push(chunk);
  }

  /**
   * The packets that are complete by now, until the meter is spent. The iteration may be left and begun anew.
   * @throws ProtocolError `MMSH_PACKET_INVALID`, with the offset of the packet in bytes from the beginning, or `ASF_HEADER_INVALID`
   */
  *packets(): Generator<MmshPacket> {
    while (!this.#meter.isSpent) {
      const read = this.#stepOrFail();
      if (read === undefined) return;
      if (read !== 'passed') yield read;
    }
  }

  /** Nothing more will come. @throws ProtocolError `MMSH_PACKET_INVALID` in the middle of a packet or of a header in pieces */
  end(): void {
    if (this.#state.at === 'failed') throw this.#state.error;
    if (this.#state.at !== 'framingHeader' || this.#bytes.length > 0)
      throw this.#fault('the stream ends inside a packet');
    if (this.#pieces.isComing) throw this.#fault('the stream ends inside an ASF header');
  }

  #stepOrFail(): MmshPacket | 'passed' | undefined {
    try {
      return this.#step(this.#state);
    } catch (error) {
      this.#state = { at: 'failed', error };
      throw error;
    }
  }

  /** Reads on; `passed` where that gave no packet, undefined until enough bytes are there. */
  #step(state: State): MmshPacket | 'passed' | undefined {
    switch (state.at) {
      case 'framingHeader':
        return this.#readFramingHeader();
      case 'body':
        return this.#readBody(state.id, state.size);
      case 'skipping': {
        const bytes = Math.min(state.bytes, this.#bytes.length);
        this.#bytes.skip(bytes);
        this.#offset += bytes;
        if (bytes === state.bytes) return this.#pass();
        this.#state = { at: 'skipping', bytes: state.bytes - bytes };
        return undefined;
      }
      case 'newHeader':
        this.#state = { at: 'framingHeader' };
        return this.#header(state.payload);
      case 'failed':
        throw state.error;
      default:
        return state satisfies never;
    }
  }

  #readFramingHeader(): 'passed' | undefined {
    this.#packetAt = this.#offset;
    const header = this.#bytes.peek(FRAMING_HEADER_BYTES);
    if (header === undefined) return undefined;
    const frame = header.readUInt8(0);
    if ((frame & ~NEXT_FOLLOWS) !== MMSH_FRAME)
      throw this.#fault(`a packet that begins with 0x${header.toString('hex', 0, 1)}, expected 0x24`);
    const id = header.readUInt8(1);
    const size = header.readUInt16LE(2);
    this.#meter.spend(Work.message, size);
    this.#bytes.skip(FRAMING_HEADER_BYTES);
    this.#offset += FRAMING_HEADER_BYTES;
    if (isActedOn(id)) this.#state = { at: 'body', id, size };
    else {
      if (!isPassedOver(id)) this.#unknownPackets++;
      this.#state = { at: 'skipping', bytes: size };
    }
    return 'passed';
  }

  #readBody(id: ActedOn, size: number): MmshPacket | 'passed' | undefined {
    const body = this.#bytes.read(size);
    if (body === undefined) return undefined;
    this.#offset += size;
    this.#state = { at: 'framingHeader' };
    if (this.#pieces.isComing && id !== MmshPacketId.header)
      throw this.#fault(`a $${String.fromCharCode(id)} packet before the last piece of an ASF header`);
    switch (id) {
      case MmshPacketId.header:
        return this.#header(body);
      case MmshPacketId.data:
        return this.#data(body);
      case MmshPacketId.endOfStream:
        return { is: 'end', reason: this.#endReason(body) };
      case MmshPacketId.streamChange:
        if (size < REASON_BYTES) throw this.#fault(`a $C packet of ${size} bytes`);
        if (size > REASON_BYTES) this.#state = { at: 'newHeader', payload: body.subarray(REASON_BYTES) };
        return { is: 'change' };
      case MmshPacketId.notice:
        return { is: 'notice', payload: body };
      default:
        return id satisfies never;
    }
  }

  #header(body: Buffer): MmshPacket | 'passed' {
    if (this.#framing === 'detect') this.#framing = this.#framingOf(body);
    const [payload, number] =
      this.#framing === 'plain' ? [body, undefined] : [payloadOf(body), this.#pieceNumber(body)];
    const header = this.#pieces.add(payload, number);
    return header === undefined ? 'passed' : { is: 'header', header };
  }

  #framingOf(body: Buffer): Exclude<MmshFraming, 'detect'> {
    if (isAsfHeaderAt(body, 0)) return 'plain';
    if (isAsfHeaderAt(body, DATA_PACKET_HEADER_BYTES)) return 'with data packet headers';
    throw this.#fault('a $H packet that does not begin with an ASF header');
  }

  #data(body: Buffer): MmshPacket {
    if (this.#framing === 'detect') throw this.#fault('a $D packet before the first $H packet');
    if (this.#framing === 'plain') return { is: 'data', packet: body, locationId: undefined };
    this.#checkPacketSize(body);
    return { is: 'data', packet: payloadOf(body), locationId: body.readUInt32LE(0) };
  }

  #pieceNumber(body: Buffer): PieceNumber {
    this.#checkPacketSize(body);
    return { locationId: body.readUInt32LE(0), afFlags: body.readUInt8(5) };
  }

  /** PacketSize repeats the length: another number means that the MMS data packet header is missing. */
  #checkPacketSize(body: Buffer): void {
    const size = body.length;
    if (size < DATA_PACKET_HEADER_BYTES)
      throw this.#fault(`a packet of ${size} bytes, too short for its MMS data packet header`);
    const packetSize = body.readUInt16LE(PACKET_SIZE_AT);
    if (packetSize !== size) throw this.#fault(`PacketSize ${packetSize} in a packet of ${size} bytes`);
  }

  #endReason(body: Buffer): number {
    // ffmpeg's asf_stream gives its $E an MMS data packet header, and no reason
    const hasDataPacketHeader =
      this.#framing === 'with data packet headers' &&
      body.length >= DATA_PACKET_HEADER_BYTES &&
      body.readUInt16LE(PACKET_SIZE_AT) === body.length;
    const reason = hasDataPacketHeader ? payloadOf(body) : body;
    if (hasDataPacketHeader && reason.length === 0) return 0;
    if (reason.length < REASON_BYTES) throw this.#fault(`a $E packet of ${body.length} bytes`);
    return reason.readUInt32LE(0);
  }

  #pass(): 'passed' {
    this.#state = { at: 'framingHeader' };
    return 'passed';
  }

  #fault(problem: string): ProtocolError {
    return new ProtocolError('MMSH_PACKET_INVALID', `${problem}, at byte ${this.#packetAt}`);
  }
}

const actedOn = {
  [MmshPacketId.streamChange]: true,
  [MmshPacketId.data]: true,
  [MmshPacketId.endOfStream]: true,
  [MmshPacketId.header]: true,
  [MmshPacketId.notice]: true,
} as const;

/** The ids of packets whose body is read. */
type ActedOn = keyof typeof actedOn;

function isActedOn(id: number): id is ActedOn {
  return id in actedOn;
}

function isPassedOver(id: number): boolean {
  return (
    id === MmshPacketId.filler ||
    id === MmshPacketId.metadata ||
    id === MmshPacketId.packetPair ||
    id === MmshPacketId.testData
  );
}

function payloadOf(body: Buffer): Buffer {
  return body.subarray(DATA_PACKET_HEADER_BYTES);
}
