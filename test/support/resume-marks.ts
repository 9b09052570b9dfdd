import { createHash } from 'node:crypto';
import type { FrameMark, ResumePoint } from '../../src/stream/resuming/resume-point.ts';
import { media } from './fake-media.ts';

/** How far somebody has come who had the frames of a script last, one of each track. @see media */
export function pointAt(script: string, from: ResumePoint['from'] = 'frame'): ResumePoint {
  return { marks: media(script).map(markOf), from };
}

function markOf({ timestamp, payload }: { timestamp: number; payload: Buffer }): FrameMark {
  return { timestamp, hash: createHash('sha256').update(payload).digest('hex').slice(0, 16) };
}
