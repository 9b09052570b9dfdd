import { fileURLToPath } from 'node:url';
import { bbbAsfPath, bbbPath } from '../../test/support/media.ts';
import type { RunningTool } from '../../test/support/run-tool.ts';
import type { Chain } from './chain.ts';

const cli = fileURLToPath(new URL('../../src/cli.ts', import.meta.url));

/** Publishes a film in real time until its scope ends: H.264 with B-frames and AAC, encoded while it goes, or WMV2 and wmav2. */
export function startProgramme(chain: Chain): RunningTool {
  const url = chain.publishUrl;
  if (url.startsWith('http')) {
    const player = ['--players', '1', '--duration', '604800', url.replace(/^http(.*)_push$/, 'mmsh$1')];
    return chain.network.run(process.execPath, [cli, 'load', '--publish', bbbAsfPath, ...player]);
  }
  const input = ['-nostdin', '-v', 'error', '-re', '-stream_loop', '-1', '-i', bbbPath];
  const video = ['-c:v', 'libx264', '-preset', 'veryfast', '-bf', '2', '-g', '50', '-b:v', '500k'];
  const audio = ['-c:a', 'aac', '-b:a', '96k'];
  return chain.network.run('ffmpeg', [...input, ...video, '-threads', '1', ...audio, '-f', 'flv', url]);
}
