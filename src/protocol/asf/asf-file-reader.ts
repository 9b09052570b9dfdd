import { ByteQueue } from '../../bytes/byte-queue.ts';
import { ProtocolError } from '../../errors.ts';
import { unmetered, Work, type WorkMeter } from '../work-meter.ts';
import { asfHeaderBytes, dataObjectBytes, headerObjectBytes, readAsfHeader } from './asf-header.ts';
import { guidAt, guidBytes, indexGuids, uint64At } from './asf-object.ts';

/** What stands in an ASF file, one behind the other. */
export type AsfFilePart =
  /** The Header Object and the first 50 bytes of the Data Object. */
  | { readonly is: 'header'; readonly bytes: Buffer }
  /** One data packet, as many bytes as the header says. */
  | { readonly is: 'packet'; readonly bytes: Buffer };

type State =
  | { readonly at: 'header' }
  | { readonly at: 'packets'; readonly packetBytes: number; readonly left: number }
  /** Behind the Data Object: index objects, which a stream has no use for. */
  | { readonly at: 'behind' };

/**
 * Reads an ASF file as its bytes come: a header, then data packets. Its parts are views of the pushed bytes, or copies where
 * they lay across several pushes. An error is final: `parts` throws it again.
 */
export class AsfFileReader {
  readonly #meter: WorkMeter;
  readonly #bytes = new ByteQueue();
  #state: State = { at: 'header' };

  /** @param meter - is told of the header and every packet */
  constructor(meter: WorkMeter = unmetered) {
    this.#meter = meter;
  }

  /** Bytes that were pushed and are no whole part yet. */
  get partialBytes(): number {
    return this.#bytes.length;
  }

  /** Takes a chunk over: the caller must not change it afterwards. */
  push(chunk: Buffer): void {
    this.#bytes.push(chunk);
  }

  /**
   * The parts that are complete by now, until the meter is spent. The iteration may be left and begun anew.
   * @throws ProtocolError `ASF_HEADER_INVALID`
   */
  *parts(): Generator<AsfFilePart> {
    while (!this.#meter.isSpent) {
      const part = this.#next();
      if (part === undefined) return;
      yield part;
    }
  }

  /** Nothing more will come. @throws ProtocolError when the file ends inside its header or a packet */
  end(): void {
    const { at } = this.#state;
    if (at === 'header') throw new ProtocolError('ASF_HEADER_INVALID', 'the file ends inside its ASF header');
    if (at === 'packets' && this.#bytes.length > 0)
      throw new ProtocolError('ASF_PACKET_INVALID', 'the file ends inside an ASF data packet');
  }

  #next(): AsfFilePart | undefined {
    const state = this.#state;
    switch (state.at) {
      case 'header':
        return this.#readHeader();
      case 'packets':
        return this.#readPacket(state.packetBytes, state.left);
      case 'behind':
        this.#bytes.clear();
        return undefined;
      default:
        return state satisfies never;
    }
  }

  #readHeader(): AsfFilePart | undefined {
    const first = this.#bytes.peek(headerObjectBytes);
    if (first === undefined) return undefined;
    const bytes = this.#bytes.peek(asfHeaderBytes(first));
    if (bytes === undefined) return undefined;
    const { packetBytes, isBroadcast, objectCount } = readAsfHeader(bytes);
    this.#bytes.skip(bytes.length);
    this.#meter.spend(Work.message + objectCount, bytes.length);
    this.#state = {
      at: 'packets',
      packetBytes,
      left: isBroadcast ? Number.POSITIVE_INFINITY : packetsIn(bytes, packetBytes),
    };
    return { is: 'header', bytes };
  }

  #readPacket(packetBytes: number, left: number): AsfFilePart | undefined {
    if (left === 0 || this.#isAtIndex()) {
      this.#state = { at: 'behind' };
      return this.#next();
    }
    const bytes = this.#bytes.read(packetBytes);
    if (bytes === undefined) return undefined;
    this.#meter.spend(Work.message, packetBytes);
    this.#state = { at: 'packets', packetBytes, left: left - 1 };
    return { is: 'packet', bytes };
  }

  /** ffmpeg 5.1 says that what it cannot seek in is a broadcast, and puts an index behind it all the same. */
  #isAtIndex(): boolean {
    const first = this.#bytes.peekByte(0);
    if (first === undefined || !indexBytes.has(first)) return false;
    const guid = this.#bytes.peek(guidBytes);
    return guid !== undefined && indexGuids.has(guidAt(guid, 0));
  }
}

/** What the GUIDs of indexes begin with. */
const indexBytes = new Set([...indexGuids].map((guid) => Number.parseInt(guid.slice(0, 2), 16)));

/** How many packets the Data Object has: one of unknown size, 0, never ends. @param header - whose last 50 bytes begin it */
function packetsIn(header: Buffer, packetBytes: number): number {
  const size = uint64At(header, header.length - dataObjectBytes + guidBytes);
  if (size === 0) return Number.POSITIVE_INFINITY;
  return Math.floor(Math.max(0, size - dataObjectBytes) / packetBytes);
}
