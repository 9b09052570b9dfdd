import type { FrameRun } from './frame-run.ts';
import { pack } from './pack.ts';

/** Frames of one flush in one packing that go out together: packed once for all that are sent them, if anybody is. */
export class Part {
  /** The same, to be packed slice by slice. */
  readonly runs: readonly FrameRun[];
  readonly #pack: () => Buffer;
  #bytes: Buffer | undefined;
  #length: number | undefined;

  /** @param packAll - what packs the runs, where there is a shorter way */
  constructor(runs: readonly FrameRun[], packAll: () => Buffer = () => pack(runs)) {
    this.runs = runs;
    this.#pack = packAll;
  }

  /** Bytes that it takes, packed or not. */
  get length(): number {
    this.#length ??= this.runs.reduce((sum, { length }) => sum + length, 0);
    return this.#length;
  }

  /** Packed. */
  get bytes(): Buffer {
    this.#bytes ??= this.#pack();
    return this.#bytes;
  }
}
