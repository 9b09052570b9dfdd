import { createHmac } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { type SignedPermit, signPermit } from '../../../src/credentials/signed-url.ts';
import { publishLive, waysToPlay } from '../../support/access-scene.ts';
import { startRelay } from '../../support/start-relay.ts';
import { TestClient } from '../../support/test-client.ts';

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

describe.concurrent.each(Object.entries(waysToPlay))('over %s', (_, play) => {
  test('a signed URL lets in whom it is for, and nobody else', async () => {
    await using relay = await startRelay({ access });
    await using _publisher = await publishLive(relay, `vip/a?${signed({ verb: 'publish' })}`);
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
    await using _publisher = await publishLive(relay, `sso/a?${token({ verbs: 'publish' })}`);
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

test.concurrent('OBS may put a signature behind the server, where it could belong to two streams', async () => {
  await using relay = await startRelay({ access });
  await using publisher = new TestClient(
    relay.port('rtmp'),
    'publish',
    `vip?${signed({ verb: 'publish' })}/a`,
  );
  await publisher.started;
  await relay.log.waitFor('publish', { stream: 'vip/a' });
});

test.concurrent('a token in a header lets in; what was begun ends with it', async () => {
  await using relay = await startRelay({ access });
  await using _publisher = await publishLive(relay, `sso/a?${token({})}`);
  const authorization = `Bearer ${token({}, -3).replace('jwt=', '')}`;
  const answer = await fetch(relay.flvUrl('sso/a'), { headers: { authorization } });
  expect(answer.status).toBe(200);
  await relay.log.waitFor('play-end', { reason: 'revoked' });
  await answer.body?.cancel().catch(() => {});
});
