import { expect, test } from 'vitest';
import { bbbPath } from '../support/media.ts';
import { contentOf, hashFile, readHashes, startHashing } from '../support/probe.ts';
import { publishWithFfmpeg } from '../support/real-clients.ts';
import { startRelay } from '../support/start-relay.ts';
import { TestPlayer } from '../support/test-player.ts';
import { startTinyproxy } from '../support/tinyproxy.ts';

test('RTMP and WebSocket go through a tunnel of the proxy, HTTP by whole URLs; forwards, too', async () => {
  await using stack = new AsyncDisposableStack();
  const proxy = stack.use(await startTinyproxy());
  const parent = stack.use(await startRelay());
  const [rtmp, http] = [parent.port('rtmp'), parent.port('http')];
  const pull = (match: string, url: string) => ({ match, source: { type: 'pull', urls: [url] } });
  const child = stack.use(
    await startRelay({
      proxy: { url: proxy.url, bypass: [] },
      streams: [
        pull('http/*', `http://127.0.0.1:${http}/live/{name}.flv`),
        pull('ws/*', `ws://127.0.0.1:${http}/live/{name}.flv`),
        pull('rtmp/*', `rtmp://127.0.0.1:${rtmp}/live/{name}`),
      ],
    }),
  );
  const forward = [`rtmp://127.0.0.1:${rtmp}/live/{name}`];
  const source = stack.use(
    await startRelay({
      proxy: { url: proxy.url, bypass: [] },
      streams: [{ match: '**', source: { type: 'push' }, forward }],
    }),
  );
  const players = ['http/a', 'ws/a', 'rtmp/a'].map((key) => stack.use(startHashing(child.rtmpUrl(key))));
  for (const count of [1, 2, 3]) await parent.log.waitFor('play', { stream: 'live/a' }, { count });
  const publisher = stack.use(publishWithFfmpeg(source.rtmpUrl('up/a'), { realTime: true, seconds: 4 }));
  await publisher.output;
  await parent.log.waitFor('publish', { stream: 'live/a' });
  const published = await hashFile(bbbPath);
  for (const player of players) {
    const played = readHashes(await player.output);
    expect(played.video.length).toBeGreaterThan(90);
    expect(contentOf(played.video)).toEqual(contentOf(published.video).slice(0, played.video.length));
  }
  expect(proxy.requests).toContain(`CONNECT 127.0.0.1:${rtmp} HTTP/1.1`);
  expect(proxy.requests).toContain(`CONNECT 127.0.0.1:${http} HTTP/1.1`);
  expect(proxy.requests).toContain(`GET http://127.0.0.1:${http}/live/a.flv HTTP/1.1`);
  const shown = JSON.stringify([
    child.log.lines,
    (await child.relay.upstreams({ limit: 100 })).items,
    source.log.lines,
  ]);
  expect(shown).not.toMatch(/sesame|tester/);
}, 60_000);

test.for([
  { scheme: 'rtmp', says: /does not connect to 127\.0\.0\.1 port \d+: 403 Access violation/ },
  { scheme: 'ws', says: /does not connect to 127\.0\.0\.1 port \d+: 403 Access violation/ },
])('what the proxy says when it refuses a tunnel for $scheme is logged', async ({ scheme, says }) => {
  await using proxy = await startTinyproxy([1]);
  const streams = [{ match: '**', source: { type: 'pull', urls: [`${scheme}://127.0.0.1:9/live/{name}`] } }];
  await using child = await startRelay({ proxy: { url: proxy.url, bypass: [] }, streams });
  await using _player = TestPlayer.play(child.port('rtmp'), 'live/a');
  const { text } = await child.log.waitFor('upstream');
  expect(text).toMatch(says);
});

test('a proxy that is told a wrong password is named, the password is not', async () => {
  await using proxy = await startTinyproxy();
  const pull = (match: string, url: string) => ({ match, source: { type: 'pull', urls: [url] } });
  const streams = [pull('http/*', 'http://127.0.0.1:9/a.flv'), pull('ws/*', 'ws://127.0.0.1:9/a.flv')];
  const url = `http://tester:wrong-word@127.0.0.1:${proxy.port}`;
  await using child = await startRelay({ proxy: { url, bypass: [] }, streams });
  for (const key of ['http/a', 'ws/a']) {
    await using _player = TestPlayer.play(child.port('rtmp'), key);
    const { text } = await child.log.waitFor('upstream', { stream: key });
    expect(text).toMatch(/(?:407 Proxy Authentication Required|401 Unauthorized)/);
  }
  expect(JSON.stringify(child.log.lines)).not.toContain('wrong-word');
});
