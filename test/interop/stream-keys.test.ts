import { expect, test } from 'vitest';
import { probeFlv } from '../support/probe.ts';
import {
  playWithFfmpeg,
  playWithRtmp2Src,
  playWithRtmpdump,
  publishers,
  publishWithFfmpeg,
} from '../support/real-clients.ts';
import { startRelay } from '../support/start-relay.ts';

// One URL is split in a different place by each client; all of them must meet on one stream.
test.for([
  { path: 'live/cam1', key: 'live/cam1' },
  { path: 'live/_definst_/cam1', key: 'live/cam1' },
  { path: 'myApp/_definst_/ab/cd/ef/v.flv', key: 'myApp/ab/cd/ef/v' },
  { path: 'myApp/flv:ab/cd.flv', key: 'myApp/ab/cd' },
  { path: 'myApp/_definst_/mp4:ab/cd.mp4', key: 'myApp/ab/cd' },
  { path: 'a/b/c/d', key: 'a/b/c/d' },
  { path: 'live/cam1?token=x/y', key: 'live/cam1' },
  { path: 'live/cam1?token=x&start=live', key: 'live/cam1' },
])('every client means $key by /$path', async ({ path, key }) => {
  await using relay = await startRelay();
  const url = relay.rtmpUrl(path);
  await using tools = new AsyncDisposableStack();
  const players = [
    tools.use(playWithFfmpeg(url)),
    tools.use(playWithRtmpdump(url)),
    tools.use(playWithRtmp2Src(url)),
    tools.use(playWithFfmpeg(relay.rtmpUrl(key))),
  ];
  await relay.log.waitFor('play', { stream: key }, { count: players.length });
  let published = 0;
  for (const publish of Object.values(publishers)) {
    await using publisher = publish(url, { seconds: 1 });
    await relay.published(key, ++published);
    await publisher.output;
  }
  for (const player of players) {
    await player.output;
    expect((await probeFlv(player.stdoutBuffer)).codecs).toEqual(['aac', 'h264']);
  }
  expect(relay.log.find('publish')).toHaveLength(published);
});

test('a publisher whose query is part of the server, as in OBS, and players that do not send it meet', async () => {
  await using relay = await startRelay();
  await using player = playWithFfmpeg(relay.rtmpUrl('live/cam1'));
  const options = ['-a', 'live?k=1', '-y', 'cam1'];
  await using dump = playWithRtmpdump(relay.rtmpUrl(''), ...options);
  await relay.log.waitFor('play', { stream: 'live/cam1' }, { count: 2 });
  const protocolOptions = ['-rtmp_app', 'live?k=1', '-rtmp_playpath', 'cam1'];
  await using publisher = publishWithFfmpeg(relay.rtmpUrl('live'), { seconds: 1, protocolOptions });
  await relay.published('live/cam1');
  await publisher.output;
  for (const tool of [player, dump]) {
    await tool.output;
    expect((await probeFlv(tool.stdoutBuffer)).codecs).toEqual(['aac', 'h264']);
  }
});

test('keys are case-sensitive', async () => {
  await using relay = await startRelay({ play: { waitMs: 200 } });
  await using publisher = publishWithFfmpeg(relay.rtmpUrl('live/Cam'), { realTime: true });
  await relay.published('live/Cam');
  await using player = playWithFfmpeg(relay.rtmpUrl('live/cam'));
  expect((await player.exited).code).not.toBe(0);
  expect(player.stderr).toContain('there is no stream live/cam');
  await publisher.stop();
});
