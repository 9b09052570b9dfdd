import type { FrameList } from '../../cache/frame-log.ts';
import type { Preface } from '../../cache/preface-store.ts';
import { beginningRuns, FrameRun, prefaceRun } from '../frame-run.ts';
import type { PackedBatch } from '../packed-flush.ts';
import type { Packing } from '../wire-form.ts';

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
  /** Of each piece: how many frames of the group are packed with it and those before. */
  readonly #ends: number[] = [];

  /** @param onKept - told how much memory more is kept, until the group is another */
  constructor(packing: Packing, onKept: (bytes: number) => void) {
    this.#packing = packing;
    this.#onKept = onKept;
  }

  /** Metadata, headers and frames of the group, packed. Not to be changed. @param group - as far as it was sent to some players */
  burst(group: FlushedGroup): readonly Buffer[] {
    const { count } = group;
    if (this.#count === 0) {
      this.#keep(groupRuns(this.#packing, group), count);
      return this.#pieces;
    }
    if (count >= this.#count) {
      this.#keep([this.#runTo(group, this.#count)], count);
      return this.#pieces;
    }
    const some = this.#ends.findIndex((end) => end > count); // others were sent more
    if (some < 0) return this.#pieces; // of which nothing is for this packing
    const start = Math.max(0, this.#ends[some - 1] ?? 0);
    const rest =
      start === 0 ? beginningRuns(this.#packing, group.frames, 0, count) : [this.#runTo(group, start)];
    const own = rest.flatMap((run) => [...packed(run)].flatMap(({ buffers }) => buffers));
    return [...this.#pieces.slice(0, some), ...own];
  }

  /**
   * Takes over a batch that was just sent, unless something before it is not packed yet.
   * @param group - as it is now, with the batch
   */
  extend({ flush, whole }: PackedBatch, { count }: FlushedGroup): void {
    if (this.#count === 0 || this.#count + flush.frames.length !== count) return;
    this.#add(whole.bytes, count);
    this.#count = count;
  }

  #runTo({ frames, count }: FlushedGroup, start: number): FrameRun {
    return new FrameRun(this.#packing, frames, { start, end: count });
  }

  /** Packs runs that come one behind the other, and end at the frame before `count`. */
  #keep(runs: readonly FrameRun[], count: number): void {
    let after = runs.reduce((sum, run) => sum + run.count, 0);
    for (const run of runs) {
      after -= run.count;
      for (const { buffers, left } of packed(run))
        for (const bytes of buffers) this.#add(bytes, count - after - left);
    }
    this.#count = count;
  }

  #add(bytes: Buffer, end: number): void {
    if (bytes.length === 0) return;
    this.#pieces.push(bytes);
    this.#ends.push(end);
    this.#onKept(bytes.length + PIECE_OBJECT_BYTES);
  }
}

/** A run packed piece by piece, and how many of its frames are left after each. */
function* packed(run: FrameRun): Generator<{ readonly buffers: readonly Buffer[]; readonly left: number }> {
  for (let at = 0; at < run.count; ) {
    const { buffers, next } = run.slice(at, PIECE_BYTES);
    yield { buffers, left: run.count - next };
    at = next;
  }
}
