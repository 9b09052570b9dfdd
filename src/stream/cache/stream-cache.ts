import { type CodedFrame, type Frame, isPreface } from '../frame.ts';
import { timestampDistance } from '../timeline.ts';
import { type Preface, PrefaceStore } from './preface-store.ts';

/** What the cache of one stream may hold. */
export interface CacheLimits {
  /** Payload bytes of the keyframe group, and as many again of metadata and headers. */
  readonly maxBytes: number;
  /** Length of the keyframe group, milliseconds. */
  readonly maxDurationMs: number;
}

/** What a frame costs besides its payload, bytes: a group of very small frames is bounded as well. */
const FRAME_BYTES = 128;

/**
 * What a player that joins late is sent: the latest metadata, the latest header of every kind and track, and the current
 * keyframe group of the default video track. Without video there is no group, so nothing accumulates.
 */
export class StreamCache {
  readonly #limits: CacheLimits;
  readonly #prefaces: PrefaceStore;
  #group: Frame[] = [];
  #groupPrefaces: readonly Preface[] = [];
  #payloadBytes = 0;
  #keyframe: CodedFrame | undefined;

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

  /** The keyframe that the group begins with; undefined while there is no group. */
  get keyframe(): CodedFrame | undefined {
    return this.#keyframe;
  }

  /** The keyframe and everything since, in order; empty while there is no group. Not to be changed. */
  get group(): readonly Frame[] {
    return this.#group;
  }

  /** Metadata and headers as they were when the group began; those that came later are in the group. */
  get groupPrefaces(): readonly Preface[] {
    return this.#groupPrefaces;
  }

  /** Metadata and headers as they are now, each frame once, oldest first after the metadata. */
  get prefaces(): readonly Preface[] {
    return this.#prefaces.list;
  }

  /** Takes a frame as it goes out to the players. */
  remember(frame: Frame): void {
    if (isPreface(frame)) this.#prefaces.set(frame);
    else if (frame.role === 'coded' && frame.isKeyframe) this.#beginGroup(frame);
    if (this.#keyframe !== undefined) this.#extendGroup(this.#keyframe, frame);
  }

  /** Forgets everything but the version. */
  clear(): void {
    this.#prefaces.clear();
    this.#dropGroup();
  }

  #beginGroup(keyframe: CodedFrame): void {
    this.#dropGroup();
    this.#keyframe = keyframe;
    this.#groupPrefaces = this.#prefaces.list;
  }

  /** Over a bound the group goes at once: half of one is of no use, and the next keyframe begins another. */
  #extendGroup(keyframe: CodedFrame, frame: Frame): void {
    this.#group.push(frame);
    this.#payloadBytes += frame.payload.length;
    const { maxBytes, maxDurationMs } = this.#limits;
    const isTooLong =
      frame.role === 'coded' && timestampDistance(frame.timestamp, keyframe.timestamp) > maxDurationMs;
    if (isTooLong || this.#payloadBytes + this.#group.length * FRAME_BYTES > maxBytes) this.#dropGroup();
  }

  #dropGroup(): void {
    this.#group = [];
    this.#groupPrefaces = [];
    this.#payloadBytes = 0;
    this.#keyframe = undefined;
  }
}
