import type { Preface } from '../cache/preface-store.ts';
import type { Frame } from '../frame.ts';
import type { Slab } from '../slab.ts';
import type { FrameWriter, Packing } from './wire-form.ts';

/** Packs frames one behind the other. @param slab - where the memory comes from; without one it is that of nobody else */
export function pack(packing: Packing, frames: readonly Frame[], timestamp?: number, slab?: Slab): Buffer {
  return packWith(packing, packing, frames, timestamp, slab);
}

/** Packs metadata and headers as they stand in front of a frame of this time, for a player that begins or one that goes on. */
export function packPrefaces(
  packing: Packing,
  prefaces: readonly Preface[],
  timestamp: number,
  does: 'begin' | 'go on',
): Buffer {
  const writer = does === 'begin' ? (packing.beginning ?? packing) : packing;
  const frames = prefaces.map(({ frame }) => frame);
  return packWith(writer, packing, frames, timestamp);
}

/** Packs the frames that a player begins with, the first that is to be decoded as the packing has it for that. */
export function packBeginning(packing: Packing, frames: readonly Frame[]): Buffer {
  const { beginning } = packing;
  const first = frames.findIndex((frame) => frame.role === 'coded' && packing.includes(frame));
  if (beginning === undefined || first < 0) return pack(packing, frames);
  return Buffer.concat([
    pack(packing, frames.slice(0, first)),
    packWith(beginning, packing, frames.slice(first, first + 1)),
    pack(packing, frames.slice(first + 1)),
  ]);
}

function packWith(
  writer: FrameWriter,
  packing: Packing,
  frames: readonly Frame[],
  timestamp?: number,
  slab?: Slab,
): Buffer {
  let size = 0;
  for (const frame of frames) {
    if (packing.includes(frame)) size += writer.sizeOf(frame, timestamp ?? frame.timestamp);
  }
  const bytes = slab === undefined ? Buffer.allocUnsafeSlow(size) : slab.take(size);
  let at = 0;
  for (const frame of frames) {
    if (packing.includes(frame)) at = writer.write(bytes, at, frame, timestamp ?? frame.timestamp);
  }
  return bytes;
}
