import type { CacheBudget } from '../cache/cache-budget.ts';
import type { Clock } from '../clock.ts';
import { type Frame, hasVideo } from '../frame.ts';
import type { Source } from '../source.ts';
import { VIDEO_PATIENCE_MS } from '../timeline.ts';
import { SwitchPoint } from './switch-point.ts';

/** What a source has of a stream that it asked to publish, up to its first frame where a decoder can start: nothing but the next turn. */
export class Claim {
  readonly source: Source;
  readonly #clock: Clock;
  readonly #at: SwitchPoint;
  /** When it was made or last brought video. */
  #videoAt: number;
  #hasCoded = false;

  /** @param budget - counts what it keeps */
  constructor(source: Source, clock: Clock, budget: CacheBudget) {
    this.source = source;
    this.#clock = clock;
    this.#at = new SwitchPoint(budget);
    this.#videoAt = clock.now();
  }

  /**
   * Takes a frame of the claimant.
   * @param isLive - whether the stream has a source that sends
   * @param isKnown - whether the stream has had a frame: asked of the first to be decoded, with which it can go on then
   * @returns what the stream goes on with from now on; undefined while it stays with whoever has it
   */
  take(
    frame: Frame,
    isLive: boolean,
    isKnown: (first: Frame) => boolean = () => false,
  ): Iterable<Frame> | undefined {
    if (hasVideo(frame.kind) && frame.role !== 'other') this.#videoAt = this.#clock.now();
    const isFirst = frame.role === 'coded' && !this.#hasCoded;
    if (isFirst) this.#hasCoded = true;
    const mayTakeOver = (isFirst && isKnown(frame)) || this.#mayTakeOver(frame, isLive);
    return this.#at.take(frame, mayTakeOver) ? this.#at.frames() : undefined;
  }

  /** It is of no use any more. */
  close(): void {
    this.#at.clear();
  }

  /** At a keyframe; at audio unless that may yet be the audio of a video, and there is something to go on with meanwhile. */
  #mayTakeOver(frame: Frame, isLive: boolean): boolean {
    if (frame.role !== 'coded') return false;
    if (hasVideo(frame.kind)) return frame.isKeyframe;
    return !isLive || this.#clock.now() - this.#videoAt >= VIDEO_PATIENCE_MS;
  }
}
