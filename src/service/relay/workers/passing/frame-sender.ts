import { MAX_PREFACE_BYTES, PrefaceStore } from '../../../../stream/cache/preface-store.ts';
import type { BacklogLimits } from '../../../../stream/fan-out/backlog-gauge.ts';
import { type Frame, hasVideo, isPreface } from '../../../../stream/frame.ts';

/** Has the frames of one stream on their way to another thread. */
export interface FrameOutlet {
  /** Tells all whose frames were taken meanwhile. */
  settle(): void;
  /**
   * Sends a frame.
   * @param onTaken - told when the receiver has taken it
   * @returns how much it is, bytes
   */
  write(frame: Frame, sender: BacklogOwner): number;
}

/** Whoever has a backlog. */
export interface BacklogOwner {
  /** The receiver has taken this many bytes. */
  onTaken(bytes: number): void;
}

/**
 * Sends the frames of one stream to another thread. When the receiver is too far behind, frames are left out up to a keyframe,
 * as for any player.
 */
export class FrameSender implements BacklogOwner {
  readonly #limits: Pick<BacklogLimits, 'maxBacklogBytes'>;
  readonly #outlet: FrameOutlet;
  readonly #prefaces = new PrefaceStore(MAX_PREFACE_BYTES);
  #backlogBytes = 0;
  /** So much of the backlog is what a new receiver catches up on, which is no sign of its being slow. */
  #catchUpBytes = 0;
  #isLagging = false;
  #hasVideo = false;

  /** @param limits - beyond `maxBacklogBytes` that were not taken, frames are left out; it may change */
  constructor(limits: Pick<BacklogLimits, 'maxBacklogBytes'>, outlet: FrameOutlet) {
    this.#limits = limits;
    this.#outlet = outlet;
  }

  /** A source begins: what was before is no beginning for anybody any more. */
  begin(): void {
    this.#prefaces.clear();
    this.#hasVideo = false;
  }

  /** What was sent so far was there before the receiver asked for it. */
  onCaughtUp(): void {
    this.#outlet.settle();
    this.#catchUpBytes = this.#backlogBytes;
  }

  /** Sends a frame. @returns false when it is left out */
  send(frame: Frame, isCatchUp = false): boolean {
    this.#outlet.settle();
    if (isPreface(frame)) this.#prefaces.set(frame);
    if (frame.role === 'coded' && hasVideo(frame.kind)) this.#hasVideo = true;
    if (this.#isLagging) {
      if (!this.#mayResume(frame)) return false;
      this.#resume(frame.timestamp);
    }
    if (!isCatchUp && this.#backlogBytes - this.#catchUpBytes > this.#limits.maxBacklogBytes) {
      this.#isLagging = true;
      return false;
    }
    this.#write(frame);
    return true;
  }

  onTaken(bytes: number): void {
    this.#backlogBytes -= bytes;
    this.#catchUpBytes = Math.max(0, this.#catchUpBytes - bytes);
  }

  #mayResume(frame: Frame): boolean {
    const isStart = frame.role === 'coded' && (frame.isKeyframe || !this.#hasVideo);
    return isStart && this.#backlogBytes < this.#limits.maxBacklogBytes / 4;
  }

  #resume(timestamp: number): void {
    this.#isLagging = false;
    for (const { frame } of this.#prefaces.list) this.#write({ ...frame, timestamp });
  }

  #write(frame: Frame): void {
    this.#backlogBytes += this.#outlet.write(frame, this);
  }
}
