import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { bbbAsfPath, bbbPath, flvTags } from '../support/media.ts';
import {
  recordAll,
  recordedAsfFrames,
  recordedFrames,
  recordingsFolder,
  storeScene,
  storeSettings,
} from '../support/recording-scene.ts';
import { runTool } from '../support/run-tool.ts';

/** What ffprobe says of a file's packets. */
async function probe(file: string, ...options: readonly string[]): Promise<string> {
  await using run = runTool('ffprobe', ['-v', 'error', '-of', 'csv', ...options, file]);
  return await run.output;
}

/** The codec, size, flags and digest of each packet. */
function packets(file: string): Promise<string> {
  const fields = 'packet=codec_type,size,flags,data_hash';
  return probe(file, '-show_packets', '-show_entries', fields, '-show_data_hash', 'md5');
}

test('files as they lie in the folder have the packets of the source; ffprobe seeks in them, and ffmpeg makes MP4 of them', async () => {
  await using folder = await recordingsFolder();
  await using scene = await storeScene(storeSettings(folder.path));
  const flvFrames = recordedFrames(flvTags(readFileSync(bbbPath)), 77_000);
  const asfFrames = recordedAsfFrames(readFileSync(bbbAsfPath), 77_000);
  const [flv, asf] = await Promise.all([
    recordAll(scene.link, flvFrames, { stream: 'live/flv' }),
    recordAll(scene.link, asfFrames, { stream: 'live/asf', family: 'ASF' }),
  ]);
  const flvFile = join(folder.path, 'live/flv', `${flv.id}.flv`);
  const asfFile = join(folder.path, 'live/asf', `${asf.id}.asf`);
  const format = ['-show_entries', 'format=duration'];
  const at4 = ['-read_intervals', '4.5%+#1', '-select_streams', 'v', '-show_entries', 'packet=flags'];
  const [ownFlv, flvSource, ownAsf, asfSource, flvDuration, asfDuration, flvSeek, asfSeek] =
    await Promise.all([
      packets(flvFile),
      packets(bbbPath),
      packets(asfFile),
      packets(bbbAsfPath),
      probe(flvFile, ...format),
      probe(asfFile, ...format),
      probe(flvFile, ...at4, '-show_entries', 'packet=pts_time,flags,pos'),
      probe(asfFile, ...at4, '-show_entries', 'packet=pts_time,flags,pos'),
    ]);
  expect(ownFlv).toBe(flvSource);
  expect(ownAsf).toBe(asfSource);
  expect(Number(flvDuration.split(',')[1])).toBeCloseTo(flv.durationMs / 1000, 1);
  expect(Number(asfDuration.split(',')[1])).toBeCloseTo(asf.durationMs / 1000, 1);

  for (const [recording, found] of [
    [flv, flvSeek],
    [asf, asfSeek],
  ] as const) {
    const { offsets } = await scene.link.index(recording.key);
    const [, seconds, position, flags] = found.trim().split(',');
    expect(flags).toContain('K');
    expect(Number(seconds)).toBeLessThanOrEqual(4.6);
    expect(Number(seconds)).toBeGreaterThan(1);
    expect([...offsets]).toContain(Number(position));
  }

  const mp4 = join(folder.path, 'made.mp4');
  await using made = runTool('ffmpeg', [
    '-v',
    'error',
    '-i',
    flvFile,
    '-c',
    'copy',
    '-movflags',
    '+faststart',
    mp4,
  ]);
  await made.output;
  const copied = [
    '-show_packets',
    '-select_streams',
    'v',
    '-show_entries',
    'packet=size,data_hash',
    '-show_data_hash',
    'md5',
  ];
  expect(await probe(mp4, ...copied)).toBe(await probe(flvFile, ...copied));

  const next = await recordAll(scene.link, flvFrames, { stream: 'live/flv', run: flv.run });
  const parts = [flv, next].map(({ id }) => join(folder.path, 'live/flv', `${id}.flv`));
  const list = join(folder.path, 'parts.txt');
  writeFileSync(list, parts.map((part) => `file '${part}'\n`).join(''));
  const joined = join(folder.path, 'joined.mp4');
  const input = ['-f', 'concat', '-safe', '0', '-i', list];
  await using concat = runTool('ffmpeg', ['-v', 'error', ...input, '-c', 'copy', joined]);
  await concat.output;
  const [, seconds] = (await probe(joined, ...format)).split(',');
  expect(Number(seconds)).toBeCloseTo((2 * flv.durationMs) / 1000, 0);
}, 60_000);
