import { type Frame, isPassing, isPreface } from '../frame.ts';
import { timestampDistance } from '../timeline.ts';
import type { CacheBudget, CacheHolder } from './cache-budget.ts';
import { frameCost } from './frame-cost.ts';
import { FrameLog } from './frame-log.ts';
import type { FrameSection } from './frame-section.ts';
import { PastFrames } from './past-frames.ts';
import { MAX_PREFACE_BYTES, type Preface, PrefaceStore } from './preface-store.ts';

/** What is kept of one stream. */
export interface CacheLimits {
  /** What the keyframe group may cost, and what of it may be written for one player, bytes. */
  readonly maxBytes: number;
  /** Length of the keyframe group, milliseconds. */
  readonly maxDurationMs: number;
  /** How long past groups are kept for relays downstream, milliseconds. */
  readonly resumeMs: number;
  /** Of all that is kept together. */
  readonly budget: CacheBudget;
}

/**
 * What a decoder needs that begins now: the latest metadata, the latest header of every kind and track, and all that came
 * since the last frame to begin with. Without such a frame there is no group, so nothing accumulates. Where relays may come
 * back for it what came before is kept as well, for a while.
 */
export class KeyframeGroup implements CacheHolder {
  readonly #limits: CacheLimits;
  readonly #prefaces: PrefaceStore;
  readonly #past = new PastFrames();
  #isPastWanted = false;
  /** How many frames were kept so far. */
  #keptFrames = 0;
  #frames = new FrameLog();
  #startPrefaces: readonly Preface[] = [];
  /** What it takes to keep the headers of the beginning, and what is packed of the frames. */
  #startBytes = 0;
  #packedBytes = 0;
  /** What a player who joins late costs: frames as objects, and as bytes of wire forms that write more than their payloads have. */
  #objectBytes = 0;
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
    return this.#prefaces.bytes + this.groupBytes + this.pastBytes;
  }

  get groupBytes(): number {
    return this.#startBytes + this.#frames.bytes + this.#packedBytes;
  }

  get pastBytes(): number {
    return this.#past.bytes;
  }

  /** How many frames were kept in the life of the cache. */
  get keptFrames(): number {
    return this.#keptFrames;
  }

  /** All frames that are kept, oldest first. */
  get sections(): readonly FrameSection[] {
    const past = this.#past.sections;
    if (!this.hasGroup) return past;
    const frames = this.#frames;
    const start = this.#keptFrames - frames.length;
    return [...past, { start, frames, prefaces: this.#startPrefaces, prefaceBytes: this.#startBytes }];
  }

  /** From its first frame to its last, milliseconds. */
  get durationMs(): number {
    const frames = this.#frames;
    return timestampDistance(frames.timestampAt(frames.length - 1), frames.timestampAt(0));
  }

  /** Whether what is no part of the group any more is wanted. */
  get isPastWanted(): boolean {
    return this.#isPastWanted;
  }

  /** Whether there is a group. */
  get hasGroup(): boolean {
    return this.#frames.length > 0;
  }

  /** Whether any frames are kept. */
  get hasFrames(): boolean {
    return this.hasGroup || this.pastBytes > 0;
  }

  /** The frame to begin with and everything since, in order; empty while there is no group. Another log for each group. */
  get frames(): FrameLog {
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

  /** From now on what is no part of the group any more is wanted, and kept for {@link CacheLimits.resumeMs}. */
  wantPast(): void {
    this.#isPastWanted = true;
  }

  /**
   * Takes the next frame. Where it is kept its payload is that of the cache from then on.
   * @param isStart - whether a decoder can begin at it
   * @returns whether it is kept
   */
  take(frame: Frame, isStart: boolean): boolean {
    if (isPassing(frame)) return false;
    if (isPreface(frame)) this.#prefaces.set(frame);
    else if (isStart && frame.role === 'coded') {
      this.#retire();
      this.#startPrefaces = this.#prefaces.list;
      this.#startBytes = this.#prefaces.bytes; // it keeps those of its start, whatever replaces them
      this.#limits.budget.enter(this);
      this.#extend(frame, this.#startBytes);
      return true;
    }
    if (this.hasGroup) this.#extend(frame, 0);
    else if (this.#keepsPast) this.#keepLoose(frame);
    else return isPreface(frame);
    return true;
  }

  /** Forgets everything but the version. */
  clear(): void {
    this.#prefaces.clear();
    this.#drop();
    this.#dropPast();
  }

  /** Counts what is kept of the group besides, packed for those who join late; it goes with the group. */
  addPacked(bytes: number): void {
    if (!this.hasGroup) return;
    this.#packedBytes += bytes;
    this.#limits.budget.take(bytes);
  }

  giveWay(): void {
    if (this.pastBytes > 0) this.#dropPast();
    else this.#drop();
  }

  /** Over a bound the group goes at once: half of one is of no use, and the next keyframe begins another. */
  #extend(frame: Frame, moreBytes: number): void {
    const frames = this.#frames;
    const { maxBytes, maxDurationMs, budget } = this.#limits;
    const before = frames.bytes;
    const payload = frames.append(frame);
    this.#keptFrames++;
    if (!isPreface(frame)) frame.payload = payload;
    this.#objectBytes += frameCost(frame);
    this.#writtenBytes += frame.family.writtenBytesOf?.(frame) ?? 0;
    const isTooLong = frame.role === 'coded' && this.durationMs > maxDurationMs;
    const grown = frames.bytes - before + moreBytes;
    if (grown > 0) budget.take(grown);
    if (isTooLong || Math.max(this.#startBytes + this.#objectBytes, this.#writtenBytes) > maxBytes) {
      this.#drop();
      this.#dropPast(); // nobody can go on there where there is a gap behind it
    } else if (this.pastBytes > 0) this.#trimPast(frame);
  }

  get #keepsPast(): boolean {
    return this.#isPastWanted && this.#limits.resumeMs > 0;
  }

  #keepLoose(frame: Frame): void {
    const past = this.#past;
    if (isPreface(frame) && !past.isOpen) return; // it holds before the first frame that is kept
    const before = past.bytes;
    if (before === 0) this.#limits.budget.enter(this);
    const payload = past.append(frame, this.#keptFrames, this.#prefaces);
    this.#keptFrames++;
    if (!isPreface(frame)) frame.payload = payload;
    this.#limits.budget.take(past.bytes - before);
    this.#trimPast(frame);
  }

  /** The group is over: it becomes part of the past, if that is kept. */
  #retire(): void {
    if (!this.hasGroup || !this.#keepsPast) {
      this.#drop();
      return;
    }
    const section = this.sections.at(-1) as FrameSection;
    this.#drop();
    const before = this.pastBytes;
    this.#past.keep(section);
    this.#limits.budget.enter(this);
    this.#limits.budget.take(this.pastBytes - before);
  }

  /** @param latest - frame of the stream: where it is none to be decoded its time says nothing */
  #trimPast({ role, timestamp }: Frame): void {
    const { resumeMs, maxBytes } = this.#limits;
    const before = this.pastBytes;
    this.#past.trim(maxBytes - this.groupBytes);
    if (role === 'coded') this.#past.forget(timestamp, resumeMs);
    this.#limits.budget.give(before - this.pastBytes);
    this.#checkHolding();
  }

  #dropPast(): void {
    this.#limits.budget.give(this.pastBytes);
    this.#past.clear();
    this.#checkHolding();
  }

  #drop(): void {
    if (!this.hasGroup) return;
    this.#limits.budget.give(this.groupBytes);
    this.#frames = new FrameLog();
    this.#startPrefaces = [];
    this.#startBytes = 0;
    this.#packedBytes = 0;
    this.#objectBytes = 0;
    this.#writtenBytes = 0;
    this.#checkHolding();
  }

  #checkHolding(): void {
    if (!this.hasGroup && this.pastBytes === 0) this.#limits.budget.leave(this);
  }
}
