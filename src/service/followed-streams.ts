import type { KeyPattern } from '../config/key-pattern.ts';
import { bugText } from '../errors.ts';
import type { Log } from '../log.ts';
import type { Frame } from '../stream/frame.ts';
import type { LiveStream } from '../stream/live-stream.ts';
import type { FollowedFrame, FollowedMark, FollowedStream, StreamFollowing } from './followed-stream.ts';
import type { Follower } from './followers.ts';
import { type Followed, FrameFollower } from './frame-follower.ts';

/** Gives every stream that matches to a function, with an iteration over its frames. */
export class FollowedStreams implements Follower {
  readonly #pattern: KeyPattern;
  readonly #following: StreamFollowing;
  readonly #log: Log;

  constructor(pattern: KeyPattern, following: StreamFollowing, log: Log) {
    this.#pattern = pattern;
    this.#following = following;
    this.#log = log;
  }

  onStreamLive(stream: LiveStream): void {
    if (!this.#pattern.matches(stream.key)) return;
    const followed = new FollowedIteration(stream, this.#following, this.#log);
    void this.#give(followed);
  }

  async #give(followed: FollowedIteration): Promise<void> {
    try {
      await this.#following.onStream(followed);
    } catch (error) {
      await followed.return();
      this.#log.error('bug', `a follower of ${followed.key} has failed: ${bugText(error)}`);
    }
  }
}

/** The iteration over one stream. */
class FollowedIteration implements FollowedStream {
  readonly key: string;
  readonly family: string;
  readonly #follower: FrameFollower;
  /** Taken, and not given out yet. */
  #taken: Followed[] = [];
  /** Wakes who waits for a frame. */
  #wake: (() => void) | undefined;
  #isOver = false;

  constructor(stream: LiveStream, { maxQueueBytes, isAudience }: StreamFollowing, log: Log) {
    this.key = stream.key;
    this.family = stream.family?.name ?? '';
    this.#follower = new FrameFollower({ maxQueueBytes, isAudience, log, onReadable: () => this.#wake?.() });
    this.#follower.follow(stream);
  }

  get droppedFrames(): number {
    return this.#follower.droppedFrames;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async next(): Promise<IteratorResult<FollowedFrame | FollowedMark, void>> {
    while (!this.#isOver) {
      const item = this.#take();
      if (item === undefined) await new Promise<void>((resolve) => (this.#wake = resolve));
      else if ('payload' in item) return { done: false, value: this.#frameOf(item) };
      else if (item.role === 'end') return this.return();
      else return { done: false, value: { mark: item.role } };
    }
    return { done: true, value: undefined };
  }

  async return(): Promise<IteratorReturnResult<void>> {
    this.#isOver = true;
    this.#taken = [];
    this.#follower.leave();
    this.#wake?.();
    return { done: true, value: undefined };
  }

  #take(): Followed | undefined {
    if (this.#taken.length === 0) this.#taken = [...this.#follower.take()].reverse();
    return this.#taken.pop();
  }

  #frameOf(frame: Frame): FollowedFrame {
    const { kind, role, tag, timestamp, payload } = frame;
    const isKeyframe = role === 'coded' && frame.isKeyframe;
    const type = this.family === 'FLV' ? tag : undefined;
    return { kind, role, type, timestamp, payload, isKeyframe };
  }
}
