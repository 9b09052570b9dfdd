import type { Frame, PrefaceFrame } from '../frame.ts';

/**
 * What a frame takes up besides its payload, bytes: its object, the view of its payload with the memory behind that, its place in
 * a list, and the header with which it goes out. That is 240 to 510 with Node 26, however small the payload.
 */
const OBJECT_BYTES = 512;

/** What one track id takes up, and one key of a header. */
const TRACK_BYTES = 8;
const KEY_BYTES = 64;

/** What it takes to keep a frame, bytes. */
export function frameCost(frame: Frame): number {
  const bytes = OBJECT_BYTES + frame.payload.length;
  if (frame.role === 'coded') return bytes + frame.tracks.length * TRACK_BYTES;
  return frame.role === 'other' ? bytes : bytes + frame.headerKeys.length * KEY_BYTES;
}

/** What it takes to keep a frame for the sake of one of its headers, bytes. */
export function prefaceCost({ payload }: PrefaceFrame): number {
  return OBJECT_BYTES + KEY_BYTES + payload.length;
}
