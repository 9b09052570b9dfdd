import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { basic, LinkClient } from '../support/fleet/link-client.ts';
import { Recipe } from '../support/recipe.ts';
import { startHouse, type TestHouse } from '../support/start-house.ts';
import { startRelay } from '../support/start-relay.ts';

const roster = [{ id: 'root', key: 'key-of-the-relay-root', urls: { rtmp: 'rtmp://root.example' } }];

/** The section of the API's page, for this house. */
async function openProvisioning(house: TestHouse): Promise<Recipe> {
  const recipe = await Recipe.open('docs/house-api.md', 'Provisioning', {
    'http://localhost:9934': house.adminUrl(''),
    'https://house.example.org': house.url(''),
  });
  await recipe.write('admin.token', 'operator-token\n');
  return recipe;
}

/** What is in the answer to an invitation. */
async function invite(recipe: Recipe): Promise<string> {
  const [commands = ''] = recipe.blocks('sh');
  const { id, token } = JSON.parse(await recipe.run(commands));
  expect(id).toBe('edge9');
  return token;
}

/** A relay that has been made known and approved gets what the house gives relays. */
async function expectToBelong(house: TestHouse, folder: string): Promise<void> {
  const files = { keyFile: join(folder, 'house.key'), copyFile: join(folder, 'copy.json') };
  await using relay = await startRelay({
    house: { url: house.url(''), id: 'edge9', ...files, insecure: true },
  });
  await relay.log.waitFor('house-order', { what: 'config' });
}

test('a relay comes to the fleet by the commands of the docs, and gets nothing before it is approved', async () => {
  await using house = await startHouse({ roster });
  await using recipe = await openProvisioning(house);
  const token = await invite(recipe);
  const [, makeKnown = '', approve = ''] = recipe.blocks('sh');
  const known = await recipe.run(makeKnown.replaceAll('TOKEN', token));
  expect(JSON.parse(known)).toEqual({ id: 'edge9' });
  const key = await readFile(join(recipe.folder, 'house.key'), 'utf8');
  const early = LinkClient.connect(house.url(''), 'edge9', { authorization: basic('edge9', key) });
  await expect(early).rejects.toMatchObject({ status: 403 });
  expect(JSON.parse(await recipe.run(makeKnown.replaceAll('TOKEN', token)))).toMatchObject({
    error: 'forbidden',
  });
  await recipe.write('house.key', key); // the second try has made another one
  expect(JSON.parse(await recipe.run(approve))).toMatchObject({ id: 'edge9', provisioned: true });
  await expectToBelong(house, recipe.folder);
});

test('a relay makes itself known by one command', async () => {
  await using house = await startHouse({ roster });
  await using provisioning = await openProvisioning(house);
  await using recipe = await Recipe.open('docs/fleet-relays.md', 'By invitation', {
    'https://house.example.org': `--insecure ${house.url('')}`,
  });
  await recipe.write('token-file', await invite(provisioning));
  const [join = ''] = recipe.blocks('sh');
  expect(await recipe.run(join)).toMatch(/^the house calls this relay edge9, and waits/);
  const [, , approve = ''] = provisioning.blocks('sh');
  await provisioning.run(approve);
  await expectToBelong(house, recipe.folder);
});
