import { execFile } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const SECONDS = 20;
/** How far the rates of two files may be apart that count as the same. */
const TOLERANCE = 0.005;
const ATTEMPTS = 5;

/** 20 s of 720p30 H.264 and AAC at 2.18 Mb/s, 73 messages a second, made by ffmpeg on first use. @returns its path */
export async function testMedia(): Promise<string> {
  const path = join(tmpdir(), 'streampump-bench-720p30.flv');
  const h264 = [
    'libx264',
    '-preset',
    'veryfast',
    '-tune',
    'zerolatency',
    '-nal-hrd',
    'cbr',
    '-pix_fmt',
    'yuv420p',
  ];
  if (!existsSync(path)) await encode(path, 2000, ['-c:v', ...h264, '-c:a', 'aac', '-f', 'flv']);
  return path;
}

/** The same in WMV2 and wmav2 as ASF, of the same size to half a percent: 85 packets a second. @returns its path */
export async function asfTestMedia(): Promise<string> {
  const path = join(tmpdir(), 'streampump-bench-720p30.asf');
  const wanted = statSync(await testMedia()).size;
  if (existsSync(path) && Math.abs(statSync(path).size / wanted - 1) <= TOLERANCE) return path;
  for (let attempt = 0, kbps = 2000; attempt < ATTEMPTS; attempt++) {
    await encode(path, kbps, ['-c:v', 'wmv2', '-c:a', 'wmav2', '-f', 'asf']);
    const excess = statSync(path).size - wanted;
    if (Math.abs(excess / wanted) <= TOLERANCE) return path;
    kbps -= (excess * 8) / SECONDS / 1000;
  }
  throw new Error('ffmpeg makes no ASF of the size of the FLV');
}

async function encode(path: string, kbps: number, output: readonly string[]): Promise<void> {
  const video = ['-f', 'lavfi', '-i', 'testsrc2=size=1280x720:rate=30'];
  const audio = ['-f', 'lavfi', '-i', 'sine=frequency=440:sample_rate=44100'];
  const rate = ['-b:v', '-minrate', '-maxrate', '-bufsize'].flatMap((name) => [name, `${Math.round(kbps)}k`]);
  const keyframes = ['-g', '60', '-keyint_min', '60'];
  const quiet = ['-nostdin', '-hide_banner', '-loglevel', 'error'];
  const rest = [...rate, ...keyframes, '-b:a', '128k', '-t', String(SECONDS), ...output, '-y', path];
  await promisify(execFile)('ffmpeg', [...quiet, ...video, ...audio, ...rest]);
}
