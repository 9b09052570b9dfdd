import { type Frame, isPreface } from '../frame.ts';
import { timestampDistance } from '../timeline.ts';
import type { CacheBudget, CacheHolder } from './cache-budget.ts';
import { frameCost } from './frame-cost.ts';
import { MAX_PREFACE_BYTES, type Preface, PrefaceStore } from './preface-store.ts';

/** What is kept of one stream. */
export interface CacheLimits {
  /** What the keyframe group may cost, and what of it may be written for one player, bytes. */
  readonly maxBytes: number;
  /** Length of the keyframe group, milliseconds. */
  readonly maxDurationMs: number;
  /** Of all that is kept together. */
  readonly budget: CacheBudget;
}

/**
 * What a decoder needs that begins now: the latest metadata, the latest header of every kind and track, and all that came
 * since the last frame to begin with. Without such a frame there is no group, so nothing accumulates.
 */
export class KeyframeGroup implements CacheHolder {
  readonly #limits: CacheLimits;
  readonly #prefaces: PrefaceStore;
  #frames: Frame[] = [];
  #startPrefaces: readonly Preface[] = [];
  /** What it takes to keep the frames, and what is packed of them. */
  #frameBytes = 0;
  #packedBytes = 0;
  /** The most that a player who joins late may be sent of frames whose wire forms write more than their payloads have. */
  #writtenBytes = 0;

  constructor(limits: CacheLimits) {
    this.#limits = limits;
    this.#prefaces = new PrefaceStore(MAX_PREFACE_BYTES, limits.budget);
  }

  /** Grows with every metadata or header frame that is remembered. */
  get version(): number {
    return this.#prefaces.version;
  }

  /** What it takes to keep all of it. */
  get bytes(): number {
    return this.#prefaces.bytes + this.groupBytes;
  }

  get groupBytes(): number {
    return this.#frameBytes + this.#packedBytes;
  }

  /** From its first frame to its last, milliseconds. */
  get durationMs(): number {
    const [first] = this.#frames;
    const last = this.#frames.at(-1);
    return first === undefined || last === undefined ? 0 : timestampDistance(last.timestamp, first.timestamp);
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
      this.#limits.budget.enter(this);
      this.#extend(frame, this.#prefaces.bytes + frameCost(frame)); // it keeps those of its start, whatever replaces them
      return;
    }
    if (this.#frames.length > 0) this.#extend(frame, frameCost(frame));
  }

  /** Forgets everything but the version. */
  clear(): void {
    this.#prefaces.clear();
    this.#drop();
  }

  /** Counts what is kept of the group besides, packed for those who join late; it goes with the group. */
  addPacked(bytes: number): void {
    if (this.#frames.length === 0) return;
    this.#packedBytes += bytes;
    this.#limits.budget.take(bytes);
  }

  giveWay(): void {
    this.#drop();
  }

  /** Over a bound the group goes at once: half of one is of no use, and the next keyframe begins another. */
  #extend(frame: Frame, cost: number): void {
    this.#frames.push(frame);
    this.#frameBytes += cost;
    this.#writtenBytes += frame.family.writtenBytesOf?.(frame) ?? 0;
    const { maxBytes, maxDurationMs, budget } = this.#limits;
    const { timestamp } = this.#frames[0] ?? frame;
    const isTooLong = frame.role === 'coded' && timestampDistance(frame.timestamp, timestamp) > maxDurationMs;
    budget.take(cost);
    if (isTooLong || Math.max(this.#frameBytes, this.#writtenBytes) > maxBytes) this.#drop();
  }

  #drop(): void {
    if (this.#frames.length === 0) return;
    this.#limits.budget.leave(this);
    this.#limits.budget.give(this.groupBytes);
    this.#frames = [];
    this.#startPrefaces = [];
    this.#frameBytes = 0;
    this.#packedBytes = 0;
    this.#writtenBytes = 0;
  }
}
