import { expect, test } from 'vitest';
import { compare, Metronome } from '../support/metronome.ts';
import { pullAll } from '../support/relay-process.ts';
import { startRelay } from '../support/start-relay.ts';
import { TestPlayer } from '../support/test-player.ts';

test.for([
  { name: 'drain.reconnectUrl', hasUrl: true },
  { name: 'the next of its own URLs', hasUrl: false },
])('a relay that drains hands over to $name: no frame is lost, none comes twice', async ({ hasUrl }) => {
  await using stack = new AsyncDisposableStack();
  const origin = stack.use(await startRelay());
  const metronome = stack.use(await Metronome.start(origin.port('rtmp'), 'live/a'));
  const pullOrigin = pullAll([origin.rtmpUrl('{key}')]);
  const next = stack.use(await startRelay({ streams: pullOrigin }));
  const reconnectUrl = hasUrl ? `rtmp://127.0.0.1:${next.port('rtmp')}` : null;
  const leaving = stack.use(
    await startRelay({ streams: pullOrigin, drain: { reconnectUrl, timeoutMs: 20_000 } }),
  );
  const urls = [leaving, ...(hasUrl ? [] : [next])].map((relay) => relay.rtmpUrl('{key}'));
  const edge = stack.use(await startRelay({ streams: pullAll(urls) }));
  const player = stack.use(TestPlayer.play(edge.port('rtmp'), 'live/a'));
  await player.mediaOf(40);

  const startedAt = performance.now();
  await leaving.relay.drain(); // resolves as soon as nobody is left
  expect(performance.now() - startedAt).toBeLessThan(5000);
  await player.mediaOf(player.media.length + 60);
  const { seen, expected } = compare(player, metronome.sent);
  expect(seen).toEqual(expected);
  expect(next.log.find('play', { stream: 'live/a' })).toHaveLength(1);
  expect(await (await fetch(edge.adminUrl('/api/v1/upstreams'))).json()).toMatchObject({
    items: [{ url: next.rtmpUrl('live/a'), state: 'flowing', reconnects: 0 }],
  });
});

test('players that are no relays stay until the drain timeout, then go in good order', async () => {
  await using relay = await startRelay({ drain: { timeoutMs: 600 } });
  await using metronome = await Metronome.start(relay.port('rtmp'), 'live/a');
  await using player = TestPlayer.play(relay.port('rtmp'), 'live/a');
  await player.mediaOf(10);
  const startedAt = performance.now();
  const drained = relay.relay.drain();
  const reason = await player.ended;
  expect(performance.now() - startedAt).toBeGreaterThan(500);
  expect(reason).toBe('NetStream.Play.UnpublishNotify');
  await drained;
  const { seen, expected } = compare(player, metronome.sent);
  expect(seen).toEqual(expected);
});
