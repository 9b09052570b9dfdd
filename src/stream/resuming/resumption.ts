import type { Frame } from '../frame.ts';
import { timestampDistance, trackKey } from '../timeline.ts';
import type { KeptFrames } from './kept-frames.ts';

/** After the first frame that goes on, others that were had may come for this long, milliseconds. */
const OVERLAP_MS = 5000;

/** After this long, milliseconds, what a source repeats has to come faster than it was recorded, or it is that much behind. */
const HASTE_MS = 1000;

/** A source that is further behind than this is not waited for, milliseconds. */
const MAX_BEHIND_MS = 3000;

/**
 * What a frame of the new source is: `had`, it went out before; `next`, it goes on behind that; `other`, it is of another
 * programme, or so far away that the stream cannot go on with it.
 */
export type FrameJudgement = 'had' | 'next' | 'other';

/**
 * Compares what a new source brings with what the stream has sent. The first coded frame decides: where it is one of those that
 * were sent, everything behind the last of each track goes on, in the midst of a keyframe group.
 */
export class Resumption {
  readonly #kept: KeptFrames;
  readonly #begunAt: number;
  /** The last time of each track behind which nothing of it has come yet. */
  readonly #ends = new Map<number, number>();
  /** Frames that have come again. */
  readonly #repeated = new Set<number>();
  #state: 'open' | 'same' | 'on' = 'open';
  #onAt = 0;
  /** What is to be added to times of the source, milliseconds. */
  #shift = 0;
  #firstTime = 0;

  /** @param now - milliseconds of the clock */
  constructor(kept: KeptFrames, now: number) {
    this.#kept = kept;
    this.#begunAt = now;
    for (const [key, { timestamp }] of kept.lastOfTracks()) this.#ends.set(key, timestamp);
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
    const judgement = this.#compare(frame, place);
    if (this.#state === 'on') return judgement;
    if (judgement === 'had') return this.#isTooFarBehind(place, now) ? 'other' : 'had';
    this.#state = 'on';
    this.#onAt = now;
    return judgement;
  }

  #decide(frame: Frame, place: number): FrameJudgement {
    if (frame.role !== 'coded') return 'had';
    let timestamp: number | undefined = place;
    let number = this.#kept.find(frame, place);
    if (number === undefined) {
      timestamp = this.#kept.timestampOf(frame);
      number = timestamp === undefined ? undefined : this.#kept.find(frame, timestamp);
    }
    if (number === undefined || timestamp === undefined) return 'other';
    this.#shift = timestampDistance(timestamp, place);
    this.#firstTime = timestamp;
    this.#repeated.add(number);
    this.#state = 'same';
    return 'had';
  }

  #compare(frame: Frame, timestamp: number): FrameJudgement {
    if (frame.role !== 'coded') {
      const isOn = this.#state === 'on';
      return this.#isRepeated(frame, timestamp) || !isOn ? 'had' : 'next';
    }
    let isBehindAny = false;
    let isAtEnd = false;
    for (const trackId of frame.tracks) {
      const key = trackKey(frame, trackId);
      const end = this.#ends.get(key);
      const ahead = end === undefined ? 1 : timestampDistance(timestamp, end);
      if (ahead > 0) {
        isBehindAny = true;
        this.#ends.delete(key);
      } else if (ahead === 0) isAtEnd = true;
    }
    if (isBehindAny) return 'next';
    return isAtEnd && !this.#isRepeated(frame, timestamp) ? 'next' : 'had';
  }

  #isRepeated(frame: Frame, timestamp: number): boolean {
    const number = this.#kept.find(frame, timestamp, (one) => !this.#repeated.has(one));
    if (number !== undefined) this.#repeated.add(number);
    return number !== undefined;
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
