import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { storeSettings } from '../../../../src/config/house/store-settings.ts';
import { CredentialFileError } from '../../../../src/credentials/credential-file.ts';
import { type OpenStore, openStore } from '../../../../src/service/house/store/open-store.ts';
import type { ClientTrust } from '../../../../src/session/upstream/client-tls.ts';
import { systemClock } from '../../../../src/stream/clock.ts';
import { CertificateFolder } from '../../../support/certificates.ts';
import { startRedis } from '../../../support/redis.ts';
import { StoreScene } from '../../../support/store-scene.ts';

const password = 'sesame-of-redis';
let scene: StoreScene;
let stack: AsyncDisposableStack;
beforeEach(async () => {
  scene = await StoreScene.make();
  stack = new AsyncDisposableStack();
});
afterEach(async () => {
  await stack.disposeAsync();
  await scene[Symbol.asyncDispose]();
});

function open(store: object = {}, tls: ClientTrust = {}): Promise<OpenStore> {
  const surroundings = { env: { STATE_DIRECTORY: scene.folder }, home: '/nowhere' };
  const wish = { store: storeSettings.parse(store), stateDir: 'auto', tls, log: scene.log, surroundings };
  return openStore({ ...wish, clock: systemClock }, stack);
}

test('a house that is alone has its folder where services keep their state, and shares nothing', async () => {
  const { folder, store, shared } = await open();
  expect(folder.path).toBe(join(scene.folder, 'house'));
  expect([store.isThere, shared]).toEqual([true, undefined]);
});

test('a file without the URL of a Redis is told, and nothing of what it holds', async () => {
  const urlFile = join(scene.folder, 'url');
  await writeFile(urlFile, `http://:${password}@host`);
  const opened = open({ type: 'redis', urlFile });
  await expect(opened).rejects.toThrow(CredentialFileError);
  await expect(opened).rejects.toThrow(`${urlFile}: line 1: expected the URL of a Redis`);
  await expect(opened).rejects.not.toThrow(password);
});

/** A Redis that asks for a password, over TLS, and a file with its URL. @returns what is to be trusted */
async function secureRedis(urlFile: string, shown = password): Promise<ClientTrust> {
  const certificates = stack.use(await CertificateFolder.make());
  const certificate = await certificates.certificate('redis');
  const { url } = stack.use(await startRedis({ certificate, password }));
  await writeFile(urlFile, `${url.replace(password, shown)}\n`);
  return { ca: [await readFile(certificate.certFile, 'utf8')] };
}

test('a Redis over TLS that asks for a password is used if its certificate is good', async () => {
  const urlFile = join(scene.folder, 'url');
  const { store, shared } = await open({ type: 'redis', urlFile }, await secureRedis(urlFile));
  await store.decide((decisions) => ({ ...decisions, draining: ['a'] }));
  expect([store.isThere, shared === undefined]).toEqual([true, false]);
  expect(JSON.stringify(scene.log.lines)).not.toContain(password);
});

test.each([
  {
    what: 'whose certificate nobody has signed',
    trusts: false,
    shown: password,
    why: 'self-signed certificate',
  },
  { what: 'that asks for another password', trusts: true, shown: 'another-word', why: 'WRONGPASS' },
])('a Redis $what is not used, and the log says why', async ({ trusts, shown, why }) => {
  const urlFile = join(scene.folder, 'url');
  const trust = await secureRedis(urlFile, shown);
  const { store } = await open({ type: 'redis', urlFile }, trusts ? trust : {});
  expect(store.isThere).toBe(false);
  expect(scene.log.find('store').map(({ text }) => text)).toEqual([
    expect.stringMatching(new RegExp(`^Redis at rediss://localhost:\\d+/0 cannot be used \\(${why}`)),
  ]);
  expect(JSON.stringify(scene.log.lines)).not.toContain(shown);
});
