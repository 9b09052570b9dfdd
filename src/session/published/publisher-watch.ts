import type { Clock } from '../../stream/clock.ts';
import { type CodedFrame, type Frame, hasVideo, videoFramesIn } from '../../stream/frame.ts';

/** How a published stream may be at most; null: no limit. */
export interface PublisherLimits {
  /** Its media, all tracks together. */
  readonly maxBitsPerSecond: number | null;
  /** Of video. */
  readonly maxFramesPerSecond: number | null;
  /** From one keyframe of video to the next, milliseconds. */
  readonly maxKeyframeIntervalMs: number | null;
  /** What happens to a publisher whose stream is more than that. */
  readonly onExcess: 'warn' | 'end';
}

/** What is measured together, milliseconds. */
const WINDOW_MS = 10_000;

/** A relay, or an encoder that was held up, sends what it has kept at once: that is not measured, milliseconds. */
const SETTLE_MS = 2000;

/** What of a stream can be too much. */
type Figure = 'bits' | 'frames' | 'keyframes';

/** Where a keyframe was: when it came, and its place in the media. */
interface KeyframePlace {
  readonly at: number;
  readonly timestamp: number;
}

/** Measures a publisher in windows of ten seconds, the first of which begins two seconds after its first frame. */
export class PublisherWatch {
  readonly #clock: Clock;
  readonly #limits: PublisherLimits;
  /** Infinite before the first frame. */
  #windowAt = Number.POSITIVE_INFINITY;
  #bytes = 0;
  #frames = 0;
  #keyframe: KeyframePlace | undefined;
  /** The longest time between two keyframes, and from the last one on, that the window has seen, milliseconds. */
  #intervalMs = 0;
  /** What was too much in the window before. */
  #before: ReadonlySet<Figure> = new Set();

  constructor(clock: Clock, limits: PublisherLimits) {
    this.#clock = clock;
    this.#limits = limits;
  }

  /** A frame has come, with the time that its publisher gave it. @returns what has become too much with it, as a sentence's end */
  count(frame: Frame): string | undefined {
    const now = this.#clock.now();
    if (this.#windowAt === Number.POSITIVE_INFINITY) this.#windowAt = now + SETTLE_MS;
    if (frame.role === 'coded' && hasVideo(frame.kind)) this.#countVideo(frame, now);
    if (now < this.#windowAt) return undefined;
    this.#bytes += frame.payload.length;
    return now - this.#windowAt < WINDOW_MS ? undefined : this.#judge(now);
  }

  #countVideo(frame: CodedFrame, now: number): void {
    const { isKeyframe, timestamp } = frame;
    const last = this.#keyframe;
    if (now >= this.#windowAt) this.#frames += videoFramesIn(frame);
    if (last !== undefined) {
      // a network that was held up makes the one long, a clock that was set the other
      const mediaMs = (timestamp - last.timestamp) >>> 0;
      this.#intervalMs = Math.max(this.#intervalMs, Math.min(now - last.at, mediaMs));
    }
    if (isKeyframe || last === undefined) this.#keyframe = { at: now, timestamp };
  }

  /** The window is over. */
  #judge(now: number): string | undefined {
    const { maxBitsPerSecond, maxFramesPerSecond, maxKeyframeIntervalMs } = this.#limits;
    const seconds = (now - this.#windowAt) / 1000;
    const found: [figure: Figure, measured: number, most: number | null, unit: string][] = [
      ['bits', (8 * this.#bytes) / seconds, maxBitsPerSecond, 'bits per second'],
      ['frames', this.#frames / seconds, maxFramesPerSecond, 'frames of video per second'],
      ['keyframes', this.#intervalMs, maxKeyframeIntervalMs, 'ms from keyframe to keyframe'],
    ];
    const excess = found.filter(([, measured, most]) => most !== null && measured > most);
    const isNews = excess.find(([figure]) => !this.#before.has(figure));
    this.#before = new Set(excess.map(([figure]) => figure));
    this.#windowAt = now;
    this.#bytes = 0;
    this.#frames = 0;
    this.#intervalMs = 0;
    if (isNews === undefined) return undefined;
    const [, measured, most, unit] = isNews;
    return `${Math.round(measured)} ${unit}, more than the ${most} that are allowed`;
  }
}
