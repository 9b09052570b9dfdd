import type { CacheBudget } from '../cache/cache-budget.ts';
import { KeyframeGroup } from '../cache/keyframe-group.ts';
import { type Frame, hasVideo, isPreface } from '../frame.ts';
import { ownMemory } from '../own-memory.ts';

/** What is kept of a source that has not taken over yet. */
const LIMITS = { maxBytes: 16 * 2 ** 20, maxDurationMs: Number.POSITIVE_INFINITY, resumeMs: 0 };

/**
 * Finds where a source can take a stream over, and keeps what a decoder needs there: metadata, headers, and all since. To be
 * cleared when it is of no use any more.
 */
export class SwitchPoint {
  #hasVideo = false;
  readonly #kept: KeyframeGroup;

  /** @param budget - counts what is kept */
  constructor(budget: CacheBudget) {
    this.#kept = new KeyframeGroup({ ...LIMITS, budget });
  }

  /**
   * Takes a frame of the source.
   * @param mayTakeOver - whether the stream can change hands at it; without it at a keyframe, or at any audio without video
   */
  take(frame: Frame, mayTakeOver?: boolean): boolean {
    if (hasVideo(frame.kind)) this.#hasVideo = true;
    const isStart = mayTakeOver ?? (frame.role === 'coded' && (frame.isKeyframe || !this.#hasVideo));
    if (isPreface(frame)) ownMemory(frame); // a header is kept as it is
    this.#kept.take(frame, isStart);
    return isStart;
  }

  /** Whether the source can take over with what is kept. */
  get hasGroup(): boolean {
    return this.#kept.hasGroup;
  }

  /** The frame at which it can take over, and the latest since; undefined while there is none. */
  get ends(): readonly [first: Frame, latest: Frame] | undefined {
    const { frames } = this.#kept;
    const [first, latest] = [frames.at(0), frames.at(frames.length - 1)];
    return first && latest && [first, latest];
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
