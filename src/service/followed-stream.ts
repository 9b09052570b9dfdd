/** One piece of a stream, as it goes out to players. */
export interface FollowedFrame {
  /** What it carries. */
  readonly kind: 'audio' | 'video' | 'data' | 'mixed';
  /** What it is for: metadata, what a decoder needs first, what it decodes, or anything else. */
  readonly role: 'metadata' | 'header' | 'coded' | 'other';
  /** Of FLV its tag type, which is its RTMP message type; undefined for other families. */
  readonly type: number | undefined;
  /** Milliseconds, uint32: wraps at 2^32. */
  readonly timestamp: number;
  /** The message with its audio or video tag header, or the data packet. Not to be written to: others have it, too. */
  readonly payload: Buffer;
  /** Whether a decoder of the default video track can start here. */
  readonly isKeyframe: boolean;
}

/** What happened between the frames of a stream. */
export interface FollowedMark {
  /**
   * `begin`: the stream begins, or begins anew. `away`: its source is gone and may come back. `gap`: frames were left out because they were
   * not taken in time; headers follow, then a frame where a decoder can start.
   */
  readonly mark: 'begin' | 'away' | 'gap';
}

/** A stream that is live: an iteration over its frames from the latest keyframe on, until it is over. */
export interface FollowedStream extends AsyncIterableIterator<FollowedFrame | FollowedMark, void, undefined> {
  /** Its key, such as `live/cam1`. */
  readonly key: string;
  /** `FLV` or `ASF`. */
  readonly family: string;
  /** Frames that were left out because they were not taken in time. */
  readonly droppedFrames: number;
  /** Follows no more; the same as leaving the iteration. */
  return(): Promise<IteratorReturnResult<void>>;
}

/** What follows the streams of a relay. */
export interface StreamFollowing {
  /** Called when a stream goes live that is to be followed. What it throws, or rejects with, is told in the log. */
  onStream(stream: FollowedStream): void | Promise<void>;
  /** What may wait to be taken, bytes: what is beyond is left out up to the next keyframe. */
  readonly maxQueueBytes: number;
  /** Whether streams are pulled and kept for it as for a player. */
  readonly isAudience: boolean;
}
