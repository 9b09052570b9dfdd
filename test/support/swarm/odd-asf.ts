import {
  asfHeader,
  asfPacket,
  audioStream,
  type MadePayload,
  type MadeStream,
  videoStream,
} from '../asf-maker.ts';
import type { Random } from './random.ts';

const commandStream: MadeStream = { number: 9, type: 'command' };
const secondVideo: MadeStream = { number: 3, type: 'video', size: 160 };

/** Payloads have headers of this size at the most, bytes. */
const PAYLOAD_HEADER_BYTES = 18;

/** The ASF of one publisher: every header and every packet is valid, whatever an encoder would make of it. */
export class OddAsf {
  readonly #random: Random;
  #packetBytes = 0;
  #streams: readonly MadeStream[] = [];
  #now: number;
  /** The most that lies between two packets, milliseconds. */
  readonly #stepMs: number;

  constructor(random: Random) {
    this.#random = random;
    this.#stepMs = random.oneOf([1, 4, 40]);
    this.#now = random.oneOf([0, 0, 1000, 0xfffffff0]);
    this.#choose();
  }

  /** Bytes of every packet that has its padding. */
  get packetBytes(): number {
    return this.#packetBytes;
  }

  /** The header in force. */
  get header(): Buffer {
    return asfHeader({ packetBytes: this.#packetBytes, streams: this.#streams });
  }

  /** Another header, of other streams or another packet size perhaps, which is in force from now on. */
  change(): Buffer {
    if (this.#random.chance(0.5)) this.#choose();
    return this.header;
  }

  /** A packet in which a key frame begins, and what follows it. */
  group(): Buffer[] {
    const video = this.#streams.find(({ type }) => type === 'video');
    const key = { stream: video?.number ?? 1, isKey: true };
    if (this.#random.chance(0.05)) this.#now = (this.#now - this.#random.anyScale(10, 100_000)) >>> 0;
    const behindSound = this.#random.chance(0.5) && video !== undefined ? [this.#payload(1)] : [];
    return [this.#packet([...behindSound, { ...this.#payload(key.stream), ...key }]), ...this.more(60)];
  }

  /** What comes behind a key frame, at most so many packets. */
  more(most: number): Buffer[] {
    return Array.from({ length: this.#random.anyScale(1, most) }, () => {
      const payloads = Array.from({ length: this.#random.between(1, 4) }, () =>
        this.#payload(this.#random.oneOf(this.#streams).number),
      );
      return this.#packet(payloads);
    });
  }

  /** Packets without anything in them. */
  empty(count: number): Buffer[] {
    return Array.from({ length: count }, () => this.#packet([]));
  }

  #choose(): void {
    const random = this.#random;
    this.#packetBytes = random.oneOf([100, 400, 1400, 3200, 65_527]);
    this.#streams = random.oneOf([
      [audioStream],
      [audioStream, videoStream],
      [audioStream, videoStream, secondVideo],
      [audioStream, videoStream, commandStream],
      [commandStream],
    ]);
  }

  #payload(stream: number): MadePayload {
    const random = this.#random;
    const most = Math.floor(this.#packetBytes / 5) - PAYLOAD_HEADER_BYTES;
    const offset = random.oneOf([0, 0, 700]);
    return {
      stream,
      offset,
      object: random.between(0, 255),
      time: this.#now,
      data: random.between(0, Math.max(0, most)),
    };
  }

  #packet(payloads: readonly MadePayload[]): Buffer {
    const random = this.#random;
    this.#now = (this.#now + random.between(0, this.#stepMs)) >>> 0;
    const fitting = this.#packetBytes === 100 ? payloads.slice(0, 2) : payloads;
    return asfPacket({
      packetBytes: this.#packetBytes,
      sendTimeMs: this.#now,
      payloads: fitting,
      isShort: random.chance(0.3),
    });
  }
}
