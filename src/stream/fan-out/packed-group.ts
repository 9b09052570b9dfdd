import type { FrameList } from '../cache/frame-log.ts';
import type { Preface } from '../cache/preface-store.ts';
import { beginningRuns, FrameRun, prefaceRun } from './frame-run.ts';
import type { PackedBatch } from './packed-flush.ts';
import type { Packing } from './wire-form.ts';

/** What a piece takes up besides its bytes: its object and a place in a list, bytes. */
const PIECE_OBJECT_BYTES = 128;

/** Frames that were sent before anybody took the packing are packed into pieces of about this many bytes. */
const PIECE_BYTES = 128 * 1024;

/** The keyframe group as far as it was flushed: the first `count` of these frames, which begin with its keyframe. */
export interface FlushedGroup {
  readonly frames: FrameList;
  readonly count: number;
  /** Metadata and headers that hold at the keyframe. */
  readonly prefaces: readonly Preface[];
}

/** What a player that joins late is sent first, as runs: the prefaces of the group and its frames. */
export function groupRuns(packing: Packing, { frames, count, prefaces }: FlushedGroup): FrameRun[] {
  return [
    prefaceRun(packing, prefaces, frames.at(0)?.timestamp ?? 0, 'begin'),
    ...beginningRuns(packing, frames, 0, count),
  ];
}

/**
 * One keyframe group in one packing: each frame of it is packed once for all who join late, whoever comes and goes. From the
 * first of them on, what players were sent is taken over as it is; nothing is kept before somebody needs it.
 */
export class PackedGroup {
  readonly #packing: Packing;
  readonly #onKept: (bytes: number) => void;
  /** How many frames of the group are packed. */
  #count = 0;
  readonly #pieces: Buffer[] = [];

  /** @param onKept - told how much memory more is kept, until the group is another */
  constructor(packing: Packing, onKept: (bytes: number) => void) {
    this.#packing = packing;
    this.#onKept = onKept;
  }

  /** Metadata, headers and frames of the group, packed. Not to be changed. */
  burst(group: FlushedGroup): readonly Buffer[] {
    const { frames, count } = group;
    if (this.#count === 0) this.#pack(groupRuns(this.#packing, group));
    else this.#pack([new FrameRun(this.#packing, frames, { start: this.#count, end: count })]);
    this.#count = count;
    return this.#pieces;
  }

  /**
   * Takes over a batch that was just sent, unless something before it is not packed yet.
   * @param group - as it is now, with the batch
   */
  extend({ flush, whole }: PackedBatch, { count }: FlushedGroup): void {
    if (this.#count === 0 || this.#count + flush.frames.length !== count) return;
    this.#add(whole.bytes);
    this.#count = count;
  }

  #pack(runs: readonly FrameRun[]): void {
    for (const run of runs) {
      for (let at = 0; at < run.count; ) {
        const { buffers, next } = run.slice(at, PIECE_BYTES);
        for (const bytes of buffers) this.#add(bytes);
        at = next;
      }
    }
  }

  #add(bytes: Buffer): void {
    if (bytes.length === 0) return;
    this.#pieces.push(bytes);
    this.#onKept(bytes.length + PIECE_OBJECT_BYTES);
  }
}
