import { expect, test } from 'vitest';
import { startHashing } from '../support/probe.ts';
import {
  playWithFfmpeg,
  playWithRtmp2Src,
  playWithRtmpdump,
  publishWithFfmpeg,
  publishWithRtmp2Sink,
  publishWithRtmpSink,
} from '../support/real-clients.ts';
import type { RunningTool } from '../support/run-tool.ts';
import { startRelay } from '../support/start-relay.ts';

async function expectFailure(tool: RunningTool, sentence: string): Promise<void> {
  expect((await tool.exited).code).not.toBe(0);
  expect(tool.stderr).toContain(sentence);
}

test('a publisher whose address is not allowed reads which setting says so', async () => {
  await using relay = await startRelay({ access: { publish: [] } });
  const sentence =
    "publishing is not allowed from 127.0.0.1: the server's setting access.publish does not list it";
  await using ffmpeg = publishWithFfmpeg(relay.rtmpUrl('live/a'));
  await expectFailure(ffmpeg, sentence);
  await using rtmp2sink = publishWithRtmp2Sink(relay.rtmpUrl('live/a'));
  await expectFailure(rtmp2sink, sentence);
  await using rtmpsink = publishWithRtmpSink(relay.rtmpUrl('live/a'));
  expect((await rtmpsink.exited).code).not.toBe(0);
  expect(await relay.metric('streampump_rejected_total{reason="access"}')).toBe(3);
});

test('a player whose address is not allowed reads which setting says so', async () => {
  await using relay = await startRelay({ access: { play: ['10.0.0.0/8'] } });
  await using ffmpeg = playWithFfmpeg(relay.rtmpUrl('live/a'));
  await expectFailure(
    ffmpeg,
    "playing is not allowed from 127.0.0.1: the server's setting access.play does not list it",
  );
});

test('a player of a stream that does not come is told so after play.waitMs', async () => {
  await using relay = await startRelay({ play: { waitMs: 300 } });
  const url = relay.rtmpUrl('live/none');
  await using ffmpeg = playWithFfmpeg(url);
  await using rtmpdump = playWithRtmpdump(url);
  await using rtmp2src = playWithRtmp2Src(url);
  await expectFailure(ffmpeg, 'there is no stream live/none, and none came in time');
  await expectFailure(rtmpdump, 'NetStream.Play.StreamNotFound');
  await expectFailure(rtmp2src, 'there is no stream live/none, and none came in time');
  expect(await relay.metric('streampump_disconnected_players_total{reason="not-found"}')).toBe(3);
});

test('a stream that no entry in streams matches is refused to publishers and players', async () => {
  await using relay = await startRelay({ streams: [{ match: 'live/**', source: { type: 'push' } }] });
  const sentence = 'there is no stream other/a on this server: no entry in streams matches';
  await using publisher = publishWithFfmpeg(relay.rtmpUrl('other/a'));
  await using player = playWithFfmpeg(relay.rtmpUrl('other/a'));
  await expectFailure(publisher, sentence);
  await expectFailure(player, sentence);
});

test('a stream that is pulled cannot be published', async () => {
  const source = { type: 'pull', urls: ['rtmp://127.0.0.1:1/{key}'] };
  await using relay = await startRelay({ streams: [{ match: '**', source }] });
  await using publisher = publishWithFfmpeg(relay.rtmpUrl('live/a'));
  await expectFailure(publisher, 'stream live/a is pulled from another server: it cannot be published here');
});

test('a name that is no stream key is refused with the reason', async () => {
  await using relay = await startRelay();
  await using ffmpeg = publishWithFfmpeg(relay.rtmpUrl('live/../a'));
  await expectFailure(ffmpeg, 'the stream key is not valid: it has a ".." segment');
});

test('a full server says so', async () => {
  await using relay = await startRelay({ limits: { sessions: 1 } });
  await using _waiting = startHashing(relay.rtmpUrl('live/a'));
  await relay.log.waitFor('play', { stream: 'live/a' });
  await using publisher = publishWithFfmpeg(relay.rtmpUrl('live/a'));
  await expectFailure(publisher, 'the server is full: it has 1 sessions');
  await using player = playWithRtmp2Src(relay.rtmpUrl('live/a'));
  await expectFailure(player, 'the server is full: it has 1 sessions');
  expect(await relay.metric('streampump_rejected_total{reason="session-limit"}')).toBe(2);
});
