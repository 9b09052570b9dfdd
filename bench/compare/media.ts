import { execFile } from 'node:child_process';
import { existsSync, renameSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';

/** Of each file, seconds. */
const SECONDS = 20;

/** What ffmpeg is told of each stream: H.264 and AAC of constant rates, a keyframe every two seconds. */
const kinds = {
  '0.26 Mb/s': { size: '426x240', rate: 15, video: '200k', audio: '48k' },
  '2.18 Mb/s': { size: '1280x720', rate: 30, video: '2000k', audio: '128k' },
  '8.3 Mb/s': { size: '1920x1080', rate: 30, video: '8000k', audio: '128k' },
} as const;

/** A stream, by its bit rate. */
export type MediaName = keyof typeof kinds;

/** Makes the file of a stream where it is not there yet. @returns its path */
export async function mediaFile(folder: string, name: MediaName): Promise<string> {
  const path = join(folder, `${name.replace(/[^\d.]/g, '')}.flv`);
  if (existsSync(path)) return path;
  await promisify(execFile)('ffmpeg', [...encoding(name), '-y', `${path}.new`]);
  renameSync(`${path}.new`, path);
  return path;
}

/** What a player of a file receives each second, bytes. */
export function bytesPerSecond(file: string): number {
  return statSync(file).size / SECONDS;
}

function encoding(name: MediaName): string[] {
  const { size, rate, video, audio } = kinds[name];
  const keyframes = String(2 * rate);
  return [
    ...['-nostdin', '-hide_banner', '-loglevel', 'error'],
    ...['-f', 'lavfi', '-i', `testsrc2=size=${size}:rate=${rate}`],
    ...['-f', 'lavfi', '-i', 'sine=frequency=440:sample_rate=44100', '-t', String(SECONDS)],
    ...['-c:v', 'libx264', '-preset', 'veryfast', '-tune', 'zerolatency', '-pix_fmt', 'yuv420p'],
    ...['-g', keyframes, '-keyint_min', keyframes, '-nal-hrd', 'cbr'],
    ...['-b:v', '-minrate', '-maxrate', '-bufsize'].flatMap((option) => [option, video]),
    ...['-c:a', 'aac', '-b:a', audio, '-f', 'flv'],
  ];
}
