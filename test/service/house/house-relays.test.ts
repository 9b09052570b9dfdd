import { expect, test } from 'vitest';
import { LinkClient } from '../../support/fleet/link-client.ts';
import { startHouse } from '../../support/start-house.ts';

const roster = [
  { id: 'a', key: 'key-of-the-relay-a', urls: { rtmp: 'rtmp://a.example' } },
  { id: 'b', key: 'key-of-the-relay-b', parent: 'a', limits: { players: 10 } },
];

test('a relay of the roster gets its configuration on the public listener, and is told what is decided', async () => {
  await using house = await startHouse({ roster, config: { permits: { houseOnly: true } } });
  await using relay = await LinkClient.open(house.url(''), 'b');
  const { settings } = await relay.hears('config');
  expect(settings.limits).toEqual({ players: 10, sentBitsPerSecond: null });
  expect(settings.access.houseOnly).toBe(true);
  expect(Object.values(settings.access.permitKeys)).toEqual([expect.stringMatching(/^[\w-]{43}$/)]);
  expect(settings.streams).toEqual([
    expect.objectContaining({
      match: '**',
      source: expect.objectContaining({
        urls: [expect.stringMatching(/^rtmp:\/\/a\.example\/\{key\}\?permit=[\w-]+$/)],
      }),
    }),
  ]);
  relay.report({ whole: true, players: 3 });
  await house.log.waitFor('relay-up', { id: 'b' });
  expect(house.house.fleet.report('b')).toMatchObject({ players: 3 });
  await house.house.store.decide((decisions) => ({ ...decisions, draining: ['b'] }));
  expect((await relay.hears('drain')).reconnectUrl).toBe(`rtmp://127.0.0.1:${house.port('rtmp')}`);
  await house.house.close();
  expect((await relay.closed).code).toBe(1001);
});

test('a relay with a wrong key is not let in, and its address is held to account', async () => {
  const failures = { attempts: 2, delayMs: 0 };
  await using house = await startHouse({ roster, config: { access: { failures } } });
  const wrong = { authorization: `Basic ${btoa('a:key-of-the-relay-b')}` };
  for (const status of [401, 401, 429])
    await expect(LinkClient.connect(house.url(''), 'a', wrong)).rejects.toMatchObject({ status });
});
