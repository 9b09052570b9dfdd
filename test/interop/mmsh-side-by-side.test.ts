import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { contentOf, framesFrom, readHashes, startHashing } from '../support/probe.ts';
import { type RunningTool, runTool } from '../support/run-tool.ts';
import { TestCluster } from '../support/start-cluster.ts';
import { startRelay } from '../support/start-relay.ts';
import { packetBytesOf } from '../support/wms/asf-film.ts';
import { makeSource, pushWithFfmpeg, withoutRepeats } from '../support/wms/films.ts';
import { asfOf, fetchAsPlayer, readServed, type ServedPacket } from '../support/wms/served-packets.ts';
import { WmsEncoder } from '../support/wms/wms-encoder.ts';

/** A word for a packet: its number and its bytes. */
function wordOf({ id, locationId, afFlags, payload }: ServedPacket): string {
  return `${id} ${locationId} ${afFlags} ${createHash('md5').update(payload).digest('hex')}`;
}

/** The data packets that a player has got. */
async function dataOf(player: RunningTool): Promise<ServedPacket[]> {
  await player.output;
  return readServed(player.stdoutBuffer).filter(({ id }) => id === 'D');
}

test('with two workers, an encoder goes on at either, and players at both get the same bytes from a common packet on', async () => {
  await using stack = new AsyncDisposableStack();
  const source = stack.use(await makeSource({ seconds: 5 }));
  const cluster = stack.use(await TestCluster.start());
  const port = cluster.port('http');
  const url = `http://127.0.0.1:${port}/streams/a`;
  const options = { path: '/streams/a_push', contentLength: 60_000, reconnects: true, speed: 1.5 };
  const encoder = stack.use(await WmsEncoder.setUp({ port, ...options }));
  const { header, packets } = source.film;
  await encoder.sendHeader(header);
  await encoder.sendPackets(packets.slice(0, 40));
  const early = Array.from({ length: 8 }, () => stack.use(fetchAsPlayer(url)));
  await cluster.reaches('streampump_sessions{role="player",protocol="mmsh"}', 8);
  await encoder.sendPackets(packets.slice(40, 80));
  const late = Array.from({ length: 8 }, () => stack.use(fetchAsPlayer(url)));
  const ffmpeg = stack.use(startHashing(`mmsh://127.0.0.1:${port}/streams/a`));
  await cluster.reaches('streampump_sessions{role="player",protocol="mmsh"}', 17);
  await encoder.sendPackets(packets.slice(80));
  expect(encoder.answered).toBeGreaterThan(5);
  await encoder.end();

  const [longest = [], ...others] = (await Promise.all([...early, ...late].map(dataOf))).sort(
    (a, b) => b.length - a.length,
  );
  const all = longest.map(wordOf);
  for (const player of others) {
    const [, ...shared] = player.map(wordOf); // the first one is cut free of older frames
    expect(shared.length).toBeGreaterThan(20);
    expect(shared).toEqual(all.slice(-shared.length));
  }
  const { video } = readHashes(await ffmpeg.output);
  expect(contentOf(video)).toEqual(contentOf(framesFrom(video[0], source.frames.video)));
});

test('a player that takes nothing for a while loses whole packets, and goes on at a keyframe', async () => {
  await using stack = new AsyncDisposableStack();
  const source = stack.use(await makeSource({ seconds: 4, width: 640, bitRate: '8M' }));
  const relay = stack.use(await startRelay({ fanOut: { maxBacklogBytes: 2 ** 20, stallTimeoutMs: 60_000 } }));
  const url = `http://127.0.0.1:${relay.port('http')}/streams/a`;
  const ffmpeg = stack.use(pushWithFfmpeg(`${url}_push`, source.path, { times: 15, speed: 15 }));
  await relay.published('streams/a');
  const player = stack.use(fetchAsPlayer(url));
  await expect.poll(() => player.stdoutBuffer.length).toBeGreaterThan(0);
  player.kill('SIGSTOP');
  const dropped = 'streampump_stream_dropped_frames_total{stream="streams/a"}';
  await expect.poll(() => relay.metric(dropped), { timeout: 20_000 }).toBeGreaterThan(5);
  player.kill('SIGCONT');
  await Promise.all([ffmpeg.output, player.output]);

  const served = readServed(player.stdoutBuffer);
  const numbers = served.filter(({ id }) => id === 'D').map(({ locationId }) => locationId);
  const gaps = numbers.filter((number, index) => index > 0 && number !== (numbers[index - 1] ?? 0) + 1);
  expect(gaps.length).toBeGreaterThan(0);
  expect(numbers).toEqual([...numbers].sort((a, b) => a - b));
  const input = asfOf(served, packetBytesOf(source.film.header));
  const decoded = ['-i', '-', '-map', '0:v', '-fps_mode', 'passthrough', '-f', 'framemd5', '-'];
  const decoder = stack.use(runTool('ffmpeg', ['-v', 'error', ...decoded], { input }));
  const shown = withoutRepeats(readHashes(await decoder.output).video.map(({ hash }) => hash));
  expect(shown.length).toBeGreaterThan(100);
  const known = new Set(source.pictures);
  expect(shown.filter((picture) => !known.has(picture))).toEqual([]);
});
