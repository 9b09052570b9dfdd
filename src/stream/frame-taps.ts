import type { KeyframeGroup } from './cache/keyframe-group.ts';
import type { Preface } from './cache/preface-store.ts';
import type { Frame } from './frame.ts';
import { KeptFrames } from './resuming/kept-frames.ts';
import type { ResumePoint } from './resuming/resume-point.ts';

/** Takes the frames of a stream one by one as they go out, before any window: the way to another thread. */
export interface FrameTap {
  /** Ids of the relays that wait for the stream behind it. */
  readonly path: readonly string[];
  /** Whether it keeps the stream wanted as a player does; it does unless it says no. */
  readonly isAudience?: boolean;
  /** How far it has come with the stream, where that was elsewhere. */
  readonly resumePoint?: ResumePoint | undefined;
  /**
   * The stream is there, and has begun anew if it was there before.
   * @param path - ids of the relays that bring it
   * @param goesOn - whether it has not begun anew, but goes on right behind the last frame
   */
  onBegin(path: readonly string[], goesOn?: boolean): void;
  /** What there was of the stream before the tap has been handed over. */
  onCaughtUp(): void;
  onFrame(frame: Frame): void;
  onPath(path: readonly string[]): void;
  /** The stream has lost its source; it begins again, or ends. */
  onAway(): void;
  /** Nobody has the stream. */
  onNotFound(): void;
  /** The stream is over; it may begin again. */
  onEnd(): void;
}

/** The taps of one stream. */
export class FrameTaps extends Set<FrameTap> {
  /** Those that have all of it so far. */
  readonly #abreast = new Set<FrameTap>();

  override delete(tap: FrameTap): boolean {
    this.#abreast.delete(tap);
    return super.delete(tap);
  }

  /** How many of them keep the stream wanted. */
  get audience(): number {
    let count = 0;
    for (const { isAudience = true } of this) if (isAudience) count++;
    return count;
  }

  /** How far the first has come that has told: what is asked for on its behalf has to begin at a keyframe, as nothing is there yet. */
  get resumePoint(): ResumePoint | undefined {
    for (const { resumePoint } of this)
      if (resumePoint !== undefined) return { ...resumePoint, from: 'keyframe' };
    return undefined;
  }

  /** Gives a new tap of a live stream what it lacks, where that is known and kept, else the keyframe group. */
  welcome(tap: FrameTap, path: readonly string[], cache: KeyframeGroup): void {
    tap.onBegin(path);
    const { resumePoint } = tap;
    const kept = new KeptFrames(cache.sections);
    const place = resumePoint && kept.placeOf(resumePoint);
    for (const frame of place === undefined ? openingOf(cache) : kept.from(place)) tap.onFrame(frame);
    tap.onCaughtUp();
    this.#abreast.add(tap);
  }

  /** The stream is live. @param prefaces - what has come before its first frame */
  onBegin(path: readonly string[], prefaces: readonly Preface[]): void {
    for (const tap of this) {
      tap.onBegin(path);
      for (const { frame } of prefaces) tap.onFrame(frame);
      this.#abreast.add(tap);
    }
  }

  /** The stream is live again and goes on where it was; those who have come meanwhile are welcomed. */
  onGoesOn(path: readonly string[], cache: KeyframeGroup): void {
    for (const tap of this) {
      if (this.#abreast.has(tap)) tap.onBegin(path, true);
      else this.welcome(tap, path, cache);
    }
  }

  onFrame(frame: Frame): void {
    if (this.size > 0) for (const tap of this) tap.onFrame(frame);
  }
}

/** What somebody is given who begins: the keyframe group with what holds at its start; without one what holds now. */
function* openingOf({ hasGroup, frames, startPrefaces, prefaces }: KeyframeGroup): Generator<Frame> {
  const timestamp = frames.timestampAt(0);
  for (const { frame } of hasGroup ? startPrefaces : prefaces) yield { ...frame, timestamp };
  yield* frames;
}
