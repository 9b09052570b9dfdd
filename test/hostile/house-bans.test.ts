import { expect, test } from 'vitest';
import { basic, LinkClient } from '../support/fleet/link-client.ts';
import { startHouse } from '../support/start-house.ts';

const key = '0123456789abcdef';
const roster = [
  {
    ...{ id: 'school', key, networks: [{ cidr: '127.0.0.0/8' }] },
    urls: { rtmp: 'rtmp://school.example', http: 'http://school.example:8080' },
  },
];

test('an identity that no permit can hold is refused in words', async () => {
  await using house = await startHouse({ roster });
  const identity = 'é'.repeat(200);
  const asked = `/api/v1/resolve?stream=live/a&protocol=rtmp&address=127.0.0.1&identity=${identity}`;
  const answer = await fetch(house.url(asked), { headers: house.token });
  expect([answer.status, await answer.json()]).toEqual([
    400,
    { error: 'bad-request', message: 'identity: expected at most 255 bytes' },
  ]);
});

test('who is kept out shares an address with a relay and an operator: both go on', async () => {
  await using house = await startHouse({ roster });
  const link = (): Promise<LinkClient> =>
    LinkClient.open(house.url(''), 'school', { authorization: basic('school', key) });
  const status = async (path: string, headers = {}): Promise<number> => {
    const response = await fetch(house.url(path), { headers, redirect: 'manual' });
    await response.body?.cancel();
    return response.status;
  };
  await using relay = await link();
  relay.report({ whole: true });
  await relay.hears('config');
  expect(await status('/live/a.flv')).toBe(302);
  const kicked = await fetch(house.url('/api/v1/kick'), {
    method: 'POST',
    headers: { ...house.token, 'content-type': 'application/json' },
    body: JSON.stringify({ address: '127.0.0.1', banSeconds: 60 }),
  });
  expect(await kicked.json()).toEqual({ ended: 0, unreached: [] });
  expect((await relay.hears('bans', 2)).bans).toHaveLength(1);
  expect(await status('/live/a.flv')).toBe(403);
  expect(await status('/api/v1/resolve?stream=live/a&protocol=rtmp')).toBe(403);
  expect(await status('/api/v1/bans', house.token)).toBe(200);
  expect(await house.house.links.order('school', { type: 'reload' })).toMatchObject({ problem: null });
  relay.webSocket.terminate();
  await relay.closed;
  await using again = await link();
  expect((await again.hears('bans')).bans).toHaveLength(1);
});
