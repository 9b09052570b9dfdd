import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { readFile, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { JoinError, joinHouse } from '../../../../../src/service/relay/house/joining/join-house.ts';
import { CertificateFolder, type TestCertificate } from '../../../../support/certificates.ts';

let folder: CertificateFolder;
let good: TestCertificate;
let other: TestCertificate;

beforeAll(async () => {
  folder = await CertificateFolder.make();
  good = await folder.certificate('house');
  other = await folder.certificate('other');
  await writeFile(tokenFile(), 'the-token-of-an-invitation\n');
});
afterAll(() => folder[Symbol.asyncDispose]());

const tokenFile = (): string => join(folder.path, 'token');

/** A house that answers each request like this, and notes what came. */
async function startHouse(
  status: number,
  answer: unknown,
): Promise<{ url: string; bodies: string[] } & AsyncDisposable> {
  const bodies: string[] = [];
  const server = createServer(
    { cert: readFileSync(good.certFile), key: readFileSync(good.keyFile) },
    async (request, response) => {
      let body = '';
      for await (const part of request) body += part;
      bodies.push(`${request.method} ${request.url} ${body}`);
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
    },
  );
  server.on('tlsClientError', () => {});
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `https://localhost:${port}`,
    bodies,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

test('a relay makes its key, keeps it, and tells the house what follows from it', async () => {
  await using house = await startHouse(202, { id: 'north-1' });
  const keyFile = join(folder.path, 'made', 'key');
  const wish = { url: house.url, tokenFile: tokenFile(), keyFile, caFile: good.certFile, insecure: false };
  expect(await joinHouse(wish)).toBe('north-1');
  const key = (await readFile(keyFile, 'utf8')).trim();
  expect(key).toMatch(/^[\w-]{43}$/);
  expect((await stat(keyFile)).mode & 0o777).toBe(0o600);
  const keyHash = createHash('sha256').update(key).digest('hex');
  const body = JSON.stringify({ token: 'the-token-of-an-invitation', keyHash });
  expect(house.bodies).toEqual([`POST /api/v1/provision ${body}`]);
  await joinHouse(wish); // again, with the same key
  expect(house.bodies[1]).toBe(house.bodies[0]);
});

test('what the house says that does not take the token is told', async () => {
  await using house = await startHouse(403, {
    error: 'forbidden',
    message: 'this token is good for nothing',
  });
  const keyFile = join(folder.path, 'refused');
  const wish = { url: house.url, tokenFile: tokenFile(), keyFile, caFile: good.certFile, insecure: false };
  await expect(joinHouse(wish)).rejects.toThrow(
    new JoinError(`${house.url} does not take the token: this token is good for nothing`),
  );
});

test('a house that is not who it should be gets nothing', async () => {
  await using house = await startHouse(202, { id: 'north-1' });
  for (const caFile of [other.certFile, null]) {
    const wish = {
      url: house.url,
      tokenFile: tokenFile(),
      keyFile: join(folder.path, 'k'),
      caFile,
      insecure: false,
    };
    await expect(joinHouse(wish)).rejects.toThrow(/self-signed certificate|unable to verify/);
  }
  expect(house.bodies).toEqual([]);
});

test.each([
  ['http://localhost:1', 'without TLS the token can be read on the way: expected https://, or --insecure'],
  ['rtmp://localhost:1', 'rtmp://localhost:1 is no URL of a house'],
  ['https://user:hush@localhost:1', 'https://localhost:1 is no URL of a house'],
])('%s is not asked', async (url, problem) => {
  const keyFile = join(folder.path, 'never');
  const wish = { url, tokenFile: tokenFile(), keyFile, caFile: null, insecure: false };
  await expect(joinHouse(wish)).rejects.toThrow(problem);
  expect(existsSync(keyFile)).toBe(false);
});
