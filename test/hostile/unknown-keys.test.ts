import { expect, test } from 'vitest';
import { media } from '../support/fake-media.ts';
import { RawHttp } from '../support/http-client.ts';
import { TestCluster } from '../support/start-cluster.ts';
import { startRelay, type TestRelay } from '../support/start-relay.ts';
import { TestPlayer } from '../support/test-player.ts';
import { TestPublisher } from '../support/test-publisher.ts';

const pullFrom = (parent: TestRelay) => [
  { match: '**', source: { type: 'pull', urls: [parent.rtmpUrl('{key}')] } },
];

test('hundreds of keys that nobody has, asked for from one address, leave others able to fetch', async () => {
  await using parent = await startRelay({ play: { waitMs: 60_000 } }); // silent about what it has not
  await using publisher = await TestPublisher.start(parent.port('rtmp'), 'tv/good');
  publisher.sendMedia(...media('VH1@0 K1@0 P2@40'));
  await using relay = await startRelay({
    streams: pullFrom(parent),
    limits: { onDemandPulls: 100, pendingPullsPerAddress: 50, pendingSessionsPerAddress: 500 },
  });
  await using clients = new AsyncDisposableStack();
  for (let asked = 0; asked < 300; asked++) {
    const client = clients.use(await RawHttp.open(relay.port('http'), '127.0.0.2'));
    client.send(`GET /tv/${asked}.flv HTTP/1.1\nHost: relay\n\n`);
  }
  await relay.log.waitFor('refused', { reason: 'pull-limit' }, { count: 250 });
  expect((await relay.relay.upstreams({ limit: 100 })).items).toHaveLength(50);
  await using player = TestPlayer.play(relay.port('rtmp'), 'tv/good');
  expect((await player.mediaOf(1)).length).toBeGreaterThan(0);
}, 30_000);

test('the limit is one for all workers; one that dies gives back what it held', async () => {
  await using parent = await startRelay({ play: { waitMs: 60_000 } });
  await using cluster = await TestCluster.start({ streams: pullFrom(parent), limits: { onDemandPulls: 1 } });
  await using first = await cluster.play(0, 'tv/a');
  await parent.log.waitFor('play', { stream: 'tv/a' });
  await using second = await cluster.play(1, 'tv/b');
  expect((await second.refused).description).toBe('too many streams are being pulled: try tv/b again later');
  await cluster.kill(0);
  await first.closed;
  await using third = await cluster.play(1, 'tv/b');
  await parent.log.waitFor('play', { stream: 'tv/b' });
  expect(third.messages).toEqual([]);
}, 30_000);

test('a key that was not found is not asked for again by another worker', async () => {
  await using parent = await startRelay({ play: { waitMs: 50 } });
  await using cluster = await TestCluster.start({ streams: pullFrom(parent) });
  await using first = await cluster.play(0, 'tv/a');
  await first.refused;
  await using second = await cluster.play(1, 'tv/a');
  expect((await second.refused).description).toBe(
    'there is no stream tv/a: its upstream said so a moment ago',
  );
  expect(parent.log.find('play', { stream: 'tv/a' })).toHaveLength(1);
}, 30_000);
