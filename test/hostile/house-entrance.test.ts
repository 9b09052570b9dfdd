import { describe, expect, test } from 'vitest';
import { RawClient } from '../support/raw-client.ts';
import { startHouse } from '../support/start-house.ts';

/** A relay for one network; it never links, so that whoever is in its network hears that it is not there. */
const roster = [
  {
    ...{ id: 'paris', key: '0123456789abcdef', networks: [{ cidr: '10.1.0.0/16' }] },
    urls: { rtmp: 'rtmp://paris.example', http: 'http://paris.example:8080' },
  },
];
const AWAY = 503;
const OUTSIDE = 404;

describe('whoever forges the address from which it comes', () => {
  const ask = async (url: string, forwarded: string): Promise<number> => {
    const response = await fetch(url, { headers: { 'x-forwarded-for': forwarded }, redirect: 'manual' });
    await response.body?.cancel();
    return response.status;
  };

  test('is not believed where it is no proxy', async () => {
    await using house = await startHouse({ roster });
    expect(await ask(house.url('/live/a.flv'), '10.1.0.1')).toBe(OUTSIDE);
    expect(await ask(house.url('/api/v1/resolve?stream=live/a&protocol=rtmp'), '10.1.0.1')).toBe(OUTSIDE);
  });

  test('is not believed behind a proxy: what that has written counts, from the right', async () => {
    await using house = await startHouse({ roster, config: { trustedProxies: ['127.0.0.0/8'] } });
    expect(await ask(house.url('/live/a.flv'), '10.1.0.1')).toBe(AWAY);
    expect(await ask(house.url('/live/a.flv'), '10.1.0.1, 203.0.113.9')).toBe(OUTSIDE);
    expect(await ask(house.url('/live/a.flv'), '203.0.113.9, 10.1.0.1, 127.0.0.3')).toBe(AWAY);
    const resolve = house.url('/api/v1/resolve?stream=live/a&protocol=rtmp');
    expect(await ask(resolve, '10.1.0.1, 203.0.113.9')).toBe(OUTSIDE);
  });
});

test('a flood of questions from one address is bounded, and its neighbours are answered', async () => {
  const config = { trustedProxies: ['127.0.0.0/8'] };
  await using house = await startHouse({ roster, config });
  const ask = async (address: string): Promise<number> => {
    const headers = { 'x-forwarded-for': address };
    const response = await fetch(house.url('/api/v1/resolve?stream=live/a&protocol=rtmp'), { headers });
    await response.body?.cancel();
    return response.status;
  };
  const statuses = await Promise.all(Array.from({ length: 260 }, () => ask('10.1.0.1')));
  expect(new Set(statuses)).toEqual(new Set([AWAY, 429]));
  expect(statuses.filter((status) => status === AWAY).length).toBeGreaterThanOrEqual(200);
  expect(statuses.filter((status) => status === AWAY).length).toBeLessThan(260);
  expect(await ask('10.1.0.2')).toBe(AWAY);
});

test('an address has as many connections that ask for nothing as at a relay', async () => {
  await using house = await startHouse({ config: { limits: { pendingSessionsPerAddress: 4 } } });
  const clients = [];
  for (let i = 0; i < 4; i++) {
    const client = await RawClient.open(house.port('rtmp'));
    client.connect('live');
    await client.heard('_result 1');
    clients.push(client);
  }
  await using more = await RawClient.open(house.port('rtmp'));
  await more.closed;
  expect(clients.filter(({ socket }) => socket.destroyed)).toEqual([]);
  await house.log.waitFor('cut', { reason: 'pending-limit' });
  for (const client of clients) await client[Symbol.asyncDispose]();
});

test('RTMP clients for whom there is nobody are told why, and the connection stays for another try', async () => {
  await using house = await startHouse({ roster });
  await using client = await RawClient.openConnected(house.port('rtmp'));
  client.commandOn(1, 'play', 3, null, 'a');
  expect(await client.heard('onStatus NetStream.Play.StreamNotFound')).toContain(
    'no relay serves your network',
  );
  client.commandOn(1, 'publish', 4, null, 'a', 'live');
  expect(await client.heard('onStatus NetStream.Publish.Denied')).toContain('no relay');
  await client.closed;
});
