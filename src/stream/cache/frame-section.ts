import type { FrameLog } from './frame-log.ts';
import type { Preface } from './preface-store.ts';

/** Frames of a stream in a row, and what held before the first of them. */
export interface FrameSection {
  /** How many frames were kept of the stream before, in the life of its cache. */
  readonly start: number;
  readonly frames: FrameLog;
  /** Metadata and headers; those that came later are among the frames. */
  readonly prefaces: readonly Preface[];
  /** What it takes to keep those, bytes. */
  readonly prefaceBytes: number;
}
