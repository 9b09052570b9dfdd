import { expect, test } from 'vitest';
import { bbbPath } from '../support/media.ts';
import {
  contentOf,
  type HashedFrame,
  hashFile,
  hashFlv,
  readHashes,
  startHashing,
} from '../support/probe.ts';
import { playWithRtmpdump, publishWithFfmpeg } from '../support/real-clients.ts';
import { startRelay } from '../support/start-relay.ts';

/** A line of framemd5 for a video frame of at least 1 s. */
const oneSecondIn = /^0, +1\d\d\d,/m;

function expectRisingTimes(frames: readonly HashedFrame[]): void {
  const times = frames.map(({ dtsMs }) => dtsMs);
  expect(times).toEqual([...new Set(times)].sort((a, b) => a - b));
}

test.concurrent('players stay while a publisher is killed and comes back; when it ends well, so do they', async () => {
  await using relay = await startRelay();
  const url = relay.rtmpUrl('live/a');
  await using ffmpeg = startHashing(url);
  await using rtmpdump = playWithRtmpdump(url);
  await relay.log.waitFor('play', { stream: 'live/a' }, { count: 2 });
  await using first = publishWithFfmpeg(url, { realTime: true });
  await ffmpeg.waitForStdout(oneSecondIn);
  await first.stop('SIGKILL');
  await relay.log.waitFor('unpublish', { stream: 'live/a', reason: 'closed' });

  await using second = publishWithFfmpeg(url, { realTime: true, seconds: 2 });
  await second.output;
  const source = await hashFile(bbbPath);
  await rtmpdump.output;
  for (const played of [readHashes(await ffmpeg.output), await hashFlv(rtmpdump.stdoutBuffer)]) {
    expectRisingTimes(played.video);
    expectRisingTimes(played.audio);
    const [keyframe = '', ...rest] = contentOf(source.video);
    const content = contentOf(played.video);
    const joint = content.lastIndexOf(keyframe); // where the second one took over
    expect(joint).toBeGreaterThan(20);
    expect(content.slice(0, joint)).toEqual([keyframe, ...rest].slice(0, joint));
    expect(content.slice(joint)).toEqual([keyframe, ...rest].slice(0, content.length - joint));
    expect(content.length - joint).toBeGreaterThan(40);
  }
  expect(relay.log.find('play')).toHaveLength(2); // nobody had to come again
});

test.concurrent('a second publisher takes a stream over from one that hangs, players go on', async () => {
  await using relay = await startRelay();
  const url = relay.rtmpUrl('live/a');
  await using player = startHashing(url);
  await relay.log.waitFor('play', { stream: 'live/a' });
  await using hung = publishWithFfmpeg(url, { realTime: true });
  await player.waitForStdout(oneSecondIn);
  hung.kill('SIGSTOP');

  await using second = publishWithFfmpeg(url, { seconds: 2 });
  await relay.published('live/a', 2);
  hung.kill('SIGCONT');
  await second.output;
  const { video, audio } = readHashes(await player.output);
  expectRisingTimes(video);
  expectRisingTimes(audio);
  expect(video.length).toBeGreaterThan(25 + 40);
  expect((await hung.exited).code).not.toBe(0);
  expect(hung.stderr).toContain('live/a was taken over by another publisher');
});

test.concurrent('with publish.onConflict "reject" the second publisher reads why not, the first goes on', async () => {
  await using relay = await startRelay({ publish: { onConflict: 'reject' } });
  const url = relay.rtmpUrl('live/a');
  await using player = startHashing(url);
  await relay.log.waitFor('play', { stream: 'live/a' });
  await using first = publishWithFfmpeg(url, { realTime: true, seconds: 3 });
  await player.waitForStdout(oneSecondIn);
  await using second = publishWithFfmpeg(url);
  expect((await second.exited).code).not.toBe(0);
  expect(second.stderr).toContain('stream live/a is already being published');
  expect(await relay.metric('streampump_rejected_total{reason="conflict"}')).toBe(1);
  await first.output;
  const { video } = readHashes(await player.output);
  expect(video.length).toBeGreaterThanOrEqual(70);
});
