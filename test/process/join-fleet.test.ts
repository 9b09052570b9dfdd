import { once } from 'node:events';
import { mkdtempDisposable, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { joinFleet } from '../../src/process/join-fleet.ts';

test('the command that it names has what lets the relay go without TLS, as it came itself', async () => {
  await using folder = await mkdtempDisposable(join(tmpdir(), 'join-'));
  const [tokenFile, keyFile] = [join(folder.path, 'token'), join(folder.path, 'key')];
  await writeFile(tokenFile, 'the-token-of-an-invitation\n');
  const house = createServer((request, response) => {
    request.resume();
    response.writeHead(202, { 'content-type': 'application/json' }).end('{"id":"north-1"}');
  }).listen(0, '127.0.0.1');
  await once(house, 'listening');
  onTestFinished(() => {
    house.closeAllConnections();
    house.close();
  });
  const said = vi.spyOn(console, 'log').mockImplementation(() => {});
  onTestFinished(() => said.mockRestore());
  const url = `http://127.0.0.1:${(house.address() as AddressInfo).port}`;
  await joinFleet({ url, tokenFile, keyFile, caFile: null, insecure: true });
  expect(said.mock.lastCall).toEqual([
    `then: STREAMPUMP_HOUSE_INSECURE=true streampump relay --house ${url} --house-id north-1 --house-key-file ${keyFile}`,
  ]);
});
