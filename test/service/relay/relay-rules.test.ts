import { describe, expect, test } from 'vitest';
import { hashKey } from '../../../src/credentials/key-hash.ts';
import { publishLive, waysToPlay } from '../../support/access-scene.ts';
import { startRelay } from '../../support/start-relay.ts';
import { TestClient } from '../../support/test-client.ts';

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

describe.each(Object.entries(waysToPlay))('a key over %s', (_, play) => {
  test('lets in who shows it, and nobody else', async () => {
    await using relay = await startRelay({ access });
    await using _publisher = await publishLive(relay, 'live/a?key=studio-key-1');
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
  await using publisher = await publishLive(relay, 'live/s3cret-name');
  await relay.published('live/cam1');
  expect(await waysToPlay['http-flv']?.(relay, 'live/cam1?key=viewer-key-1')).toBe('plays');
  const seen = await Promise.all(
    ['/api/v1/streams', '/api/v1/sessions', '/metrics'].map(async (path) =>
      (await fetch(relay.adminUrl(path))).text(),
    ),
  );
  expect(await waysToPlay['http-flv']?.(relay, 'live/s3cret-name')).toBe('there is no stream of this name');
  await relay.log.waitFor('refused', { stream: 'live/cam1', reason: 'not-found' });
  await using second = await publishLive(relay, 'live/s3cret-name');
  expect((await publisher.refused).description).toBe('live/cam1 was taken over by another publisher');
  await second.finish();
  await relay.log.waitFor('unpublish', { stream: 'live/cam1', reason: 'ended' });
  await using wrong = new TestClient(relay.port('rtmp'), 'publish', 'live/s3cret-nam');
  expect((await wrong.refused).description).toBe('this needs a key (?key=...) or a secret stream key');
  await relay.log.waitFor('refused', { stream: '***' });
  expect(seen.join('') + JSON.stringify(relay.log.lines)).not.toContain('s3cret');
});
