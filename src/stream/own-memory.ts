import { type Frame, isPreface } from './frame.ts';
import type { Slab } from './slab.ts';

/**
 * Gives a payload other memory if it is less than half of what was read with it: kept as a view it would keep all of that, or change
 * with what is read next.
 * @param slab - of its stream; left out where the frame is not the stream's yet
 */
export function ownMemory(frame: Frame, slab?: Slab): void {
  const { payload } = frame;
  const { length } = payload;
  if (length * 2 >= payload.buffer.byteLength) return;
  const own = slab === undefined || isPreface(frame) ? Buffer.allocUnsafeSlow(length) : slab.take(length);
  payload.copy(own);
  frame.payload = own;
}
