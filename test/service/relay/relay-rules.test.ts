import { describe, expect, test } from 'vitest';
import { hashKey } from '../../../src/credentials/key-hash.ts';
import { media } from '../../support/fake-media.ts';
import { startRelay, type TestRelay } from '../../support/start-relay.ts';
import { TestClient } from '../../support/test-client.ts';
import { TestPlayer } from '../../support/test-player.ts';
import { TestPublisher } from '../../support/test-publisher.ts';
import { WsClient } from '../../support/ws-client.ts';

const access = {
  rules: [
    {
      match: 'live/**',
      verbs: ['publish'],
      require: [
        {
          type: 'key',
          values: [`studio ${hashKey('studio-key-1')}`],
          streamKeys: { 'live/cam1': ['s3cret-name'] },
        },
      ],
    },
    { match: 'live/**', verbs: ['play'], require: [{ type: 'key', values: ['viewer-key-1'] }] },
  ],
};

/** How somebody fares who plays a stream. */
type Play = (relay: TestRelay, key: string) => Promise<string>;

const plays: Record<string, Play> = {
  rtmp: async (relay, key) => {
    await using player = new TestPlayer(relay.port('rtmp'), 'play', key);
    return await Promise.race([
      player.started.then(() => 'plays'),
      player.refused.then(({ description }) => description),
    ]);
  },
  'http-flv': async (relay, key) => {
    const answer = await fetch(relay.flvUrl(key));
    if (answer.status !== 200) return (await answer.text()).trim();
    await answer.body?.cancel();
    return 'plays';
  },
  'ws-flv': async (relay, key) => {
    await using player = await WsClient.open(relay.wsUrl(key));
    return await Promise.race([
      player.messageOf(1).then(
        () => 'plays',
        () => new Promise<string>(() => {}),
      ),
      player.closed.then(({ reason }) => reason),
    ]);
  },
};

async function publish(relay: TestRelay, key: string): Promise<TestPublisher> {
  const publisher = await TestPublisher.start(relay.port('rtmp'), key);
  publisher.sendMedia(...media('VH1@0 K1@0'));
  return publisher;
}

describe.each(Object.entries(plays))('a key over %s', (_, play) => {
  test('lets in who shows it, and nobody else', async () => {
    await using relay = await startRelay({ access });
    await using _publisher = await publish(relay, 'live/a?key=studio-key-1');
    expect(await play(relay, 'live/a?key=viewer-key-1')).toBe('plays');
    expect(await play(relay, 'live/a?key=studio-key-1')).toBe('this key is not known here');
    expect(await play(relay, 'live/a')).toBe('this needs a key (?key=...)');
    expect(await relay.metric('streampump_rejected_total{reason="credentials"}')).toBe(2);
    expect(JSON.stringify(relay.log.lines)).not.toMatch(/viewer-key|studio-key/);
  });
});

test('a key behind the app, as OBS sends it, is one of what is published on the connection', async () => {
  await using relay = await startRelay({ access });
  await using publisher = new TestClient(relay.port('rtmp'), 'publish', 'live?key=studio-key-1/b');
  await publisher.started;
  await relay.published('live/b');
});

test('a secret stream key publishes under the public name, and nobody gets to see it', async () => {
  await using relay = await startRelay({ access });
  await using publisher = await publish(relay, 'live/s3cret-name');
  await relay.published('live/cam1');
  expect(await plays['http-flv']?.(relay, 'live/cam1?key=viewer-key-1')).toBe('plays');
  const seen = await Promise.all(
    ['/api/v1/streams', '/api/v1/sessions', '/metrics'].map(async (path) =>
      (await fetch(relay.adminUrl(path))).text(),
    ),
  );
  expect(await plays['http-flv']?.(relay, 'live/s3cret-name')).toBe('there is no stream of this name');
  await relay.log.waitFor('refused', { stream: 'live/cam1', reason: 'not-found' });
  await using second = await publish(relay, 'live/s3cret-name');
  expect((await publisher.refused).description).toBe('live/cam1 was taken over by another publisher');
  await second.finish();
  await relay.log.waitFor('unpublish', { stream: 'live/cam1', reason: 'ended' });
  await using wrong = new TestClient(relay.port('rtmp'), 'publish', 'live/s3cret-nam');
  expect((await wrong.refused).description).toBe('this needs a key (?key=...) or a secret stream key');
  await relay.log.waitFor('refused', { stream: '***' });
  expect(seen.join('') + JSON.stringify(relay.log.lines)).not.toContain('s3cret');
});
