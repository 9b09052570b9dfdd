import type { Slab } from '../slab.ts';
import type { FrameRun } from './frame-run.ts';

/** Packs runs one behind the other. @param slab - where the memory comes from; without one it is that of nobody else */
export function pack(runs: readonly FrameRun[], slab?: Slab): Buffer {
  let size = 0;
  for (const run of runs) size += run.length;
  const bytes = slab === undefined ? Buffer.allocUnsafeSlow(size) : slab.take(size);
  let at = 0;
  for (const run of runs) at = run.write(bytes, at);
  return bytes;
}
