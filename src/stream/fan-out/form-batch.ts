import { packPrefaces } from './pack.ts';
import type { Flush, PackedBatch, PackedFlush } from './packed-flush.ts';
import { type Packing, type WireForm, wrap } from './wire-form.ts';

/** A batch as the players of one wire form get it: every variant is wrapped once, on first use. */
export class FormBatch {
  readonly #batch: PackedBatch;
  readonly #flush: Flush;
  readonly #form: WireForm;
  /** All of it. */
  readonly whole: Buffer;
  #audio: Buffer | undefined;
  #audioBeforeStart: Buffer | undefined;
  #fromStart: Buffer | undefined;
  #opening: Buffer | undefined;
  #prefaces: Map<number, Buffer> | undefined;

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

  /** Whether there is no audio to go on with where video is left out. */
  get isMixed(): boolean {
    return this.#flush.isMixed;
  }

  /** The metadata and headers that hold at the start point, at the time of it, for a player that begins there. */
  get opening(): Buffer {
    if (this.#form.packing.beginning === undefined) return this.preface(0);
    this.#opening ??= this.#packPrefaces(0, 'begin');
    return this.#opening;
  }

  /** Those of them that are newer than `version`, for a player that goes on there. */
  preface(version: number): Buffer {
    this.#prefaces ??= new Map();
    let bytes = this.#prefaces.get(version);
    if (bytes === undefined) {
      bytes = this.#packPrefaces(version, 'go on');
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
      return !former.includes(frame) && (withVideo || frame.kind !== 'video');
    });
    return this.#wrap(packPrefaces(this.#form.packing, missing, firstCoded.timestamp, 'go on'));
  }

  #packPrefaces(version: number, does: 'begin' | 'go on'): Buffer {
    const { prefaces = [], timestamp = 0 } = this.#batch.start ?? {};
    const newer = prefaces.filter((preface) => preface.version > version);
    return this.#wrap(packPrefaces(this.#form.packing, newer, timestamp, does));
  }

  #wrap(bytes: Buffer): Buffer {
    return wrap(this.#form, bytes);
  }
}
