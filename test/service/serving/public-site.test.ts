import { expect, test } from 'vitest';
import { relaySettings } from '../../../src/config/relay-settings.ts';
import { startHouse } from '../../support/start-house.ts';
import { startRelay } from '../../support/start-relay.ts';

const elsewhere = 'https://www.example.com/live?from=relay';
const streams = [{ match: 'live/*', source: { type: 'push' } }];
const http = { redirectUnknownTo: elsewhere };

/** Status and place that a request is told; `POST` has a body. */
async function told(url: string, method = 'GET'): Promise<[number, string | null]> {
  const body = method === 'POST' ? { body: 'x' } : {};
  const response = await fetch(url, { method, redirect: 'manual', ...body });
  await response.arrayBuffer();
  return [response.status, response.headers.get('location')];
}

test('whoever gets what is not there is redirected, if the settings say where to', async () => {
  await using relay = await startRelay({ streams });
  const at = (path: string): string => `http://127.0.0.1:${relay.port('http')}${path}`;
  expect(await told(at('/nothing'))).toEqual([404, null]);
  expect(await told(at('/tv/a.flv'))).toEqual([404, null]);
  await relay.relay.configure(relaySettings.parse({ streams, http }));
  for (const path of ['/nothing', '/assets/../x', '/tv/a.flv'])
    for (const method of ['GET', 'HEAD']) expect(await told(at(path), method)).toEqual([302, elsewhere]);
  expect(await told(at('/watch'))).toEqual([200, null]);
  expect(await told(at('/'))).toEqual([302, '/watch']);
  expect(await told(at('/live/%2f/a.flv')), 'what is broken').toEqual([400, null]);
  expect(await told(at('/live/a.flv'), 'HEAD'), 'a stream that may come').toEqual([404, null]);
  expect(await told(at('/nothing'), 'POST')).toEqual([404, null]);
  expect(await told(at('/tv/a.flv'), 'POST')).toEqual([403, null]);
});

test('so is whoever asks a house', async () => {
  await using house = await startHouse({ config: { streams, http } });
  expect(await told(house.url('/nothing'))).toEqual([302, elsewhere]);
  expect(await told(house.url('/tv/a.flv'))).toEqual([302, elsewhere]);
  expect(await told(house.url('/live/a.flv')), 'a stream that no relay has').toEqual([404, null]);
  await house.house.configure({
    ...house.settings,
    http: { ...house.settings.http, redirectUnknownTo: null },
  });
  expect(await told(house.url('/nothing'))).toEqual([404, null]);
});
