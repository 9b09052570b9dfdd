import type { Preface } from '../cache/preface-store.ts';
import { type Frame, FrameType } from '../frame.ts';
import { Batch, type Packing, pack, type StartPoint, type WireForm } from './wire-form.ts';

/** What one flush sends, before it is packed for anybody. */
export interface Flush {
  readonly frames: readonly Frame[];
  /** Where a decoder may begin, if anywhere; for packings with video. */
  readonly videoStart: StartPoint | undefined;
  /** The first frame that is to be decoded: where packings without video begin. */
  readonly firstCoded: StartPoint | undefined;
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
      const { frames, videoStart, firstCoded } = this.flush;
      batch = new Batch(packing, frames, packing.hasVideo ? videoStart : firstCoded);
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
  #audioBeforeStart: Buffer | undefined;
  #fromStart: Buffer | undefined;
  readonly #prefaces = new Map<number, Buffer>();

  constructor(packed: PackedFlush, form: WireForm) {
    this.#batch = packed.batch(form.packing);
    this.#flush = packed.flush;
    this.#form = form;
    this.whole = this.#wrap(this.#batch.bytes);
  }

  /** Frames in it, or those of video. */
  count(isVideoOnly: boolean): number {
    return this.#batch.count(this.#flush.frames.length, isVideoOnly);
  }

  /** Frames before the start point, or those of video. */
  countBeforeStart(isVideoOnly: boolean): number {
    return this.#batch.count(this.#batch.start?.index ?? 0, isVideoOnly);
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

  /** Everything but video before the start point. */
  get audioBeforeStart(): Buffer {
    this.#audioBeforeStart ??= this.#wrap(this.#batch.audioBytesBeforeStart);
    return this.#audioBeforeStart;
  }

  /** The metadata and headers newer than `version` that hold at the start point, at the time of it. */
  preface(version: number): Buffer {
    let bytes = this.#prefaces.get(version);
    if (bytes === undefined) {
      const { prefaces = [], timestamp = 0 } = this.#batch.start ?? {};
      const newer = prefaces.filter((preface) => preface.version > version);
      bytes = this.#wrap(packPrefaces(this.#form.packing, newer, timestamp));
      this.#prefaces.set(version, bytes);
    }
    return bytes;
  }

  /**
   * The metadata and headers that another packing leaves out, for the first frame that is to be decoded; undefined when
   * the batch has no such frame. Not kept: few players change what they get.
   */
  prefaceBeyond(former: Packing, withVideo: boolean): Buffer | undefined {
    const { firstCoded } = this.#flush;
    if (firstCoded === undefined) return undefined;
    const missing = firstCoded.prefaces.filter(({ frame }) => {
      return !former.includes(frame) && (withVideo || frame.type !== FrameType.video);
    });
    return this.#wrap(packPrefaces(this.#form.packing, missing, firstCoded.timestamp));
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
