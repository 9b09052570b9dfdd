import type { Preface } from '../cache/preface-store.ts';
import type { Frame } from '../frame.ts';
import type { Slab } from '../slab.ts';
import { pack, packBeginning } from './pack.ts';
import type { Packing } from './wire-form.ts';

/** What a decoder needs to begin in the middle: see {@link PackedBatch.start}. */
export interface StartPoint {
  /** Index in the batch's frames of the first frame that a beginner gets. */
  readonly index: number;
  /** The time of that frame, which metadata and headers put in front of it take. */
  readonly timestamp: number;
  /** Metadata and headers that hold for that frame. */
  readonly prefaces: readonly Preface[];
}

/** What one flush sends, before it is packed for anybody. */
export interface Flush {
  readonly frames: readonly Frame[];
  /** Where a decoder may begin, if anywhere; for packings with video. */
  readonly videoStart: StartPoint | undefined;
  /** The first frame that is to be decoded: where packings without video begin. */
  readonly firstCoded: StartPoint | undefined;
  /** Whether audio cannot go on where video is left out, as both are in the same packets. */
  readonly isMixed: boolean;
}

/** One flush, packed once for each packing that asks for it. */
export class PackedFlush {
  readonly flush: Flush;
  readonly #slab: Slab;
  readonly #batches: PackedBatch[] = [];

  /** @param slab - of the stream */
  constructor(flush: Flush, slab: Slab) {
    this.flush = flush;
    this.#slab = slab;
  }

  batch(packing: Packing): PackedBatch {
    for (const batch of this.#batches) if (batch.packing === packing) return batch;
    const { frames, videoStart, firstCoded } = this.flush;
    const start = packing.hasVideo ? videoStart : firstCoded;
    const batch = new PackedBatch(packing, frames, start, this.#slab);
    this.#batches.push(batch);
    return batch;
  }
}

/** The frames of one flush in one packing, not wrapped yet: every variant is built once, on first use. */
export class PackedBatch {
  readonly packing: Packing;
  readonly frames: readonly Frame[];
  readonly start: StartPoint | undefined;
  /** All of the frames. */
  readonly bytes: Buffer;
  #fromStart: Buffer | undefined;
  #audio: Buffer | undefined;
  #audioBeforeStart: Buffer | undefined;

  constructor(packing: Packing, frames: readonly Frame[], start: StartPoint | undefined, slab: Slab) {
    this.packing = packing;
    this.frames = frames;
    this.start = start;
    this.bytes = pack(packing, frames, undefined, slab);
  }

  /** The frames from the start point on, as one gets them who begins there; empty without one. */
  get bytesFromStart(): Buffer {
    this.#fromStart ??= this.#packFromStart();
    return this.#fromStart;
  }

  /** All of the frames but video. */
  get audioBytes(): Buffer {
    this.#audio ??= pack(this.packing, withoutVideo(this.frames));
    return this.#audio;
  }

  /** The frames before the start point but video. */
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
      if (this.packing.includes(frame) && (!isVideoOnly || frame.kind === 'video')) count++;
    }
    return count;
  }

  #packFromStart(): Buffer {
    const { packing, frames, start } = this;
    if (start === undefined) return Buffer.alloc(0);
    if (packing.beginning !== undefined) return packBeginning(packing, frames.slice(start.index));
    let size = 0;
    for (const frame of frames.slice(0, start.index)) {
      if (packing.includes(frame)) size += packing.sizeOf(frame, frame.timestamp);
    }
    return this.bytes.subarray(size);
  }
}

function withoutVideo(frames: readonly Frame[]): readonly Frame[] {
  return frames.filter(({ kind }) => kind !== 'video');
}
