import { FrameRun } from '../../src/stream/fan-out/frame-run.ts';
import { pack } from '../../src/stream/fan-out/pack.ts';
import type { Packing } from '../../src/stream/fan-out/wire-form.ts';
import type { Frame } from '../../src/stream/frame.ts';

/** The bytes of frames in a packing, one behind the other. */
export function packFrames(packing: Packing, frames: readonly Frame[]): Buffer {
  return pack([new FrameRun(packing, frames)]);
}
