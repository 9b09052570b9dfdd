import { type RunningTool, runTool } from './run-tool.ts';
import type { MediaMessage } from './test-client.ts';

/** Starts ffmpeg as a small camera: H.264 with a keyframe every 0.4 s and AAC, in real time, until it is stopped. */
export function publishPattern(url: string, seconds = 60): RunningTool {
  const camera = ['-re', '-f', 'lavfi', '-i', 'testsrc2=size=128x72:rate=25'];
  const microphone = ['-re', '-f', 'lavfi', '-i', 'sine=sample_rate=44100'];
  const video = ['-c:v', 'libx264', '-preset', 'ultrafast', '-tune', 'zerolatency', '-g', '10'];
  const output = ['-c:a', 'aac', '-t', String(seconds), '-f', 'flv', url];
  return runTool('ffmpeg', [
    '-hide_banner',
    '-nostdin',
    '-v',
    'error',
    ...camera,
    ...microphone,
    ...video,
    ...output,
  ]);
}

/** Places where timestamps of one kind go back or stand still, as `a -> b`. */
export function backwardSteps(messages: readonly MediaMessage[]): string[] {
  const latest = new Map<number, number>();
  const steps: string[] = [];
  for (const { type, timestamp, payload } of messages) {
    if (payload[1] === 0 && (payload[0] ?? 0) !== 0) continue; // AVC and AAC headers stand at the time of a frame
    const last = latest.get(type);
    if (last !== undefined && timestamp <= last) steps.push(`${type}: ${last} -> ${timestamp}`);
    latest.set(type, timestamp);
  }
  return steps;
}
