import { expect, test } from 'vitest';
import { curl, type TagLike, tagWord } from '../support/http-client.ts';
import { bbbPath, flvTags } from '../support/media.ts';
import {
  contentOf,
  framesFrom,
  hashFile,
  hashFlv,
  probeFlv,
  readHashes,
  readProbe,
  startHashing,
  startProbe,
} from '../support/probe.ts';
import { playWithRtmpdump, publishWithFfmpeg } from '../support/real-clients.ts';
import { type RunningTool, runTool } from '../support/run-tool.ts';
import { startRelay } from '../support/start-relay.ts';
import { TestPlayer } from '../support/test-player.ts';
import { WsClient } from '../support/ws-client.ts';

/** GStreamer takes the stream apart and puts it together again. */
function playWithSoup(url: string): RunningTool {
  const pipeline = `souphttpsrc location=${url} ! flvdemux name=demux
    demux.video ! queue ! h264parse ! mux.video
    demux.audio ! queue ! aacparse ! mux.audio
    flvmux name=mux streamable=true ! fdsink fd=1`;
  return runTool('gst-launch-1.0', ['-q', ...pipeline.split(/\s+/)]);
}

test('ffprobe, ffmpeg, curl and GStreamer play what ffmpeg publishes over RTMP', async () => {
  await using relay = await startRelay();
  await using tools = new AsyncDisposableStack();
  const url = relay.flvUrl('live/a');
  const ffprobe = tools.use(startProbe(url));
  const ffmpeg = tools.use(startHashing(url));
  const gstreamer = tools.use(playWithSoup(url));
  const fetched = [tools.use(curl(url)), tools.use(curl('--http1.0', url))];
  await relay.log.waitFor('play', { stream: 'live/a' }, { count: 5 });
  await using publisher = publishWithFfmpeg(relay.rtmpUrl('live/a'));
  await publisher.output;

  const source = await hashFile(bbbPath);
  const { codecs, firstVideo } = await readProbe(ffprobe);
  expect(codecs).toEqual(['aac', 'h264']);
  expect(firstVideo).toMatchObject({ isKey: true, ptsMs: 80 });
  const played = readHashes(await ffmpeg.output);
  expect(contentOf(played.video)).toEqual(contentOf(source.video));
  expect(contentOf(played.audio)).toEqual(contentOf(framesFrom(played.audio[0], source.audio)));
  for (const tool of fetched) {
    await tool.output; // exit code 0: the end of the stream is a clean end
    expect(contentOf((await hashFlv(tool.stdoutBuffer)).video)).toEqual(contentOf(source.video));
  }
  await gstreamer.output;
  const probed = await probeFlv(gstreamer.stdoutBuffer);
  expect(probed.codecs).toEqual(['aac', 'h264']);
  expect(probed.packets.filter(({ kind }) => kind === 'video')).toHaveLength(source.video.length);
});

/** What came from the first coded frame of video on, in words. */
function fromFirstPicture(tags: readonly TagLike[]): string[] {
  return tags.slice(tags.findIndex(({ type, payload }) => type === 9 && payload[1] === 1)).map(tagWord);
}

test('captures of one stream are byte-equal from their first common tag on, and hold what an RTMP player got', async () => {
  await using relay = await startRelay();
  await using publisher = publishWithFfmpeg(relay.rtmpUrl('live/a'), { realTime: true, seconds: 9 });
  await relay.published('live/a');
  await using rtmpdump = playWithRtmpdump(relay.rtmpUrl('live/a'), '--live');
  await using rtmp = TestPlayer.play(relay.port('rtmp'), 'live/a');
  await using first = curl(relay.flvUrl('live/a'));
  await using webSocket = await WsClient.open(relay.wsUrl('live/a'));
  await rtmp.mediaOf(150);
  await using second = curl(relay.flvUrl('live/a'));
  await publisher.output;
  await Promise.all([first.output, second.output, rtmpdump.exited, rtmp.ended, webSocket.closed]);

  const captures = [first.stdoutBuffer, second.stdoutBuffer, Buffer.concat(webSocket.messages)];
  // From the later one's first coded tag on: metadata and sequence headers in front take the time of the start.
  const [earlier, later] = captures as [Buffer, Buffer];
  const firstVideo = flvTags(later).find(({ type, payload }) => type === 9 && payload[1] === 1);
  const tail = later.subarray(firstVideo?.offset);
  expect(tail.length).toBeGreaterThan(10_000);
  expect(tail.length).toBeLessThan(earlier.length);
  for (const capture of captures) expect(capture.subarray(-tail.length).equals(tail)).toBe(true);

  // Whichever of the two came first may have sound before the first picture, the other headers in its place.
  const media = fromFirstPicture(flvTags(earlier).filter(({ type }) => type !== 18));
  const received = fromFirstPicture(rtmp.media);
  expect(received.length).toBeGreaterThan(150);
  expect(received.slice(-media.length)).toEqual(media.slice(-received.length));
  expect(contentOf((await hashFlv(rtmpdump.stdoutBuffer)).video).slice(-50)).toEqual(
    contentOf((await hashFlv(earlier)).video).slice(-50),
  );
});

