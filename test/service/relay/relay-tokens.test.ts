import { createHmac } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { type SignedPermit, signPermit } from '../../../src/credentials/signed-url.ts';
import { media } from '../../support/fake-media.ts';
import { startRelay, type TestRelay } from '../../support/start-relay.ts';
import { TestClient } from '../../support/test-client.ts';
import { TestPlayer } from '../../support/test-player.ts';
import { TestPublisher } from '../../support/test-publisher.ts';
import { WsClient } from '../../support/ws-client.ts';

const secret = 'shared-by-the-site-and-the-relay';
const access = {
  rules: [
    { match: 'vip/**', verbs: ['play', 'publish'], require: [{ type: 'signed', secrets: { k1: secret } }] },
    { match: 'sso/**', verbs: ['play', 'publish'], require: [{ type: 'jwt', secret }] },
  ],
  failures: { delayMs: 0 },
};

function inSeconds(seconds: number): number {
  return Math.floor(Date.now() / 1000) + seconds;
}

function signed(permit: Partial<SignedPermit> = {}): string {
  const whole = { verb: 'play', stream: 'vip/a', joinUntil: inSeconds(60), ...permit } as const;
  return `signature=${signPermit(whole, 'k1', secret)}`;
}

function token(streampump: object, seconds = 60): string {
  const parts = [{ alg: 'HS256' }, { sub: 'ann', exp: inSeconds(seconds), streampump }];
  const input = parts.map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.');
  return `jwt=${input}.${createHmac('sha256', secret).update(input).digest('base64url')}`;
}

/** How somebody fares who plays a stream. */
const plays: Record<string, (relay: TestRelay, key: string) => Promise<string>> = {
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

describe.each(Object.entries(plays))('over %s', (_, play) => {
  test('a signed URL lets in whom it is for, and nobody else', async () => {
    await using relay = await startRelay({ access });
    await using _publisher = await publish(relay, `vip/a?${signed({ verb: 'publish' })}`);
    const good = signed();
    const asked: [query: string, fares: RegExp][] = [
      [good, /^plays$/],
      [good, /^plays$/],
      [`uid=7&${good}`, /^plays$/],
      [`${good}&${good}`, /more than once$/],
      [signed({ verb: 'publish' }), /is to publish, not to play$/],
      [signed({ stream: 'vip/b' }), /is for another stream$/],
      [signed({ joinUntil: inSeconds(-1) }), /has expired at /],
      [signed({ address: '192.0.2.1' }), /is for another address than /],
      [good.slice(0, -4), /is not whole/],
      ['x=1', /^this needs a signed URL/],
    ];
    for (const [query, fares] of asked) expect(await play(relay, `vip/a?${query}`)).toMatch(fares);
    expect(JSON.stringify(relay.log.lines)).not.toContain(good.slice(-20));
  });

  test('a token lets in whom it is for, and nobody else', async () => {
    await using relay = await startRelay({ access });
    await using _publisher = await publish(relay, `sso/a?${token({ verbs: 'publish' })}`);
    const good = token({ verbs: ['play'], streams: ['sso/*'] });
    const asked: [query: string, fares: RegExp][] = [
      [good, /^plays$/],
      [good, /^plays$/],
      [good.replace('jwt=', 'pass='), /^plays$/],
      [`${good}&${good}`, /more than once$/],
      [token({ verbs: ['publish'] }), /does not allow to play$/],
      [token({ streams: ['vip/*'] }), /is not for this stream$/],
      [token({}, -60), /has expired$/],
      [`${good.slice(0, -4)}AAAA`, /^the token is wrong/],
      ['x=1', /^this needs a JSON Web Token/],
    ];
    for (const [query, fares] of asked) expect(await play(relay, `sso/a?${query}`)).toMatch(fares);
    expect(JSON.stringify(relay.log.lines)).not.toContain(good.slice(-20));
  });
});

test('OBS may put a signature behind the server, where it could belong to two streams', async () => {
  await using relay = await startRelay({ access });
  await using publisher = new TestClient(
    relay.port('rtmp'),
    'publish',
    `vip?${signed({ verb: 'publish' })}/a`,
  );
  await publisher.started;
  await relay.log.waitFor('publish', { stream: 'vip/a' });
});

test('a token in a header lets in; what was begun ends with it', async () => {
  await using relay = await startRelay({ access });
  await using _publisher = await publish(relay, `sso/a?${token({})}`);
  const authorization = `Bearer ${token({}, -3).replace('jwt=', '')}`;
  const answer = await fetch(relay.flvUrl('sso/a'), { headers: { authorization } });
  expect(answer.status).toBe(200);
  await relay.log.waitFor('play-end', { reason: 'revoked' });
  await answer.body?.cancel().catch(() => {});
});
