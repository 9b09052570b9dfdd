import type { CacheBudget } from '../cache/cache-budget.ts';
import { KeyframeGroup } from '../cache/keyframe-group.ts';
import { type CodedFrame, type Frame, hasVideo, isPreface } from '../frame.ts';
import { ownMemory } from '../own-memory.ts';
import { timestampDistance, trackKey } from '../timeline.ts';

/** What is kept of a source that has not taken over yet. */
const LIMITS = { maxBytes: 16 * 2 ** 20, maxDurationMs: Number.POSITIVE_INFINITY, resumeMs: 0 };

/** How far a programme has come: how far each track, and where a decoder could last begin. */
export class Position {
  readonly #latest = new Map<number, number>();
  /** Of tracks whose latest time several frames had: how many came after the first of those, or after a keyframe among them. */
  readonly #repeats = new Map<number, number>();
  #hasVideo = false;
  #start: CodedFrame | undefined;
  /** The time of that frame as it came. */
  #startTime = 0;

  /** Takes the next frame. @returns whether a decoder can begin at it: at a keyframe, or at any audio without video */
  take(frame: Frame): boolean {
    if (hasVideo(frame.kind)) this.#hasVideo = true;
    if (frame.role !== 'coded') return false;
    for (const trackId of frame.tracks) this.#note(trackKey(frame, trackId), frame);
    const mayBegin = frame.isKeyframe || !this.#hasVideo;
    if (mayBegin) {
      this.#start = frame;
      this.#startTime = frame.timestamp;
    }
    return mayBegin;
  }

  /**
   * Whether this frame, or a later one of each of its tracks, was there already.
   * @param from - has just taken it, and knows which it is of several that a track has at one time
   */
  hasPassed(frame: Frame, from?: Position): boolean {
    if (frame.role !== 'coded' || frame.tracks.length === 0) return false;
    return frame.tracks.every((trackId) => {
      const key = trackKey(frame, trackId);
      const latest = this.#latest.get(key);
      if (latest === undefined) return false;
      const ahead = timestampDistance(frame.timestamp, latest);
      return (
        ahead < 0 || (ahead === 0 && (from === undefined ? 0 : from.#repeatsOf(key)) <= this.#repeatsOf(key))
      );
    });
  }

  /** Whether both could last begin at the same frame at the same time: then they are one programme. */
  isBeside(other: Position): boolean {
    const [a, b] = [this.#start, other.#start];
    if (a === undefined || b === undefined) return false;
    return this.#startTime === other.#startTime && a.payload.equals(b.payload);
  }

  #note(key: number, { timestamp, isKeyframe }: CodedFrame): void {
    if (this.#latest.get(key) === timestamp && !isKeyframe) this.#repeats.set(key, this.#repeatsOf(key) + 1);
    else {
      this.#latest.set(key, timestamp);
      if (this.#repeats.size > 0) this.#repeats.delete(key);
    }
  }

  #repeatsOf(key: number): number {
    return this.#repeats.get(key) ?? 0;
  }
}

/**
 * Finds where a source can take a stream over, and keeps what a decoder needs there: metadata, headers, and all since. To be
 * cleared when it is of no use any more.
 */
export class SwitchPoint {
  readonly position: Position = new Position();
  readonly #kept: KeyframeGroup;

  /** @param budget - counts what is kept */
  constructor(budget: CacheBudget) {
    this.#kept = new KeyframeGroup({ ...LIMITS, budget });
  }

  /**
   * Takes a frame of the source.
   * @param mayTakeOver - whether the stream can change hands at it; without it the position says so, which is kept only then
   */
  take(frame: Frame, mayTakeOver?: boolean): boolean {
    const isStart = mayTakeOver ?? this.position.take(frame);
    if (isPreface(frame) || isStart) ownMemory(frame); // a header and the position keep it for themselves
    this.#kept.take(frame, isStart);
    return isStart;
  }

  /** Whether the source can take over with what is kept. */
  get hasGroup(): boolean {
    return this.#kept.hasGroup;
  }

  /** What came since a decoder could last begin. */
  get group(): Iterable<Frame> {
    return this.#kept.frames;
  }

  /** What the stream goes on with: metadata and headers, then the group; without a group what is to be known before one comes. */
  *frames(): Generator<Frame> {
    const { startPrefaces, prefaces, frames } = this.#kept;
    for (const { frame } of this.hasGroup ? startPrefaces : prefaces) yield frame;
    yield* frames;
  }

  /** Keeps nothing any more. */
  clear(): void {
    this.#kept.clear();
  }
}
