import type { RecordedFrame } from '../link/store-link.ts';

/** Where a player can begin, as it goes into a description. */
export interface StartPlaces {
  /** From the beginning of the file, sorted. */
  readonly timesMs: readonly number[];
  /** In the plain file, sorted. */
  readonly offsets: readonly number[];
  /** Where tags with headers stand that are not those at the beginning. */
  readonly headerOffsets: readonly number[];
}

/** What a file has come to. */
export interface RecordedFacts {
  readonly durationMs: number;
  readonly hasVideo: boolean;
  /** Of head, body and what stands behind it. */
  readonly bytes: number;
}

/** Makes the bytes of one file of frames: a head of one length, and a body. */
export interface RecordedFormat {
  readonly headBytes: number;
  readonly facts: RecordedFacts;
  /** Bytes that wait to be written. */
  readonly waitingBytes: number;
  /**
   * Takes a frame.
   * @returns false where it cannot go into this file: what follows needs another one
   */
  take(frame: RecordedFrame): boolean;
  /** What waits, in memory of its own, as far as it is about so many bytes: at least one frame. */
  drain(maxBytes?: number): Buffer;
  /** What stands behind the last packet, of a body that is whole. */
  tail(): Buffer;
  /** The head for all that was drained. */
  head(): Buffer;
  readonly places: StartPlaces;
  /** What the file itself does not say of them. */
  readonly unsaidPlaces: StartPlaces;
}

/** What a file has become whose writer was killed. */
export interface Reread {
  /** As if it had just written what is whole. */
  readonly format: RecordedFormat;
  /** What is whole of the body, bytes; what is behind it is to go. */
  readonly bodyBytes: number;
}
