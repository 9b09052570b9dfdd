import { MAX_PREFACE_BYTES, PrefaceStore } from '../../../stream/cache/preface-store.ts';
import type { Clock } from '../../../stream/clock.ts';
import type { BacklogLimits } from '../../../stream/fan-out/backlog-gauge.ts';
import { type Frame, hasVideo, isPreface } from '../../../stream/frame.ts';
import type { FrameCodec } from './frame-codec.ts';

/** How frames go to another thread. */
export interface FrameRoute {
  readonly clock: Clock;
  readonly codec: FrameCodec;
  /** Beyond `maxBacklogBytes` that were not taken, frames are left out; it may change. */
  readonly limits: Pick<BacklogLimits, 'maxBacklogBytes'>;
}

/**
 * Sends the frames of one stream to another thread: those of one turn of the event loop in one piece of shared memory. The
 * receiver says what it has taken; when it is too far behind, frames are left out up to a keyframe, as for any player.
 */
export class FrameSender {
  readonly #route: FrameRoute;
  readonly #post: (frames: SharedArrayBuffer) => void;
  readonly #prefaces = new PrefaceStore(MAX_PREFACE_BYTES);
  #pending: Frame[] = [];
  #backlogBytes = 0;
  /** So much of the backlog is what a new receiver catches up on, which is no sign of its being slow. */
  #catchUpBytes = 0;
  #isLagging = false;
  #hasVideo = false;

  constructor(route: FrameRoute, post: (frames: SharedArrayBuffer) => void) {
    this.#route = route;
    this.#post = post;
  }

  /** A source begins: what was before is no beginning for anybody any more. */
  begin(): void {
    this.flush();
    this.#prefaces.clear();
    this.#hasVideo = false;
  }

  /** What was sent so far was there before the receiver asked for it. */
  onCaughtUp(): void {
    this.flush();
    this.#catchUpBytes = this.#backlogBytes;
  }

  /** Sends a frame soon. @returns false when it is left out */
  send(frame: Frame, isCatchUp = false): boolean {
    if (isPreface(frame)) this.#prefaces.set(frame);
    if (frame.role === 'coded' && hasVideo(frame.kind)) this.#hasVideo = true;
    if (this.#isLagging) {
      if (!this.#mayResume(frame)) return false;
      this.#resume(frame.timestamp);
    }
    if (!isCatchUp && this.#backlogBytes - this.#catchUpBytes > this.#route.limits.maxBacklogBytes) {
      this.#isLagging = true;
      return false;
    }
    this.#add(frame);
    return true;
  }

  /** The receiver has taken this many bytes. */
  onTaken(bytes: number): void {
    this.#backlogBytes -= bytes;
    this.#catchUpBytes = Math.max(0, this.#catchUpBytes - bytes);
  }

  /** Posts now what would be posted at the end of the turn. */
  flush(): void {
    const frames = this.#pending;
    if (frames.length === 0) return;
    this.#pending = [];
    this.#post(this.#route.codec.pack(frames));
  }

  #mayResume(frame: Frame): boolean {
    const isStart = frame.role === 'coded' && (frame.isKeyframe || !this.#hasVideo);
    return isStart && this.#backlogBytes < this.#route.limits.maxBacklogBytes / 4;
  }

  #resume(timestamp: number): void {
    this.#isLagging = false;
    for (const { frame } of this.#prefaces.list) this.#add({ ...frame, timestamp });
  }

  #add(frame: Frame): void {
    if (this.#pending.length === 0) this.#route.clock.soon(() => this.flush());
    this.#pending.push(frame);
    this.#backlogBytes += this.#route.codec.sizeOf(frame);
  }
}
