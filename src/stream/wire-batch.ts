import type { Frame } from './frame.ts';
import type { Preface } from './stream-cache.ts';
import { Batch, type Packing, pack, type StartPoint, type WireForm } from './wire-form.ts';

/** What one flush sends, before it is packed for anybody. */
export interface Flush {
  readonly frames: readonly Frame[];
  /** Where a decoder may begin, if anywhere; for packings with video. */
  readonly videoStart: StartPoint | undefined;
  /** The same for packings without. */
  readonly audioStart: StartPoint | undefined;
  /** Metadata and headers that are needed at the start point. */
  readonly prefaces: readonly Preface[];
  readonly videoFrameCount: number;
}

/** One flush, packed for each packing that asks for it, once. */
export class PackedFlush {
  readonly flush: Flush;
  readonly #batches = new Map<Packing, Batch>();

  constructor(flush: Flush) {
    this.flush = flush;
  }

  batch(packing: Packing): Batch {
    let batch = this.#batches.get(packing);
    if (batch === undefined) {
      const { frames, videoStart, audioStart } = this.flush;
      batch = new Batch(packing, frames, packing.hasVideo ? videoStart : audioStart);
      this.#batches.set(packing, batch);
    }
    return batch;
  }
}

/** A batch as the players of one wire form get it: every variant is built once, on first use. */
export class WireBatch {
  readonly #batch: Batch;
  readonly #flush: Flush;
  readonly #form: WireForm;
  /** All of it. */
  readonly whole: Buffer;
  #audio: Buffer | undefined;
  #fromStart: Buffer | undefined;
  readonly #prefaces = new Map<number, Buffer>();

  constructor(packed: PackedFlush, form: WireForm) {
    this.#batch = packed.batch(form.packing);
    this.#flush = packed.flush;
    this.#form = form;
    this.whole = this.#wrap(this.#batch.bytes);
  }

  get frameCount(): number {
    return this.#flush.frames.length;
  }

  get videoFrameCount(): number {
    return this.#flush.videoFrameCount;
  }

  /** Whether a player may begin in this batch. */
  get hasStart(): boolean {
    return this.#batch.start !== undefined;
  }

  /** From the start point on; empty without one. */
  get fromStart(): Buffer {
    this.#fromStart ??= this.#wrap(this.#batch.bytesFromStart);
    return this.#fromStart;
  }

  /** Everything but video. */
  get audio(): Buffer {
    this.#audio ??= this.#wrap(this.#batch.audioBytes);
    return this.#audio;
  }

  /** The metadata and headers newer than `version`, at the time of the start point. */
  preface(version: number): Buffer {
    let bytes = this.#prefaces.get(version);
    if (bytes === undefined) {
      const newer = this.#flush.prefaces.filter((preface) => preface.version > version);
      bytes = this.#wrap(packPrefaces(this.#form.packing, newer, this.#batch.start?.timestamp ?? 0));
      this.#prefaces.set(version, bytes);
    }
    return bytes;
  }

  #wrap(bytes: Buffer): Buffer {
    return wrap(this.#form, bytes);
  }
}

/** Packs metadata and headers as they are sent in front of a frame of this time. */
export function packPrefaces(packing: Packing, prefaces: readonly Preface[], timestamp: number): Buffer {
  return pack(
    packing,
    prefaces.map(({ frame }) => frame),
    timestamp,
  );
}

/** Puts the form's framing around packed bytes, if it has any and there are any. */
export function wrap(form: WireForm, bytes: Buffer): Buffer {
  return form.envelope === undefined || bytes.length === 0 ? bytes : form.envelope(bytes);
}
