import { amfObject, EcmaArray } from '../../../src/protocol/amf/amf-value.ts';
import { encodeAmf0 } from '../../../src/protocol/amf/amf0.ts';
import type { Random } from './random.ts';

/** A message as a publisher sends it; its type is that of RTMP and of FLV. */
export interface OddMessage {
  readonly type: number;
  readonly timestamp: number;
  readonly payload: Buffer;
}

const hex = (digits: string): Buffer => Buffer.from(digits, 'hex');

/** What the payloads of coded frames begin with: old codecs and new ones, one track and several. */
const keyframes = ['1701000000', '9168766331000000', '916176303100', '96106176633100000000'].map(hex);
const interFrames = ['2701000000', 'a168766331000000', 'a16176303100'].map(hex);
const sounds = ['af01', '2f', '9153', '914f707573'].map(hex);
const headers = [
  [9, '1700000000'],
  [8, 'af00'],
  [9, '9068766331'],
  [9, '9061763031'],
  [8, '904f707573'],
] as const;

/** The media of one publisher: every message is valid, whatever an encoder would make of it. */
export class OddMedia {
  readonly #random: Random;
  #now: number;
  /** The most that lies between two messages, milliseconds. */
  readonly #stepMs: number;

  constructor(random: Random) {
    this.#random = random;
    this.#stepMs = random.oneOf([1, 4, 40]);
    this.#now = random.oneOf([0, 0, 1000, 0xfffff0, 0xfffffff0]);
  }

  /** Headers, metadata and one keyframe group. */
  group(): OddMessage[] {
    const random = this.#random;
    const messages = random.chance(0.5) ? this.headers(random.between(1, 4)) : [];
    if (random.chance(0.05)) this.#now = (this.#now - random.anyScale(10, 100_000)) >>> 0;
    messages.push(this.#next(9, random.oneOf(keyframes), random.anyScale(50, 60_000)));
    for (let left = random.anyScale(1, 60); left > 0; left--) {
      const isSound = random.chance(0.5);
      if (isSound) messages.push(this.#next(8, random.oneOf(sounds), random.anyScale(1, 400)));
      else messages.push(this.#next(9, random.oneOf(interFrames), random.anyScale(1, 6000)));
    }
    return messages;
  }

  /** What comes behind a keyframe, at most so many frames: as long as there is no other the group grows. */
  more(most: number): OddMessage[] {
    const random = this.#random;
    return Array.from({ length: random.anyScale(1, most) }, () =>
      this.#next(9, random.oneOf(interFrames), random.anyScale(1, 20_000)),
    );
  }

  /** A keyframe as large as few are. */
  largeKeyframe(): OddMessage[] {
    return [this.#next(9, hex('1701000000'), this.#random.between(200_000, 900_000))];
  }

  /** Sequence headers, of several tracks perhaps, and metadata: each replaces what was there. */
  headers(count: number): OddMessage[] {
    return Array.from({ length: count }, () => {
      const random = this.#random;
      if (random.chance(0.3)) return this.#data('onMetaData', random.anyScale(1, 200));
      if (random.chance(0.3)) {
        // Enhanced RTMP: sequence start of one track of several
        const track = Buffer.concat([hex('96'), hex('0061766331'), Buffer.of(random.between(0, 255))]);
        return this.#next(9, track, random.anyScale(1, 500));
      }
      const [type, start] = random.oneOf(headers);
      return this.#next(type, hex(start), random.anyScale(1, 20_000));
    });
  }

  /** Data messages: cues, and names that mean something between relays. */
  data(count: number): OddMessage[] {
    const names = [
      'onTextData',
      'onCuePoint',
      'onStatus',
      'streampumpPath',
      '|RtmpSampleAccess',
      '@setDataFrame',
    ];
    return Array.from({ length: count }, () =>
      this.#data(this.#random.oneOf(names), this.#random.anyScale(1, 50)),
    );
  }

  /** Messages without a payload. */
  empty(count: number): OddMessage[] {
    const type = this.#random.oneOf([8, 9, 18]);
    return Array.from({ length: count }, () => ({ type, timestamp: this.#now, payload: Buffer.alloc(0) }));
  }

  /** An aggregate message. */
  aggregate(parts: number): OddMessage {
    const random = this.#random;
    const isEmpty = random.chance(0.5);
    const payload = Buffer.concat(
      Array.from({ length: parts }, () => {
        const { type, timestamp, payload } = isEmpty
          ? { type: 8, timestamp: this.#now, payload: Buffer.alloc(0) }
          : this.#next(8, hex('af01'), random.anyScale(1, 50));
        const part = Buffer.alloc(11 + payload.length + 4);
        part[0] = type;
        part.writeUIntBE(payload.length, 1, 3);
        part.writeUIntBE(timestamp & 0xffffff, 4, 3);
        part[7] = timestamp >>> 24;
        payload.copy(part, 11);
        part.writeUInt32BE(11 + payload.length, 11 + payload.length);
        return part;
      }),
    );
    return { type: 22, timestamp: this.#now, payload };
  }

  #data(name: string, values: number): OddMessage {
    const entries = Object.fromEntries(Array.from({ length: values }, (_, i) => [`name${i}`, i]));
    const named =
      name === 'streampumpPath'
        ? encodeAmf0(
            name,
            Array.from({ length: values }, (_, i) => `relay${i}`),
          )
        : encodeAmf0(name, values % 2 === 0 ? amfObject(entries) : new EcmaArray(amfObject(entries)));
    return { type: 18, timestamp: this.#now, payload: named };
  }

  #next(type: number, start: Buffer, size: number): OddMessage {
    const payload = Buffer.alloc(Math.max(start.length, size), this.#now & 0xff);
    start.copy(payload);
    this.#now = (this.#now + this.#random.between(0, this.#stepMs)) >>> 0;
    return { type, timestamp: this.#now, payload };
  }
}
