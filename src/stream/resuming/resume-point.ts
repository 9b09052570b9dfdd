/** What a frame is known by on every relay that has it. */
export interface FrameMark {
  /** As the frame came on the way that it came, milliseconds, uint32. */
  readonly timestamp: number;
  /** The first 64 bits of the SHA-256 of the payload, as 16 hexadecimal digits. */
  readonly hash: string;
}

/** A point has no more marks than this: one for each track, and few streams have more than two. */
export const MAX_MARKS = 8;

/** How far somebody has come with a stream who wants to go on there. */
export interface ResumePoint {
  /** The last frame of each track: one at least, {@link MAX_MARKS} at most. */
  readonly marks: readonly FrameMark[];
  /** What is asked for: everything from the first of these frames on, or from the keyframe before it. */
  readonly from: 'frame' | 'keyframe';
}