// Keyframes of the test media are at 80, 3080, 5360 and 8280 ms.
test('who joins late starts with metadata, sequence headers and a keyframe; ?start=live with the next one', async () => {
  await using relay = await startRelay();
  await using early = TestPlayer.play(relay.port('rtmp'), 'live/a');
  await using publisher = publishWithFfmpeg(relay.rtmpUrl('live/a'), { realTime: true, seconds: 4.5 });
  await early.waitFor(({ timestamp }) => timestamp > 1500);
  await using late = curl(relay.flvUrl('live/a'));
  await using live = curl(relay.flvUrl('live/a?start=live'));
  await publisher.output;
  await Promise.all([late.output, live.output]);

  const starts = [late, live].map(({ stdoutBuffer }) => {
    const tags = flvTags(stdoutBuffer);
    const script = tags[0]?.payload.toString('latin1', 3, 13);
    const coded = tags.findIndex(({ type, payload }) => type === 9 && payload[1] === 1);
    const headers = tags.slice(1, coded).map(({ type, payload }) => `${type}:${payload[1]}`);
    const { timestamp, payload } = tags[coded] ?? {};
    return { script, headers: headers.sort(), timestamp, isKeyframe: payload?.[0] === 0x17 };
  });
  const expected = { script: 'onMetaData', headers: ['8:0', '9:0'], isKeyframe: true };
  expect(starts).toEqual([
    { ...expected, timestamp: 80 },
    { ...expected, timestamp: 3080 },
  ]);
  const source = await hashFile(bbbPath);
  const { video } = await hashFlv(late.stdoutBuffer);
  expect(contentOf(video)).toEqual(contentOf(framesFrom(video[0], source.video)).slice(0, video.length));
  expect(video.length).toBeGreaterThan(100);
});

test('curl tells the end of the stream from a cut: 0 and 18', async () => {
  const relay = await startRelay();
  await using _relay = relay;
  await using ended = curl(relay.flvUrl('live/a'));
  await relay.log.waitFor('play');
  await using publisher = publishWithFfmpeg(relay.rtmpUrl('live/a'), { seconds: 2 });
  await publisher.output;
  expect(await ended.exited).toEqual({ code: 0, signal: null });

  await using _endless = publishWithFfmpeg(relay.rtmpUrl('live/b'), { realTime: true });
  await using cut = curl(relay.flvUrl('live/b'));
  await cut.waitForStdout(/FLV/);
  await relay.relay.close();
  expect(await cut.exited).toEqual({ code: 18, signal: null });
  expect(cut.stderr).toContain('outstanding read data remaining');
});

test('players stay while the publisher comes back, and go on with one file', async () => {
  await using relay = await startRelay();
  await using fetched = curl(relay.flvUrl('live/a'));
  await relay.log.waitFor('play');
  await using first = publishWithFfmpeg(relay.rtmpUrl('live/a'), { realTime: true });
  await fetched.waitForStdout(/FLV/);
  await first.stop('SIGKILL');
  await relay.log.waitFor('unpublish', { reason: 'closed' });
  await using second = publishWithFfmpeg(relay.rtmpUrl('live/a'), { seconds: 2 });
  await second.output;
  expect((await fetched.exited).code).toBe(0);
  const tags = flvTags(fetched.stdoutBuffer);
  const times = tags.filter(({ type }) => type === 9).map(({ timestamp }) => timestamp);
  expect(times).toEqual([...times].sort((a, b) => a - b));
  expect(fetched.stdoutBuffer.toString('latin1').split('FLV\u0001')).toHaveLength(2);
});

test.for([
  { config: { access: { play: [] } }, status: '403' },
  { config: { play: { waitMs: 50 } }, status: '404' },
])('curl -f fails with $status', async ({ config, status }) => {
  await using relay = await startRelay(config);
  await using tool = curl('-f', relay.flvUrl('live/a'));
  expect((await tool.exited).code).toBe(22);
  expect(tool.stderr).toContain(status);
});
