import type { Frame } from '../frame.ts';
import type { Slab } from '../slab.ts';
import { beginningRuns, FrameRun, firstIn } from './frame-run.ts';
import { pack } from './pack.ts';
import { Part } from './part.ts';
import { PrefaceParts } from './preface-parts.ts';
import type { StartPoint } from './start-point.ts';
import type { Packing } from './wire-form.ts';

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
  /** One for each packing that has asked so far. */
  readonly batches: PackedBatch[] = [];
  readonly #slab: Slab;

  /** @param slab - of the stream */
  constructor(flush: Flush, slab: Slab) {
    this.flush = flush;
    this.#slab = slab;
  }

  batch(packing: Packing): PackedBatch {
    for (const batch of this.batches) if (batch.packing === packing) return batch;
    const batch = new PackedBatch(packing, this.flush, this.#slab);
    this.batches.push(batch);
    return batch;
  }
}

/** The frames of one flush in one packing, not wrapped yet: every part is packed once, on first use. */
export class PackedBatch {
  readonly packing: Packing;
  readonly flush: Flush;
  readonly start: StartPoint | undefined;
  /** All of the frames. */
  readonly whole: Part;
  #fromStart: Part | undefined;
  #audio: Part | undefined;
  #audioBeforeStart: Part | undefined;
  #atStart: PrefaceParts | undefined;
  #atFirstCoded: PrefaceParts | undefined;

  constructor(packing: Packing, flush: Flush, slab: Slab) {
    this.packing = packing;
    this.flush = flush;
    this.start = startOf(packing, flush);
    const runs = [new FrameRun(packing, flush.frames)];
    this.whole = new Part(runs, () => pack(runs, slab));
  }

  /** The frames from the start point on, as one gets them who begins there; empty without one. */
  get fromStart(): Part {
    this.#fromStart ??= this.#partFromStart();
    return this.#fromStart;
  }

  /** All of the frames but video. */
  get audio(): Part {
    this.#audio ??= this.#partWithoutVideo(this.flush.frames.length);
    return this.#audio;
  }

  /** The frames before the start point but video. */
  get audioBeforeStart(): Part {
    this.#audioBeforeStart ??= this.#partWithoutVideo(this.start?.index ?? this.flush.frames.length);
    return this.#audioBeforeStart;
  }

  /** The metadata and headers that hold at the start point; undefined without one. */
  get prefaces(): PrefaceParts | undefined {
    if (this.start !== undefined) this.#atStart ??= new PrefaceParts(this.packing, this.start);
    return this.#atStart;
  }

  /** Those that hold at the first frame that is to be decoded; undefined when there is none. */
  get firstPrefaces(): PrefaceParts | undefined {
    const { firstCoded } = this.flush;
    if (firstCoded !== undefined) this.#atFirstCoded ??= new PrefaceParts(this.packing, firstCoded);
    return this.#atFirstCoded;
  }

  /** How many of the first `end` frames are part of the packing. */
  count(end: number, isVideoOnly: boolean): number {
    let count = 0;
    for (let i = 0; i < end; i++) {
      const frame = this.flush.frames[i] as Frame;
      if (this.packing.includes(frame) && (!isVideoOnly || frame.kind === 'video')) count++;
    }
    return count;
  }

  #partFromStart(): Part {
    const { packing, start } = this;
    const { frames } = this.flush;
    if (start === undefined) return new Part([]);
    const runs = beginningRuns(packing, frames, start.index, frames.length);
    if (packing.beginning !== undefined || packing.mayBegin !== undefined) return new Part(runs);
    const before = new FrameRun(packing, frames, { end: start.index });
    return new Part(runs, () => this.whole.bytes.subarray(before.length));
  }

  #partWithoutVideo(end: number): Part {
    const frames = this.flush.frames.slice(0, end).filter(({ kind }) => kind !== 'video');
    return new Part([new FrameRun(this.packing, frames)]);
  }
}

/** Where a player may begin that takes a packing, if anywhere in the flush. */
function startOf(packing: Packing, { frames, videoStart, firstCoded }: Flush): StartPoint | undefined {
  if (packing.mayBegin === undefined) return packing.hasVideo ? videoStart : firstCoded;
  const index = firstIn(packing, frames, 0, frames.length);
  const frame = frames[index];
  if (frame === undefined || firstCoded === undefined) return undefined;
  const { prefaces } = videoStart !== undefined && videoStart.index <= index ? videoStart : firstCoded;
  return { index, timestamp: frame.timestamp, prefaces };
}
