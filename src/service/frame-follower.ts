import { bugText } from '../errors.ts';
import type { Log } from '../log.ts';
import { frameCost } from '../stream/cache/frame-cost.ts';
import { PrefaceStore } from '../stream/cache/preface-store.ts';
import { type Frame, hasVideo, isPreface } from '../stream/frame.ts';
import type { FrameTap } from '../stream/frame-taps.ts';
import type { LiveStream } from '../stream/live-stream.ts';

/** What a mark in the queue costs, bytes. */
const MARK_BYTES = 64;

/**
 * Something that happened between the frames of a stream. `begin`: it begins, or begins anew: what came before is over. `away`: its source is gone and
 * may come back. `end`: it is over. `gap`: frames were left out, headers follow and then a frame where a decoder can start.
 */
export interface StreamMark {
  readonly role: 'begin' | 'away' | 'end' | 'gap';
  /** Of `begin`: whether metadata and headers that came before still hold. */
  readonly goesOn?: boolean;
}

/** What a follower of frames takes. */
export type Followed = Frame | StreamMark;

/** How a stream is followed. */
export interface FrameFollowerOptions {
  /** What may wait to be taken, bytes. */
  readonly maxQueueBytes: number;
  /** Whether it keeps the stream alive as a player does; one that only records must not. */
  readonly isAudience: boolean;
  /** Told what its follower has thrown. */
  readonly log: Log;
  /** There is something to take where there was nothing. A throw harms nobody else: it is the end of the following. */
  onReadable(): void;
}

/**
 * The frames of a stream for whoever takes them at a pace of its own, such as a recorder: what it does not take in time is left
 * out up to the next keyframe, and the stream does not wait for it.
 */
export class FrameFollower implements FrameTap {
  readonly path: readonly string[] = [];
  readonly isAudience: boolean;
  readonly #options: FrameFollowerOptions;
  readonly #prefaces: PrefaceStore;
  #queue: Followed[] = [];
  #bytes = 0;
  #droppedFrames = 0;
  #isLagging = false;
  #hasVideo = false;
  #onReadable: (() => void) | undefined;
  #untap: () => void = () => {};

  constructor(options: FrameFollowerOptions) {
    this.#options = options;
    this.isAudience = options.isAudience;
    this.#onReadable = () => options.onReadable();
    this.#prefaces = new PrefaceStore(options.maxQueueBytes);
  }

  /** Follows the stream from now on. */
  follow(stream: LiveStream): void {
    this.#untap = () => stream.untap(this);
    stream.tap(this);
  }

  /** Follows it no more; what was not taken is forgotten. */
  leave(): void {
    this.#untap();
    this.take();
  }

  /** What waits to be taken, bytes. */
  get queueBytes(): number {
    return this.#bytes;
  }

  /** Frames that were left out. */
  get droppedFrames(): number {
    return this.#droppedFrames;
  }

  /** Takes all that waits, in order. */
  take(): readonly Followed[] {
    const taken = this.#queue;
    this.#queue = [];
    this.#bytes = 0;
    return taken;
  }

  onBegin(_path: readonly string[], goesOn = false): void {
    if (!goesOn) {
      this.#prefaces.clear();
      this.#hasVideo = false;
    }
    this.#mark('begin', goesOn);
  }

  onCaughtUp(): void {}

  onFrame(frame: Frame): void {
    if (isPreface(frame)) this.#prefaces.set(frame);
    else if (frame.role === 'coded' && hasVideo(frame.kind)) this.#hasVideo = true;
    const size = frameCost(frame);
    const { maxQueueBytes } = this.#options;
    if (this.#isLagging && this.#mayResume(frame, size)) this.#resume(frame.timestamp);
    else if (this.#isLagging || this.#bytes + size > maxQueueBytes) {
      this.#isLagging = true;
      this.#droppedFrames++;
      return;
    }
    this.#push(frame, size);
  }

  onPath(): void {}

  onAway(): void {
    this.#mark('away');
  }

  onNotFound(): void {}

  onEnd(): void {
    this.#mark('end');
  }

  /** Whether all that a decoder needs fits in, with as much room again for what follows. */
  #mayResume(frame: Frame, size: number): boolean {
    const isStart = frame.role === 'coded' && (frame.isKeyframe || !this.#hasVideo);
    if (!isStart) return false;
    return this.#bytes + MARK_BYTES + this.#prefaces.bytes + size <= this.#options.maxQueueBytes / 2;
  }

  #resume(timestamp: number): void {
    this.#isLagging = false;
    if (this.#queue.at(-1)?.role !== 'begin') this.#mark('gap');
    for (const { frame } of this.#prefaces.list) this.#push({ ...frame, timestamp }, frameCost(frame));
  }

  /** A mark takes the place of one that was not taken and that nothing has followed: they do not pile up. */
  #mark(role: StreamMark['role'], goesOn = false): void {
    const last = this.#queue.at(-1);
    if (last !== undefined && !('payload' in last)) {
      this.#queue.pop();
      this.#bytes -= MARK_BYTES;
    }
    this.#push(goesOn ? { role, goesOn } : { role }, MARK_BYTES);
  }

  #push(item: Followed, size: number): void {
    this.#queue.push(item);
    this.#bytes += size;
    if (this.#queue.length !== 1) return;
    try {
      this.#onReadable?.();
    } catch (error) {
      this.#options.log.error('bug', bugText(error));
      this.#onReadable = undefined;
      this.#untap();
    }
  }
}
