import { type Frame, isPreface } from '../frame.ts';
import { timestampDistance } from '../timeline.ts';
import { type Preface, PrefaceStore } from './preface-store.ts';

/** What is kept of one stream. */
export interface CacheLimits {
  /** Payload bytes of the keyframe group, and as many again of metadata and headers. */
  readonly maxBytes: number;
  /** Length of the keyframe group, milliseconds. */
  readonly maxDurationMs: number;
}

/** What a frame costs besides its payload, bytes: a group of very small frames is bounded as well. */
const FRAME_BYTES = 128;

/**
 * What a decoder needs that begins now: the latest metadata, the latest header of every kind and track, and all that came
 * since the last frame to begin with. Without such a frame there is no group, so nothing accumulates.
 */
export class KeyframeGroup {
  readonly #limits: CacheLimits;
  readonly #prefaces: PrefaceStore;
  #frames: Frame[] = [];
  #startPrefaces: readonly Preface[] = [];
  #payloadBytes = 0;

  constructor(limits: CacheLimits) {
    this.#limits = limits;
    this.#prefaces = new PrefaceStore(limits.maxBytes);
  }

  /** Grows with every metadata or header frame that is remembered. */
  get version(): number {
    return this.#prefaces.version;
  }

  /** Payload bytes held. */
  get bytes(): number {
    return this.#prefaces.bytes + this.#payloadBytes;
  }

  /** The frame that the group begins with; undefined while there is no group. */
  get start(): Frame | undefined {
    return this.#frames[0];
  }

  /** The frame to begin with and everything since, in order; empty while there is no group. Not to be changed. */
  get frames(): readonly Frame[] {
    return this.#frames;
  }

  /** Metadata and headers as they were when the group began; those that came later are in the group. */
  get startPrefaces(): readonly Preface[] {
    return this.#startPrefaces;
  }

  /** Metadata and headers as they are now, each frame once, oldest first after the metadata. */
  get prefaces(): readonly Preface[] {
    return this.#prefaces.list;
  }

  /** Takes the next frame. @param isStart - whether a decoder can begin at it */
  take(frame: Frame, isStart: boolean): void {
    if (isPreface(frame)) this.#prefaces.set(frame);
    else if (isStart && frame.role === 'coded') {
      this.#drop();
      this.#startPrefaces = this.#prefaces.list;
      this.#extend(frame);
      return;
    }
    if (this.#frames.length > 0) this.#extend(frame);
  }

  /** Forgets everything but the version. */
  clear(): void {
    this.#prefaces.clear();
    this.#drop();
  }

  /** Over a bound the group goes at once: half of one is of no use, and the next keyframe begins another. */
  #extend(frame: Frame): void {
    this.#frames.push(frame);
    const { timestamp } = this.#frames[0] ?? frame;
    this.#payloadBytes += frame.payload.length;
    const { maxBytes, maxDurationMs } = this.#limits;
    const isTooLong = frame.role === 'coded' && timestampDistance(frame.timestamp, timestamp) > maxDurationMs;
    if (isTooLong || this.#payloadBytes + this.#frames.length * FRAME_BYTES > maxBytes) this.#drop();
  }

  #drop(): void {
    this.#frames = [];
    this.#startPrefaces = [];
    this.#payloadBytes = 0;
  }
}
