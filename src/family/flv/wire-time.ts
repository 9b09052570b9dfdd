import type { Frame } from '../../stream/frame.ts';

/**
 * The time that a frame is sent with. Metadata goes out with time 0: with any other, ffmpeg (seen with 5.1) takes it for a
 * subtitle and records it as one.
 */
export function wireTime({ role }: Frame, timestamp: number): number {
  return role === 'metadata' ? 0 : timestamp;
}
