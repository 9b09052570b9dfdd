import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { bbbPath, bbbTags, flvTags } from '../support/media.ts';
import { contentOf, type HashedFrame, hashFile, readHashes, startHashing } from '../support/probe.ts';
import { playWithRtmpdump } from '../support/real-clients.ts';
import { startRelay } from '../support/start-relay.ts';
import type { MediaMessage } from '../support/test-client.ts';
import { TestPlayer } from '../support/test-player.ts';
import { TestPublisher } from '../support/test-publisher.ts';

/** Audio and video of the test media, `startMs` later; timestamps wrap at 2^32. */
function mediaFrom(startMs: number): MediaMessage[] {
  return bbbTags().map(({ type, timestamp, payload }) => ({
    type,
    timestamp: (startMs + timestamp) >>> 0,
    payload,
  }));
}

/** The frames without the sequence headers: type, timestamp and hash, as text that a failed comparison can show. */
function framesOf(messages: readonly MediaMessage[]): string[] {
  return messages
    .filter(({ type, payload }) => (type === 8 || type === 9) && payload[1] === 1)
    .map(({ type, timestamp, payload }) => {
      return `${type} ${timestamp} ${payload.length} ${createHash('md5').update(payload).digest('hex')}`;
    });
}

/** Asserts that a player got every frame from the keyframe at this time to the end. */
function expectAllFrom(
  keyframeMs: number,
  received: readonly MediaMessage[],
  sent: readonly MediaMessage[],
): void {
  const all = framesOf(sent);
  const start = all.findIndex((frame) => frame.startsWith(`9 ${keyframeMs >>> 0} `));
  const got = framesOf(received);
  expect(got.slice(got.indexOf(all[start] ?? ''))).toEqual(all.slice(start));
}

const firstKeyframeMs = 80;
const lastKeyframeMs = 8280;

const starts = [
  { name: 'begins beyond 0xFFFFFF ms (4.66 hours)', startMs: 0xffffff + 1000 },
  { name: 'begins beyond 2^31 ms (24.9 days)', startMs: 2 ** 31 + 1000 },
  { name: 'crosses 0xFFFFFF ms', startMs: 0xffffff - 5000 },
  { name: 'crosses 2^31 ms', startMs: 2 ** 31 - 5000 },
  { name: 'wraps at 2^32 ms (49.7 days)', startMs: 2 ** 32 - 5000 },
];

test.for(starts)(
  'a stream that $name reaches players with the timestamps that were sent',
  async ({ startMs }) => {
    await using relay = await startRelay();
    const media = mediaFrom(startMs);
    await using player = TestPlayer.play(relay.port('rtmp'), 'live/a');
    await using rtmpdump = playWithRtmpdump(relay.rtmpUrl('live/a'), '--live');
    await using ffmpeg = startHashing(relay.rtmpUrl('live/a'));
    await relay.log.waitFor('play', { stream: 'live/a' }, { count: 3 });
    await using publisher = await TestPublisher.start(relay.port('rtmp'), 'live/a');

    // No two keyframes at once: a batch that has several begins with the last one for who waits.
    const lastSecond = media.slice(-70);
    let rest = media.slice(0, -70);
    for (const untilMs of [2000, 5000, 8000, 10_000]) {
      const step = rest.filter(({ timestamp }) => (timestamp - startMs) >>> 0 < untilMs);
      rest = rest.slice(step.length);
      publisher.sendMedia(...step);
      await player.waitFor(({ timestamp }) => timestamp === step.at(-1)?.timestamp);
    }
    // A player that joins behind the line.
    await using late = TestPlayer.play(relay.port('rtmp'), 'live/a');
    await late.started;
    publisher.sendMedia(...lastSecond);
    await publisher.finish();
    await Promise.all([player.ended, late.ended]);

    expectAllFrom(startMs + firstKeyframeMs, player.media, media);
    expectAllFrom(startMs + lastKeyframeMs, late.media, media);
    const startOfLate = late.media
      .slice(0, 3)
      .map(({ type, timestamp, payload }) => [type, payload[1], timestamp]);
    const lastKeyframeAt = (startMs + lastKeyframeMs) >>> 0;
    expect(startOfLate).toEqual([
      [9, 0, lastKeyframeAt],
      [8, 0, lastKeyframeAt],
      [9, 1, lastKeyframeAt],
    ]);

    // What others make of the same bytes.
    await rtmpdump.output;
    expectAllFrom(startMs + firstKeyframeMs, flvTags(rtmpdump.stdoutBuffer), media);
    const played = readHashes(await ffmpeg.output);
    const source = await hashFile(bbbPath);
    expect(contentOf(played.video)).toEqual(contentOf(source.video));
    const timesOf = (frames: readonly HashedFrame[], startMs: number): number[] =>
      frames.map(({ dtsMs }) => (startMs + dtsMs) >>> 0); // where they wrap ffmpeg counts from below 0
    expect(timesOf(played.video, 0)).toEqual(timesOf(source.video, startMs));
  },
);

test('a message of several chunks keeps an extended timestamp', async () => {
  await using relay = await startRelay();
  const keyframe = Buffer.concat([Buffer.from('1701000000', 'hex'), Buffer.alloc(200_000, 0x5a)]);
  const interFrame = Buffer.concat([Buffer.from('2701000000', 'hex'), Buffer.alloc(70_000, 0xa5)]);
  const header = Buffer.from('1700000000014d401effe1', 'hex');
  const media: MediaMessage[] = [
    { type: 9, timestamp: 2 ** 31 + 7, payload: header },
    { type: 9, timestamp: 2 ** 31 + 7, payload: keyframe },
    { type: 9, timestamp: 2 ** 31 + 47, payload: interFrame },
  ];
  await using player = TestPlayer.play(relay.port('rtmp'), 'live/a');
  await using rtmpdump = playWithRtmpdump(relay.rtmpUrl('live/a'), '--live');
  await relay.log.waitFor('play', { stream: 'live/a' }, { count: 2 });
  await using publisher = await TestPublisher.start(relay.port('rtmp'), 'live/a');
  publisher.sendMedia(...media);
  await publisher.finish();
  await player.ended;
  await rtmpdump.output;
  expect(player.media).toEqual(media);
  expect(framesOf(flvTags(rtmpdump.stdoutBuffer))).toEqual(framesOf(media));
});
