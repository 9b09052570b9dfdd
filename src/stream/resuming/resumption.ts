import type { KeyframeGroup } from '../cache/keyframe-group.ts';
import type { CodedFrame, Frame } from '../frame.ts';
import { timestampDistance, trackKey } from '../timeline.ts';
import { isDistinct, KeptFrames, type KeptRange } from './kept-frames.ts';

/** After the first frame that goes on, others that were had may come for this long, milliseconds. */
const OVERLAP_MS = 5000;

/** After this long, milliseconds, what a source repeats has to come faster than it was recorded, or it is that much behind. */
const HASTE_MS = 1000;

/** A source that is further behind than this is not waited for, milliseconds. */
const MAX_BEHIND_MS = 3000;

/** A source repeats frames in the order in which they went out: one is so near to that before it, in frames. */
const NEAR_FRAMES = 256;

/**
 * What a frame of the new source is: `had`, it went out before; `next`, it goes on behind that; `other`, it is of another
 * programme, or so far away that the stream cannot go on with it.
 */
export type FrameJudgement = 'had' | 'next' | 'other';

/**
 * Compares what a new source brings with what the stream has sent. The first coded frame has to be one of those that were sent;
 * as long as frames are of a time that went out they have to be those that went out then, and what is behind the last of each track
 * goes on, in the midst of a keyframe group. Frames that are as small as silence are no proof: with nothing else, each has to be
 * one that was sent, and no track goes on of which none was.
 */
export class Resumption {
  readonly #cache: Pick<KeyframeGroup, 'sections' | 'keptFrames'>;
  /** How many frames were kept before the source. */
  readonly #end: number;
  /** The last coded one of them. */
  readonly #last: number;
  readonly #begunAt: number;
  /** The last time of each track behind which nothing of it has come yet. */
  readonly #ends = new Map<number, number>();
  /** Tracks of which a frame has come again. */
  readonly #seen = new Set<number>();
  /** Frames that have come again, the first of them, and how far they go. */
  readonly #repeated = new Set<number>();
  #first = 0;
  #at = 0;
  /** Whether one of them is not to be mistaken for another. */
  #isProven = false;
  #state: 'open' | 'same' | 'on' = 'open';
  #onAt = 0;
  /** What is to be added to times of the source, milliseconds. */
  #shift = 0;
  #firstTime = 0;

  /** @param cache - what was sent, as far as it is kept; it may change @param now - milliseconds of the clock */
  constructor(cache: Pick<KeyframeGroup, 'sections' | 'keptFrames'>, now: number) {
    this.#cache = cache;
    this.#end = cache.keptFrames;
    this.#begunAt = now;
    let last = 0;
    for (const [key, { frames, index, number }] of this.#kept.lastOfTracks()) {
      this.#ends.set(key, frames.timestampAt(index));
      last = number;
    }
    this.#last = last;
  }

  /** Whether it is known that the source brings the same programme. */
  get isSame(): boolean {
    return this.#state !== 'open';
  }

  /** By how much its times fall short of those of the source before, milliseconds. */
  get shift(): number {
    return this.#shift;
  }

  /** How far a frame of the source is behind what went out, milliseconds. @param place - as for a frame that decides */
  lagOf(place: number): number {
    return this.#behindMs((place + this.#shift) >>> 0);
  }

  /** Whether nothing that went out before can come any more. */
  isOver(now: number): boolean {
    return this.#state === 'on' && (this.#ends.size === 0 || now - this.#onAt > OVERLAP_MS);
  }

