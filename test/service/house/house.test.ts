import { expect, test } from 'vitest';
import { startHouse } from '../../support/start-house.ts';

const statusOf = async (url: string, init: RequestInit = {}): Promise<number> => {
  const response = await fetch(url, init);
  await response.body?.cancel();
  return response.status;
};

test('a house answers probes, and stops answering when it is closed', async () => {
  const house = await startHouse();
  expect(await (await fetch(house.adminUrl('/readyz'))).text()).toBe('ready\n');
  expect(await (await fetch(house.adminUrl('/healthz'))).text()).toBe('ok\n');
  expect(await (await fetch(house.adminUrl('/metrics'))).text()).toContain('streampump_build_info{name=');
  const readyz = house.adminUrl('/readyz');
  await house[Symbol.asyncDispose]();
  await expect(fetch(readyz)).rejects.toThrow('fetch failed');
});

test('its API is served on the admin listener to whoever is on this machine, and for the public with a token only', async () => {
  await using house = await startHouse();
  expect(await house.get('/api/v1/config')).toMatchObject({
    stickyMs: 60_000,
    adminTokenFile: expect.any(String),
  });
  const config = house.url('/api/v1/config');
  expect(await statusOf(config)).toBe(401);
  expect(await statusOf(config, { headers: { authorization: 'Bearer wrong' } })).toBe(401);
  const response = await fetch(config, { headers: house.token });
  expect(await response.json()).toMatchObject({ rtmpMode: 'proxy' });
  expect(await statusOf(house.url('/api/v1/reload'), { method: 'POST' })).toBe(401);
  expect(await statusOf(house.url('/api/v1/reload'), { method: 'POST', headers: house.token })).toBe(503);
});

test('a player for whom there is no relay is told so in its protocol', async () => {
  await using house = await startHouse();
  const response = await fetch(house.url('/live/a.flv'));
  expect([response.status, await response.text()]).toEqual([404, 'no relay serves your network\n']);
});

test('a draining house is not ready any more, and lets nobody in', async () => {
  await using house = await startHouse({ config: { drain: { timeoutMs: 0 } } });
  const drained = house.house.drain();
  expect(house.house.readiness).toBe('draining');
  expect(await drained).toBe(0);
});
