import { expect, test } from 'vitest';
import { type Connect, connectStraight } from '../../../src/session/upstream/server-connector.ts';
import { media } from '../../support/fake-media.ts';
import { tagWord } from '../../support/http-client.ts';
import { startRelay, type TestRelay } from '../../support/start-relay.ts';
import { TestPlayer } from '../../support/test-player.ts';
import { TestPublisher } from '../../support/test-publisher.ts';
import { startTinyproxy } from '../../support/tinyproxy.ts';
import { openTunnel } from '../../support/tunnels.ts';

/** Connections that are lost after some answers, now and then in the middle of one. */
const losing: Connect = (to, onDone) =>
  connectStraight(to, (connected) => {
    if (connected instanceof Error) return onDone(connected);
    let pieces = 0;
    connected.on('data', () => {
      if (++pieces === 5) connected.destroy();
    });
    onDone(connected);
  });

const config = { http: { rtmpt: true } };

test('what is published by a tunnel is played by another one', async () => {
  await using relay = await startRelay(config);
  const port = relay.port('http');
  await using publisher = new TestPublisher(port, 'publish', 'live/a', await openTunnel(port));
  await publisher.started;
  await using player = new TestPlayer(port, 'play', 'live/a', await openTunnel(port));
  await relay.log.waitFor('play', { protocol: 'rtmpt' });
  const sent = media('VH1@0 AH1@0 K1@0 A1@10 P1@40');
  publisher.sendMedia(...sent);
  const got = await player.mediaOf(sent.length);
  expect(got.map(tagWord)).toEqual(sent.map(tagWord));
});

test('connections that are lost again and again cost nothing of what is published and played', async () => {
  await using relay = await startRelay(config);
  const port = relay.port('http');
  await using publisher = new TestPublisher(port, 'publish', 'live/a', await openTunnel(port, losing));
  await publisher.started;
  await using player = new TestPlayer(port, 'play', 'live/a', await openTunnel(port, losing));
  await relay.log.waitFor('play', { protocol: 'rtmpt' });
  const sent = media('VH1@0 AH1@0 K1@0');
  publisher.sendMedia(...sent);
  for (let i = 1; i <= 40; i++) {
    const next = media(`P${i}@${i * 10}`);
    sent.push(...next);
    publisher.sendMedia(...next);
    await player.mediaOf(sent.length);
  }
  expect(player.media.map(tagWord)).toEqual(sent.map(tagWord));
});

test('a relay pulls and forwards by tunnels, through a proxy where there is one', async () => {
  await using parent = await startRelay(config);
  await using proxy = await startTinyproxy();
  const at = (relay: TestRelay): string => `rtmpt://127.0.0.1:${relay.port('http')}`;
  await using child = await startRelay({
    ...config,
    proxy: { url: proxy.url, bypass: [] },
    streams: [
      { match: 'live/*', source: { type: 'pull', urls: [`${at(parent)}/{key}`] } },
      { match: 'own/*', source: { type: 'push' }, forward: [`${at(parent)}/copy/{name}`] },
    ],
  });
  const sent = media('VH1@0 AH1@0 K1@0 A1@10 P1@40');
  await using source = await TestPublisher.start(parent.port('rtmp'), 'live/a');
  source.sendMedia(...sent);
  await using own = await TestPublisher.start(child.port('rtmp'), 'own/b');
  own.sendMedia(...sent);
  await parent.published('copy/b');
  await using pulled = TestPlayer.play(child.port('rtmp'), 'live/a');
  await using forwarded = TestPlayer.play(parent.port('rtmp'), 'copy/b');
  for (const player of [pulled, forwarded])
    expect((await player.mediaOf(sent.length)).map(tagWord)).toEqual(sent.map(tagWord));
  expect(parent.log.find('play', { protocol: 'rtmpt', stream: 'live/a' })).toHaveLength(1);
  expect(parent.log.find('publish', { protocol: 'rtmpt', stream: 'copy/b' })).toHaveLength(1);
});

test('a server that does not speak it is left with a word', async () => {
  await using relay = await startRelay();
  const { message } = await openTunnel(relay.port('http')).then(
    () => new Error('it was opened'),
    (error: Error) => error,
  );
  expect(message).toBe('the server opens no session of RTMPT: it answers 404 (RTMPT_REFUSED)');
});