  /**
   * Judges the next frame that is no metadata and no header.
   * @param place - of the frame on the timeline, which is shifted by {@link shift} as soon as that is known
   * @param now - milliseconds of the clock
   */
  judge(frame: Frame, place: number, now: number): FrameJudgement {
    if (this.#state === 'open') return this.#decide(frame, place);
    const judgement = frame.role === 'coded' ? this.#compare(frame, place) : this.#compareData(frame, place);
    if (this.#state === 'on') return judgement;
    if (judgement === 'had') return this.#isTooFarBehind(place, now) ? 'other' : 'had';
    if (judgement === 'other') return judgement;
    this.#state = 'on';
    this.#onAt = now;
    return judgement;
  }

  get #kept(): KeptFrames {
    return new KeptFrames(this.#cache.sections);
  }

  #decide(frame: Frame, place: number): FrameJudgement {
    if (frame.role !== 'coded') return 'had';
    const kept = this.#kept;
    let timestamp: number | undefined = place;
    let number = kept.find(frame, place);
    if (number === undefined) {
      timestamp = kept.timestampOf(frame);
      number = timestamp === undefined ? undefined : kept.find(frame, timestamp);
    }
    if (number === undefined || timestamp === undefined) return 'other';
    this.#shift = timestampDistance(timestamp, place);
    this.#firstTime = timestamp;
    this.#state = 'same';
    this.#first = number;
    this.#note(frame, number);
    return 'had';
  }

  #compare(frame: CodedFrame, timestamp: number): FrameJudgement {
    const keys = frame.tracks.map((trackId) => trackKey(frame, trackId));
    const ahead = Math.max(...keys.map((key) => this.#aheadMs(key, timestamp)));
    if (ahead <= 0) {
      const number = this.#find(frame, timestamp);
      if (number !== undefined) {
        this.#note(frame, number);
        return 'had';
      }
      if (ahead < 0) return this.#mayHaveGone(frame, timestamp) ? 'had' : 'other';
    }
    if (!this.#isProven && keys.some((key) => this.#ends.has(key) && !this.#seen.has(key))) return 'other';
    for (const key of keys) if (this.#aheadMs(key, timestamp) > 0) this.#ends.delete(key);
    return 'next';
  }

  /** Data may be new as soon as the last frame has come again that was sent. */
  #compareData(frame: Frame, timestamp: number): FrameJudgement {
    const number = this.#find(frame, timestamp);
    if (number !== undefined) this.#repeated.add(number);
    const isNew = number === undefined && (this.#state === 'on' || this.#at >= this.#last);
    return isNew ? 'next' : 'had';
  }

  #aheadMs(key: number, timestamp: number): number {
    const end = this.#ends.get(key);
    return end === undefined ? 1 : timestampDistance(timestamp, end);
  }

  #find(frame: Frame, timestamp: number): number | undefined {
    return this.#kept.find(frame, timestamp, this.#near);
  }

  #note(frame: CodedFrame, number: number): void {
    this.#repeated.add(number);
    this.#at = Math.max(this.#at, number);
    this.#isProven ||= isDistinct(frame);
    for (const trackId of frame.tracks) this.#seen.add(trackKey(frame, trackId));
  }

  /** Whether a frame that is not found may have gone out, as the frames of its time are not kept any more, or never were. */
  #mayHaveGone(frame: CodedFrame, timestamp: number): boolean {
    const [first] = this.#cache.sections;
    if (first === undefined || this.#at < first.start) return true;
    return this.#isProven && !this.#kept.hasTrackAt(frame, timestamp, this.#near);
  }

  /** Where the next frame that comes again is. */
  get #near(): KeptRange {
    return {
      from: Math.max(this.#first, this.#at - NEAR_FRAMES),
      to: Math.min(this.#end, this.#at + NEAR_FRAMES),
      isFree: (number) => !this.#repeated.has(number),
    };
  }

  #isTooFarBehind(timestamp: number, now: number): boolean {
    const elapsed = now - this.#begunAt;
    const isHasty = timestampDistance(timestamp, this.#firstTime) >= 2 * elapsed;
    return elapsed >= HASTE_MS && !isHasty && this.#behindMs(timestamp) > MAX_BEHIND_MS;
  }

  #behindMs(timestamp: number): number {
    let behind = 0;
    for (const end of this.#ends.values()) behind = Math.max(behind, timestampDistance(end, timestamp));
    return behind;
  }
}
