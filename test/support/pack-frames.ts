import { beginningRuns, FrameRun, prefaceRun } from '../../src/stream/fan-out/frame-run.ts';
import { pack } from '../../src/stream/fan-out/pack.ts';
import type { Packing } from '../../src/stream/fan-out/wire-form.ts';
import { type Frame, isPreface } from '../../src/stream/frame.ts';

/** The bytes of frames in a packing, one behind the other. */
export function packFrames(packing: Packing, frames: readonly Frame[]): Buffer {
  return pack([new FrameRun(packing, frames)]);
}

/** The same for a player that begins with them: metadata and headers first, then all others. */
export function beginFrames(packing: Packing, frames: readonly Frame[]): Buffer {
  const prefaces = frames.filter(isPreface).map((frame, i) => ({ frame, version: i + 1 }));
  const others = frames.filter((frame) => !isPreface(frame));
  const timestamp = others[0]?.timestamp ?? 0;
  return pack([
    prefaceRun(packing, prefaces, timestamp, 'begin'),
    ...beginningRuns(packing, others, 0, others.length),
  ]);
}
