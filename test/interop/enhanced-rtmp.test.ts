import { expect, test } from 'vitest';
import { audio, avcC, enhancedScenarios, hvcC, video } from '../support/enhanced-media.ts';
import { flvTags } from '../support/media.ts';
import { playWithRtmpdump } from '../support/real-clients.ts';
import { startRelay } from '../support/start-relay.ts';
import type { MediaMessage } from '../support/test-client.ts';
import { TestPlayer } from '../support/test-player.ts';
import { TestPublisher } from '../support/test-publisher.ts';

test.for(enhancedScenarios)(
  '$name passes byte for byte, and a late joiner can begin',
  async ({ headers, before, group }) => {
    await using relay = await startRelay();
    const port = relay.port('rtmp');
    await using player = TestPlayer.play(port, 'live/a');
    await using rtmpdump = playWithRtmpdump(relay.rtmpUrl('live/a'), '--live');
    await relay.log.waitFor('play', { stream: 'live/a' }, { count: 2 });
    await using publisher = await TestPublisher.start(port, 'live/a');
    publisher.sendMedia(...headers, ...before);
    await player.mediaOf(headers.length + before.length); // one who waits begins at the last keyframe of a batch
    publisher.sendMedia(...group);
    const sent = [...headers, ...before, ...group];
    expect(await player.mediaOf(sent.length)).toEqual(sent);

    await using late = TestPlayer.play(port, 'live/a');
    const atKeyframe = headers.map((header) => ({ ...header, timestamp: group[0]?.timestamp ?? 0 }));
    expect(await late.mediaOf(atKeyframe.length + group.length)).toEqual([...atKeyframe, ...group]);

    const next: MediaMessage = { ...(group[0] as MediaMessage), timestamp: 200 };
    publisher.sendMedia(next);
    await publisher.finish();
    await late.ended;
    expect(late.media.at(-1)).toEqual(next);

    await rtmpdump.output; // leaves out messages of a few bytes, changes none
    const dumped = flvTags(rtmpdump.stdoutBuffer).filter(({ type }) => type !== 18);
    const long = [...sent, next].filter(({ payload }) => payload.length > 12);
    expect(
      dumped
        .map(({ type, timestamp, payload }) => ({ type, timestamp, payload }))
        .filter(({ payload }) => payload.length > 12),
    ).toEqual(long);
  },
);

test('packet types that are not defined yet pass and do not end the session', async () => {
  await using relay = await startRelay();
  const port = relay.port('rtmp');
  const messages = [
    video(0, `90 'hvc1' ${hvcC}`),
    video(0, "91 'hvc1' 00 00 00 00 00 00 01 26"),
    video(10, "9d 'hvc1' 01 02 03"), // VideoPacketType 13
    audio(10, "9e 'Opus' 01 02 03"),
    video(20, 'd0 00'), // a video command: start of client-side seek
    video(30, '96 f1'), // a multitrack type that is reserved, cut short
    video(40, "a3 'hvc1' 00 00 00 01 02"),
  ];
  await using player = TestPlayer.play(port, 'live/a');
  await relay.log.waitFor('play', { stream: 'live/a' });
  await using publisher = await TestPublisher.start(port, 'live/a');
  publisher.sendMedia(...messages);
  expect(await player.mediaOf(messages.length)).toEqual(messages);
});

test('a header that changes mid-stream reaches players that are there and those that join', async () => {
  await using relay = await startRelay();
  const port = relay.port('rtmp');
  const first = [video(0, `90 'avc1' ${avcC}`), video(0, "91 'avc1' 00 00 00 00 00 00 01 65")];
  const second = [video(40, `90 'hvc1' ${hvcC}`), video(40, "91 'hvc1' 00 00 00 00 00 00 01 26")];
  await using player = TestPlayer.play(port, 'live/a');
  await relay.log.waitFor('play', { stream: 'live/a' });
  await using publisher = await TestPublisher.start(port, 'live/a');
  publisher.sendMedia(...first);
  await player.mediaOf(2);
  publisher.sendMedia(...second);
  expect(await player.mediaOf(4)).toEqual([...first, ...second]);
  await using late = TestPlayer.play(port, 'live/a');
  expect(await late.mediaOf(2)).toEqual(second);
});
