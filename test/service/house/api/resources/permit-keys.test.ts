import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { startHouse } from '../../../../support/start-house.ts';

test('an operator has all keys of permits renewed; the private one is for the house alone', async () => {
  await using house = await startHouse();
  const { id: former } = house.house.keyring.pair;
  const url = house.adminUrl('/api/v1/permit-keys/renew');
  expect((await fetch(url, { method: 'POST' })).status).toBe(401);
  const response = await fetch(url, { method: 'POST', headers: house.token });
  const { pair } = house.house.keyring;
  expect([response.status, await response.json()]).toEqual([200, { key: pair.id }]);
  expect(pair.id).not.toBe(former);
  expect(Object.keys(house.house.store.decisions.permitKeys)).toEqual([pair.id]);
  const file = join(house.folder, 'state', 'permit-keys.json');
  expect((await stat(file)).mode & 0o777).toBe(0o600);
  const [, secret = 'none'] = /BEGIN PRIVATE KEY-----\\n([\w+/=]+)/.exec(await readFile(file, 'utf8')) ?? [];
  expect(secret).toHaveLength(64);
  expect(
    JSON.stringify(house.log.lines) + (await (await fetch(house.adminUrl('/metrics'))).text()),
  ).not.toContain(secret);
});

test('a house keeps its key over a restart', async () => {
  await using first = await startHouse();
  const { id } = first.house.keyring.pair;
  const { stateDir } = first.settings;
  await first.house.close();
  await using second = await startHouse({ config: { stateDir } });
  expect(second.house.keyring.pair.id).toBe(id);
});
