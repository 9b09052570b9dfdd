import { expect, test } from 'vitest';
import { startMiddleProxy } from '../support/middle-proxy.ts';
import { startRelay } from '../support/start-relay.ts';
import { more, SteadyPublisher } from '../support/steady-publisher.ts';
import { TestPlayer } from '../support/test-player.ts';
import { TestPublisher } from '../support/test-publisher.ts';

test('a forward to a relay is cut and made again, twice: a player there gets every frame once', async () => {
  await using target = await startRelay();
  await using link = await startMiddleProxy(target.port('rtmp'), (server, client) => server.pipe(client));
  const forward = [`rtmp://127.0.0.1:${link.port}/live/there`];
  await using origin = await startRelay({
    cache: { resumeMs: 100_000 }, // media is sent eight times as fast as it plays
    streams: [{ match: 'live/here', source: { type: 'push' }, forward }],
  });
  await using publisher = await TestPublisher.start(origin.port('rtmp'), 'live/here');
  using steady = new SteadyPublisher(publisher);
  await using player = TestPlayer.play(target.port('rtmp'), 'live/there');
  await more(player, 40);
  for (const count of [2, 3]) {
    link.cut();
    await target.published('live/there', count);
    await more(player, 100);
  }
  await steady.stop(player);
  const [got, sent] = steady.gotAndSent(player);
  expect(got).toEqual(sent);
  expect(await target.metric('streampump_resumed_streams_total')).toBe(2);
});
