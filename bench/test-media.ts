import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

/** 20 s of 720p30 H.264 and AAC at 2.18 Mb/s, 73 messages a second, made by ffmpeg on first use. @returns its path */
export async function testMedia(): Promise<string> {
  const path = join(tmpdir(), 'streampump-bench-720p30.flv');
  if (existsSync(path)) return path;
  const video = ['-f', 'lavfi', '-i', 'testsrc2=size=1280x720:rate=30'];
  const audio = ['-f', 'lavfi', '-i', 'sine=frequency=440:sample_rate=44100'];
  const rate = [
    '-b:v',
    '2000k',
    '-minrate',
    '2000k',
    '-maxrate',
    '2000k',
    '-bufsize',
    '2000k',
    '-nal-hrd',
    'cbr',
  ];
  const h264 = [
    '-c:v',
    'libx264',
    '-preset',
    'veryfast',
    '-tune',
    'zerolatency',
    '-g',
    '60',
    '-keyint_min',
    '60',
  ];
  const rest = ['-pix_fmt', 'yuv420p', '-c:a', 'aac', '-b:a', '128k', '-t', '20', '-f', 'flv', '-y', path];
  const quiet = ['-nostdin', '-hide_banner', '-loglevel', 'error'];
  await promisify(execFile)('ffmpeg', [...quiet, ...video, ...audio, ...h264, ...rate, ...rest]);
  return path;
}
