import { expect, test } from 'vitest';
import { startMiddleProxy } from '../support/middle-proxy.ts';
import { pullAll } from '../support/relay-process.ts';
import { startRelay } from '../support/start-relay.ts';
import { more, SteadyPublisher } from '../support/steady-publisher.ts';
import { TestPlayer } from '../support/test-player.ts';
import { TestPublisher } from '../support/test-publisher.ts';

/** Media is sent eight times as fast as it plays: a reconnect takes seconds of it. */
const cache = { resumeMs: 100_000 };

test.for([
  { scheme: 'rtmp', listener: 'rtmp', suffix: '' },
  { scheme: 'http', listener: 'http', suffix: '.flv' },
  { scheme: 'ws', listener: 'http', suffix: '.flv' },
] as const)(
  'the only link to the upstream breaks twice ($scheme): a player behind it gets every frame once',
  async ({ scheme, listener, suffix }) => {
    await using origin = await startRelay({ cache });
    await using link = await startMiddleProxy(origin.port(listener), (server, client) => server.pipe(client));
    const url = `${scheme}://127.0.0.1:${link.port}/{key}${suffix}`;
    await using edge = await startRelay({ cache, streams: pullAll([url]) });
    await using publisher = await TestPublisher.start(origin.port('rtmp'), 'live/a');
    using steady = new SteadyPublisher(publisher);
    await using player = TestPlayer.play(edge.port('rtmp'), 'live/a');
    await more(player, 40);
    for (const count of [1, 2]) {
      link.cut();
      await expect
        .poll(() => edge.metric('streampump_resumed_streams_total'), { timeout: 10_000 })
        .toBe(count);
      await more(player, 40);
    }
    await steady.stop(player);
    const [got, sent] = steady.gotAndSent(player);
    expect(got).toEqual(sent);
    expect(await origin.metric('streampump_resumed_plays_total{outcome="resumed"}')).toBe(2);
  },
);
