import type { Preface } from '../cache/preface-store.ts';
import { type Frame, FrameType } from '../frame.ts';

/** How frames become bytes: shared by all players that take the same bytes, whatever is put around them. */
export interface Packing {
  /** Whether video is part of it; if not, a player may begin at any frame. */
  readonly hasVideo: boolean;
  /** Whether a frame is part of it. */
  includes(frame: Frame): boolean;
  /** Bytes that `write` takes for the frame. */
  sizeOf(frame: Frame, timestamp: number): number;
  /** Writes the frame at `at` and returns where the next one goes. */
  write(target: Buffer, at: number, frame: Frame, timestamp: number): number;
}

/**
 * The time that a frame is sent with. Metadata goes out with time 0: with any other, ffmpeg (seen with 5.1) takes it for a
 * subtitle and records it as one.
 */
export function wireTime({ role }: Frame, timestamp: number): number {
  return role === 'metadata' ? 0 : timestamp;
}

/** The bytes that one kind of player takes. One object per kind: forms are told apart by identity. */
export interface WireForm {
  /** The protocol as metrics and logs name it. */
  readonly protocol: string;
  readonly packing: Packing;
  /** Puts the framing of a transport around packed bytes. */
  readonly envelope?: (bytes: Buffer) => Buffer;
}

/** Packs frames one behind the other into a buffer of their own. */
export function pack(packing: Packing, frames: readonly Frame[], timestamp?: number): Buffer {
  let size = 0;
  for (const frame of frames) {
    if (packing.includes(frame)) size += packing.sizeOf(frame, timestamp ?? frame.timestamp);
  }
  const bytes = Buffer.allocUnsafeSlow(size);
  let at = 0;
  for (const frame of frames) {
    if (packing.includes(frame)) at = packing.write(bytes, at, frame, timestamp ?? frame.timestamp);
  }
  return bytes;
}

/** What a decoder needs to begin in the middle: see {@link Batch.start}. */
export interface StartPoint {
  /** Index in the batch's frames of the first frame that a beginner gets. */
  readonly index: number;
  /** The time of that frame, which metadata and headers put in front of it take. */
  readonly timestamp: number;
  /** Metadata and headers that hold for that frame. */
  readonly prefaces: readonly Preface[];
}

/** The frames of one flush in one packing, packed once. */
export class Batch {
  readonly packing: Packing;
  readonly frames: readonly Frame[];
  readonly start: StartPoint | undefined;
  /** All of the frames. */
  readonly bytes: Buffer;
  /** Those from the start point on; empty without one. */
  readonly bytesFromStart: Buffer;
  #audio: Buffer | undefined;
  #audioBeforeStart: Buffer | undefined;

  constructor(packing: Packing, frames: readonly Frame[], start: StartPoint | undefined) {
    this.packing = packing;
    this.frames = frames;
    this.start = start;
    this.bytes = pack(packing, frames);
    this.bytesFromStart =
      start === undefined ? Buffer.alloc(0) : this.bytes.subarray(this.#sizeBefore(start.index));
  }

  /** All of the frames but video; built on first use. */
  get audioBytes(): Buffer {
    this.#audio ??= pack(this.packing, withoutVideo(this.frames));
    return this.#audio;
  }

  /** The frames before the start point but video; built on first use. */
  get audioBytesBeforeStart(): Buffer {
    this.#audioBeforeStart ??= pack(
      this.packing,
      withoutVideo(this.frames.slice(0, this.start?.index ?? this.frames.length)),
    );
    return this.#audioBeforeStart;
  }

  /** How many of the first `end` frames are part of the packing. */
  count(end: number, isVideoOnly: boolean): number {
    let count = 0;
    for (let i = 0; i < end; i++) {
      const frame = this.frames[i] as Frame;
      if (this.packing.includes(frame) && (!isVideoOnly || frame.type === FrameType.video)) count++;
    }
    return count;
  }

  #sizeBefore(index: number): number {
    let size = 0;
    for (const frame of this.frames.slice(0, index)) {
      if (this.packing.includes(frame)) size += this.packing.sizeOf(frame, frame.timestamp);
    }
    return size;
  }
}

function withoutVideo(frames: readonly Frame[]): readonly Frame[] {
  return frames.filter(({ type }) => type !== FrameType.video);
}
