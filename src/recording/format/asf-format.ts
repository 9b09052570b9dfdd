import { type AsfHeader, haveSameStreams, readAsfHeader } from '../../protocol/asf/asf-header.ts';
import { guidAt, indexGuids } from '../../protocol/asf/asf-object.ts';
import { type AsfPacket, readAsfPacket } from '../../protocol/asf/asf-packet.ts';
import type { AsfPayload } from '../../protocol/asf/asf-payload.ts';
import { beginningPacket, fullAsfPacket, shiftAsfTimes } from '../../protocol/asf/asf-rewriting.ts';
import { encodeSimpleIndex, prerollMs, recordedHeader } from '../../protocol/asf/recorded-asf.ts';
import type { RecordedFrame } from '../link/store-link.ts';
import type { RecordedFacts, RecordedFormat, StartPlaces } from './recorded-format.ts';
import { StartIndex } from './start-index.ts';
import { StreamTime } from './stream-time.ts';

/** A recording as ASF: the header as its head, data packets, and behind them an index of the keyframes. */
export class AsfFormat implements RecordedFormat {
  readonly headBytes: number;
  readonly #headerBytes: Buffer;
  readonly #header: AsfHeader;
  /** Its number; 0 where there is no video. */
  readonly #videoStream: number;
  readonly #hasAudio: boolean;
  readonly #index = new StartIndex();
  /** The same places by what their keyframes say of their time. */
  readonly #shown = new StartIndex();
  readonly #time = new StreamTime();
  #waiting: Buffer[] = [];
  #waitingBytes = 0;
  #packets = 0;
  #tailBytes = 0;
  #durationMs = 0;

  /** @param header - with the first bytes of the Data Object @throws ProtocolError `ASF_HEADER_INVALID` */
  constructor(header: Buffer) {
    this.#headerBytes = header;
    this.#header = readAsfHeader(header);
    this.#videoStream = this.#header.streams.find(({ type }) => type === 'video')?.number ?? 0;
    this.#hasAudio = this.#header.streams.some(({ type }) => type === 'audio');
    this.headBytes = header.length;
  }

  get waitingBytes(): number {
    return this.#waitingBytes;
  }

  get facts(): RecordedFacts {
    const bytes = this.headBytes + this.#packets * this.#header.packetBytes + this.#tailBytes;
    return { durationMs: this.#durationMs, hasVideo: this.#videoStream !== 0, bytes };
  }

  get places(): StartPlaces {
    return { timesMs: this.#index.timesMs, offsets: this.#index.offsets, headerOffsets: [] };
  }

  /** Its index has whole seconds, and a recovered file has none. */
  get unsaidPlaces(): StartPlaces {
    return this.places;
  }

  take({ role, payload, timestamp }: RecordedFrame): boolean {
    if (role === 'header') return haveSameStreams(this.#header, readAsfHeader(payload));
    const { packetBytes } = this.#header;
    const begun = this.#packets === 0 ? this.#beginning(payload) : payload;
    const packet = Buffer.from(fullAsfPacket(begun, packetBytes));
    const { sendTimeMs } = readAsfPacket(packet, packetBytes);
    shiftAsfTimes(packet, packetBytes, (this.#time.since(timestamp) - sendTimeMs) >>> 0);
    this.#note(packet, readAsfPacket(packet, packetBytes));
    this.#waiting.push(packet);
    this.#waitingBytes += packet.length;
    return true;
  }

  /** Takes a packet that stands in the body already, where the last one ends. @returns false for what is none */
  reread(packet: Buffer): boolean {
    const { packetBytes } = this.#header;
    if (packet.length < packetBytes || indexGuids.has(guidAt(packet, 0))) return false;
    try {
      this.#note(packet, readAsfPacket(packet, packetBytes));
    } catch {
      return false;
    }
    return true;
  }

  get packetBytes(): number {
    return this.#header.packetBytes;
  }

  drain(maxBytes: number = Number.POSITIVE_INFINITY): Buffer {
    const count = Math.max(1, Math.floor(maxBytes / this.packetBytes));
    const bytes = Buffer.concat(this.#waiting.slice(0, count));
    this.#waiting = this.#waiting.slice(count);
    this.#waitingBytes -= bytes.length;
    return bytes;
  }

  tail(): Buffer {
    if (this.#videoStream === 0 || this.#shown.offsets.length === 0) return Buffer.alloc(0);
    const packets = this.#shown.offsets.map((offset) => (offset - this.headBytes) / this.packetBytes);
    const tail = encodeSimpleIndex(this.#headerBytes, this.#header, this.#shown.timesMs, packets);
    this.#tailBytes = tail.length;
    return tail;
  }

  head(): Buffer {
    if (this.#packets === 0) return this.#headerBytes; // a broadcast until it is known how long it is
    const { bytes, durationMs } = this.facts;
    return recordedHeader(this.#headerBytes, this.#header, { bytes, durationMs, packets: this.#packets });
  }

  #note(packet: Buffer, { sendTimeMs, durationMs, payloads }: AsfPacket): void {
    const offset = this.headBytes + this.#packets * this.packetBytes;
    const preroll = prerollMs(this.#headerBytes, this.#header);
    const key = payloads.find((part) => this.#startsVideo(part));
    if (key !== undefined) {
      const shownMs = key.timeAt === undefined ? sendTimeMs + preroll : packet.readUInt32LE(key.timeAt);
      this.#index.add(sendTimeMs, offset);
      this.#shown.add(Math.max(shownMs, this.#shown.timesMs.at(-1) ?? 0), offset);
    } else if (this.#videoStream === 0 && this.#hasAudio && payloads.some(({ startsObject }) => startsObject))
      this.#index.addAudio(sendTimeMs, offset);
    this.#packets++;
    this.#durationMs = Math.max(this.#durationMs, sendTimeMs + durationMs);
  }

  /** The first packet, without what goes on with objects that began before it. */
  #beginning(packet: Buffer): Buffer {
    return beginningPacket(packet, this.packetBytes, ({ startsObject }) => startsObject);
  }

  #startsVideo({ stream, isKey, startsObject }: AsfPayload): boolean {
    return isKey && startsObject && stream === this.#videoStream;
  }
}
