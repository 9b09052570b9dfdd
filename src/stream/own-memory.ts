import type { Frame } from './frame.ts';
import type { Slab } from './slab.ts';

/**
 * Gives a payload memory of its own: that in which it came is read into again, or holds much besides it.
 * @param slab - of its stream, for what is kept for a short time only
 */
export function ownMemory(frame: Frame, slab?: Slab): void {
  const { payload } = frame;
  const own = slab === undefined ? Buffer.allocUnsafeSlow(payload.length) : slab.take(payload.length);
  payload.copy(own);
  frame.payload = own;
}
