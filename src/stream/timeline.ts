import type { Clock } from './clock.ts';
import { type CodedFrame, type Frame, hasVideo } from './frame.ts';

/** A track that goes back by more than this begins anew, milliseconds. */
const MAX_BACKWARD_MS = 1000;

/** How long a session that continues a stream with video may send none before it counts as audio only, milliseconds. */
export const VIDEO_PATIENCE_MS = 1000;

/** `a - b` of two timestamps that wrap at 2^32, from -2^31 to 2^31 - 1. */
export function timestampDistance(a: number, b: number): number {
  return (a - b) | 0;
}

/**
 * The one timeline of a stream. Timestamps pass as they came, plus an offset that changes only where a source session
 * comes in that continues the stream, or where a track jumps back: there the stream goes on at a keyframe.
 */
export class Timeline {
  readonly #clock: Clock;
  #offset = 0;
  /** The time of the latest coded frame, as given out; undefined before the first. */
  #last: number | undefined;
  #lastAt = 0;
  /** How much time that frame covers, milliseconds. The frame itself would hold memory that nobody counts. */
  #lastCoversMs = 0;
  /** The latest timestamp of each track, as received, by its {@link trackKey}. */
  readonly #tracks: (number | undefined)[] = [];
  /** Whether the frames to come are somewhere else in time and the offset must be set anew. */
  #isBroken = false;
  #pieces = 1;
  /** Whether video waits for a keyframe, where a decoder can begin. */
  #awaitsKeyframe = true;
  /** When the source session began or last sent video. */
  #videoAt: number;
  #hasVideo = false;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#videoAt = clock.now();
  }

  /** How many pieces it has: sessions that continue the stream, and tracks that jumped back, begin another. */
  get pieces(): number {
    return this.#pieces;
  }

  /** The time of the latest coded frame, as given out; undefined before the first. */
  get last(): number | undefined {
    return this.#last;
  }

  /** A new source session begins. */
  restart(): void {
    this.#videoAt = this.#clock.now();
    this.#break();
  }

  /** The source goes on after a gap with times that fit those it gave before. */
  resume(): void {
    this.#break();
    this.#isBroken = false;
  }

  /** Where a time of the source is on the timeline, as it stands now. */
  placeOf(timestamp: number): number {
    return (timestamp + this.#offset) >>> 0;
  }

  /** The time of the source that stands at this place of the timeline. */
  timestampAt(place: number): number {
    return (place - this.#offset) >>> 0;
  }

  /** The times of the source that goes on differ from those of the one before by so much, milliseconds. */
  shift(ms: number): void {
    this.#offset = (this.#offset + ms) >>> 0;
    this.#tracks.length = 0;
  }

  /** The session that has begun is known to bring no video: its audio goes on at once. */
  expectNoVideo(): void {
    this.#videoAt = Number.NEGATIVE_INFINITY;
  }

  /**
   * The frame's place on the timeline, milliseconds, uint32; undefined when it is to be dropped.
   * @param now - when the frame has come
   */
  place(frame: Frame, now: number): number | undefined {
    if (hasVideo(frame.kind) && (frame.role === 'coded' || frame.role === 'header')) {
      this.#videoAt = now;
      this.#hasVideo = true;
    }
    if (frame.role !== 'coded') return this.#isBroken ? undefined : this.placeOf(frame.timestamp);
    if (this.#jumpsBack(frame)) this.#break();
    if (this.#awaitsKeyframe && !this.#mayPassBefore(frame, now)) return undefined;
    if (frame.isKeyframe) this.#awaitsKeyframe = false;
    if (this.#isBroken) this.#continueAt(frame.timestamp, now);
    return this.#advance(frame, now);
  }

  #break(): void {
    this.#isBroken = this.#last !== undefined;
    this.#awaitsKeyframe = true;
    this.#tracks.length = 0;
  }

  /** Video before a keyframe never; audio unless it would go on where video is to go on, or may yet be. */
  #mayPassBefore(frame: CodedFrame, now: number): boolean {
    if (hasVideo(frame.kind)) return frame.isKeyframe;
    if (!this.#isBroken) return true;
    return !this.#hasVideo || now - this.#videoAt >= VIDEO_PATIENCE_MS;
  }

  #jumpsBack(frame: CodedFrame): boolean {
    for (const trackId of frame.tracks) {
      const last = this.#tracks[trackKey(frame, trackId)];
      if (last !== undefined && timestampDistance(frame.timestamp, last) < -MAX_BACKWARD_MS) return true;
    }
    return false;
  }

  /** Sets the offset so that this timestamp comes as long after the last frame as the wall clock says, and after all of it. */
  #continueAt(timestamp: number, now: number): void {
    const passed = Math.max(this.#lastCoversMs + 1, Math.round(now - this.#lastAt));
    this.#offset = ((this.#last ?? timestamp) + passed - timestamp) >>> 0;
    this.#isBroken = false;
    this.#pieces++;
  }

  #advance(frame: CodedFrame, now: number): number {
    for (const trackId of frame.tracks) this.#tracks[trackKey(frame, trackId)] = frame.timestamp;
    const placed = this.placeOf(frame.timestamp);
    if (this.#last === undefined || timestampDistance(placed, this.#last) > 0) {
      this.#last = placed;
      this.#lastCoversMs = frame.family.durationOf?.(frame) ?? 0;
    }
    this.#lastAt = now;
    return placed;
  }
}

/** One number for each kind and track. */
export function trackKey(frame: Pick<CodedFrame, 'kind'>, trackId: number): number {
  return (frame.kind === 'audio' ? 0 : 256) + trackId;
}
