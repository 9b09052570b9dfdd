import type { PackedBatch, PackedFlush } from './packed-flush.ts';
import type { Part } from './part.ts';
import { type Packing, type WireForm, wrap } from './wire-form.ts';

/** More of a rare packing than this is not packed for all of its players at once, bytes. */
const MAX_RARE_BYTES = 64 * 1024;

/** A batch as the players of one wire form get it: every part is wrapped once, on first use. */
export class FormBatch {
  /** All of it, as players who keep up are written it; undefined where each is to be packed its own. */
  readonly shared: Buffer | undefined;
  readonly #batch: PackedBatch;
  readonly #form: WireForm;
  #wrapped: Map<Part, Buffer> | undefined;

  constructor(packed: PackedFlush, form: WireForm) {
    this.#batch = packed.batch(form.packing);
    this.#form = form;
    const { whole } = this.#batch;
    const isEach = form.packing.isRare && whole.length > MAX_RARE_BYTES;
    this.shared = isEach ? undefined : wrap(form, whole.bytes);
  }

  /** A part of it as it is written. */
  bytesOf(part: Part): Buffer {
    if (part === this.whole && this.shared !== undefined) return this.shared;
    this.#wrapped ??= new Map();
    let bytes = this.#wrapped.get(part);
    if (bytes === undefined) {
      bytes = wrap(this.#form, part.bytes);
      this.#wrapped.set(part, bytes);
    }
    return bytes;
  }

  /** Frames in it, or those of video. */
  count(isVideoOnly: boolean): number {
    return this.#batch.count(this.#batch.flush.frames.length, isVideoOnly);
  }

  /** Frames before the start point, or those of video. */
  countBeforeStart(isVideoOnly: boolean): number {
    return this.#batch.count(this.#batch.start?.index ?? 0, isVideoOnly);
  }

  /** Whether a player may begin in this batch. */
  get hasStart(): boolean {
    return this.#batch.start !== undefined;
  }

  /** Whether there is no audio to go on with where video is left out. */
  get isMixed(): boolean {
    return this.#batch.flush.isMixed;
  }

  /** All of it. */
  get whole(): Part {
    return this.#batch.whole;
  }

  /** From the start point on; empty without one. */
  get fromStart(): Part {
    return this.#batch.fromStart;
  }

  /** Everything but video. */
  get audio(): Part {
    return this.#batch.audio;
  }

  /** Everything but video before the start point. */
  get audioBeforeStart(): Part {
    return this.#batch.audioBeforeStart;
  }

  /** The metadata and headers that hold at the start point, for a player that begins there; undefined without one. */
  get opening(): Part | undefined {
    return this.#batch.prefaces?.opening;
  }

  /** At least those of them that are newer than `version`, for a player that goes on there. */
  preface(version: number): Part | undefined {
    return this.#batch.prefaces?.newerThan(version);
  }

  /**
   * At least the metadata and headers that another packing leaves out, for the first frame that is to be decoded; undefined
   * when the batch has no such frame.
   */
  prefaceBeyond(former: Packing, withVideo: boolean): Part | undefined {
    return this.#batch.firstPrefaces?.beyond(former, withVideo);
  }
}
