import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { bbbPath } from '../support/media.ts';
import {
  contentOf,
  framesFrom,
  hashFile,
  readHashes,
  readProbe,
  startHashing,
  startProbe,
} from '../support/probe.ts';
import { publishWithFfmpeg } from '../support/real-clients.ts';
import { type RelayProcess, startRelayProcess } from '../support/relay-process.ts';
import { publishPattern } from '../support/test-pattern.ts';
import { TestPlayer } from '../support/test-player.ts';

/** Origin, and two hops behind it, each made with one option. */
async function startChain(stack: AsyncDisposableStack): Promise<readonly RelayProcess[]> {
  const a = stack.use(await startRelayProcess());
  const b = stack.use(await startRelayProcess({ upstream: `rtmp://127.0.0.1:${a.rtmpPort}` }));
  const c = stack.use(await startRelayProcess({ upstream: `rtmp://127.0.0.1:${b.rtmpPort}` }));
  return [a, b, c];
}

test.concurrent('three hops away everything arrives: from a keyframe on, frame by frame, with its times', async () => {
  await using stack = new AsyncDisposableStack();
  const [a, , c] = await startChain(stack);
  if (a === undefined || c === undefined) throw new Error('no chain');
  const url = c.rtmpUrl('live/a');
  const early = stack.use(startHashing(url)); // waits for a stream that is yet to come
  await c.waitForLog(/waits for live\/a/);
  const publisher = stack.use(publishWithFfmpeg(a.rtmpUrl('live/a'), { realTime: true, seconds: 6 }));
  await early.waitForStdout(/^0, +1[0-9]\d\d,/m);
  const ffprobe = stack.use(startProbe(url));
  const late = stack.use(startHashing(url));
  await publisher.output;

  const { codecs, firstVideo } = await readProbe(ffprobe);
  expect(codecs).toEqual(['aac', 'h264']);
  expect(firstVideo).toEqual({ kind: 'video', ptsMs: 80, isKey: true }); // the cache of C has the keyframe group
  const all = readHashes(await early.output);
  const source = await hashFile(bbbPath);
  expect(all.video.length).toBeGreaterThan(140);
  expect(contentOf(all.video)).toEqual(contentOf(source.video).slice(0, all.video.length));
  expect(contentOf(all.audio)).toEqual(
    contentOf(framesFrom(all.audio[0], source.audio)).slice(0, all.audio.length),
  );
  expect(all.video.map(({ dtsMs }) => dtsMs)).toEqual(
    source.video.slice(0, all.video.length).map(({ dtsMs }) => dtsMs),
  );
  const joined = readHashes(await late.output);
  expect(joined.video).toEqual(all.video);
}, 40_000);

test.concurrent('a player at three hops waits for a stream that begins seconds later, and gets it at once', async () => {
  await using stack = new AsyncDisposableStack();
  const [a, b, c] = await startChain(stack);
  if (a === undefined || b === undefined || c === undefined) throw new Error('no chain');
  await using player = TestPlayer.play(c.rtmpPort, 'live/late');
  await a.waitForLog(/waits for live\/late/);
  await sleep(3000); // that is what is tested: all three wait
  stack.use(publishPattern(a.rtmpUrl('live/late')));
  await a.waitForLog(/publishes live\/late/);
  const publishedAt = performance.now();
  await player.mediaOf(20);
  expect(performance.now() - publishedAt).toBeLessThan(2500);
  const upstreams = [...(await b.upstreams()), ...(await c.upstreams())];
  const flowing = { stream: 'live/late', state: 'flowing', reconnects: 0 };
  expect(upstreams).toMatchObject([flowing, flowing]);
}, 40_000);
