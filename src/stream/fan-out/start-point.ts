import type { Preface } from '../cache/preface-store.ts';

/** What a decoder needs to begin in the middle of a flush. */
export interface StartPoint {
  /** Index in the flush's frames of the first frame that a beginner gets. */
  readonly index: number;
  /** The time of that frame, which metadata and headers put in front of it take. */
  readonly timestamp: number;
  /** Metadata and headers that hold for that frame. */
  readonly prefaces: readonly Preface[];
}
