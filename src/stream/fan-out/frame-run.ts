import type { FrameList } from '../cache/frame-log.ts';
import type { Preface } from '../cache/preface-store.ts';
import { type Frame, isPreface } from '../frame.ts';
import type { FrameWriter, Packing } from './wire-form.ts';

/** A payload of this size is not copied into a slice that goes to one player, bytes. */
const SCATTERED_BYTES = 16 * 1024;

/** What {@link FrameRun.slice} has packed. */
export interface RunSlice {
  readonly buffers: readonly Buffer[];
  /** How many bytes are in them. */
  readonly length: number;
  /** The frame behind them, counted from the first of the run. */
  readonly next: number;
}

/** Frames in a row, and how they are written: packed at once for many players, or slice by slice for one. */
export class FrameRun {
  readonly #packing: Packing;
  readonly #writer: FrameWriter;
  readonly #frames: FrameList;
  readonly #start: number;
  /** The list may have grown since. */
  readonly #end: number;
  readonly #timestamp: number | undefined;
  #length: number | undefined;

  /**
   * @param frames - of which the run is those from `start` to before `end`; more may be added behind it
   * @param writer - where the packing's own is not meant
   * @param timestamp - that all of them are written with; without one each has its own
   */
  constructor(
    packing: Packing,
    frames: FrameList,
    {
      start = 0,
      end = frames.length,
      writer = packing,
      timestamp,
    }: { start?: number; end?: number; writer?: FrameWriter; timestamp?: number } = {},
  ) {
    this.#packing = packing;
    this.#writer = writer;
    this.#frames = frames;
    this.#start = start;
    this.#end = end;
    this.#timestamp = timestamp;
  }

  /** How many frames it has, those counted that the packing leaves out. */
  get count(): number {
    return this.#end - this.#start;
  }

  /** Bytes that it takes. */
  get length(): number {
    this.#length ??= this.#sizeOf(this.#start, this.#end);
    return this.#length;
  }

  /** Writes all of it at `at` and returns where the next one goes. */
  write(target: Buffer, at: number): number {
    return this.#write(target, at, this.#start, this.#end);
  }

  /** Packs about so many bytes from a frame on, at least one frame. @param from - counted from the first of the run */
  slice(from: number, maxBytes: number): RunSlice {
    const buffers: Buffer[] = [];
    let length = 0;
    let i = this.#start + from;
    let copied = i;
    for (; i < this.#end && length < maxBytes; i++) {
      const frame = this.#frames.at(i) as Frame;
      if (!this.#packing.includes(frame)) continue;
      const timestamp = this.#timestamp ?? frame.timestamp;
      length += this.#writer.sizeOf(frame, timestamp);
      if (this.#writer.scatter === undefined || frame.payload.length < SCATTERED_BYTES) continue;
      this.#copy(copied, i, buffers);
      buffers.push(...this.#writer.scatter(frame, timestamp));
      copied = i + 1;
    }
    this.#copy(copied, i, buffers);
    return { buffers, length, next: i - this.#start };
  }

  #copy(start: number, end: number, to: Buffer[]): void {
    const size = this.#sizeOf(start, end);
    if (size === 0) return;
    const bytes = Buffer.allocUnsafeSlow(size);
    this.#write(bytes, 0, start, end);
    to.push(bytes);
  }

  #sizeOf(start: number, end: number): number {
    let size = 0;
    for (let i = start; i < end; i++) {
      const frame = this.#frames.at(i) as Frame;
      if (this.#packing.includes(frame))
        size += this.#writer.sizeOf(frame, this.#timestamp ?? frame.timestamp);
    }
    return size;
  }

  #write(target: Buffer, start: number, from: number, to: number): number {
    let at = start;
    for (let i = from; i < to; i++) {
      const frame = this.#frames.at(i) as Frame;
      if (this.#packing.includes(frame))
        at = this.#writer.write(target, at, frame, this.#timestamp ?? frame.timestamp);
    }
    return at;
  }
}

/** Metadata and headers as they stand in front of a frame of this time, for a player that begins or one that goes on. */
export function prefaceRun(
  packing: Packing,
  prefaces: readonly Preface[],
  timestamp: number,
  does: 'begin' | 'go on',
): FrameRun {
  const writer = does === 'begin' ? (packing.beginning ?? packing) : packing;
  const frames = prefaces.map(({ frame }) => frame);
  return new FrameRun(packing, frames, { writer, timestamp });
}

/** The frames that a player begins with, the first that is to be decoded as the packing has it for that. */
export function beginningRuns(packing: Packing, frames: FrameList, start: number, end: number): FrameRun[] {
  const { beginning, mayBegin } = packing;
  if (beginning === undefined && mayBegin === undefined)
    return [new FrameRun(packing, frames, { start, end })];
  const first = firstIn(packing, frames, start, end);
  const next = Math.min(first + 1, end);
  return [
    mayBegin === undefined
      ? new FrameRun(packing, frames, { start, end: first })
      : new FrameRun(packing, prefacesIn(frames, start, first)),
    new FrameRun(packing, frames, { start: first, end: next, writer: beginning ?? packing }),
    new FrameRun(packing, frames, { start: next, end }),
  ];
}

/** Which of the frames from `start` to before `end` is the first that a player may begin with; `end` when none is. */
export function firstIn(packing: Packing, frames: FrameList, start: number, end: number): number {
  let first = start;
  while (first < end && !mayBeginAt(packing, frames.at(first) as Frame)) first++;
  return first;
}

/** The metadata and headers among the frames from `start` to before `end`. */
export function prefacesIn(frames: FrameList, start: number, end: number): Frame[] {
  const prefaces: Frame[] = [];
  for (let i = start; i < end; i++) {
    const frame = frames.at(i) as Frame;
    if (isPreface(frame)) prefaces.push(frame);
  }
  return prefaces;
}

function mayBeginAt({ includes, mayBegin }: Packing, frame: Frame): boolean {
  return frame.role === 'coded' && includes(frame) && (mayBegin?.(frame) ?? true);
}
