import type { Frame } from './frame.ts';

/** Gives a payload memory of its own if it is a small part of a large read: kept as a view it would keep all of that. */
export function ownMemory(frame: Frame): void {
  const { payload } = frame;
  if (payload.length * 4 >= payload.buffer.byteLength) return;
  const own = Buffer.allocUnsafeSlow(payload.length);
  payload.copy(own);
  frame.payload = own;
}
