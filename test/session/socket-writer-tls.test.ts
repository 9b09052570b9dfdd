import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { connect, createServer, type TLSSocket } from 'node:tls';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { SocketWriter } from '../../src/session/socket-writer.ts';
import { CertificateFolder } from '../support/certificates.ts';

let folder: CertificateFolder;
let files: { cert: Buffer; key: Buffer };

beforeAll(async () => {
  folder = await CertificateFolder.make();
  const { certFile, keyFile } = await folder.certificate('a');
  files = { cert: await readFile(certFile), key: await readFile(keyFile) };
});
afterAll(() => folder[Symbol.asyncDispose]());

/** Both ends of a TLS connection over TCP. */
async function connectedPair(): Promise<AsyncDisposable & { server: TLSSocket; client: TLSSocket }> {
  const listening = createServer(files).listen(0, '127.0.0.1');
  await once(listening, 'listening');
  const { port } = listening.address() as AddressInfo;
  const arriving = once(listening, 'secureConnection') as Promise<[TLSSocket]>;
  const client = connect({ port, host: '127.0.0.1', rejectUnauthorized: false });
  const [[server]] = await Promise.all([arriving, once(client, 'secureConnect')]);
  for (const socket of [client, server]) socket.on('error', () => {});
  const dispose = async (): Promise<void> => {
    client.destroy();
    server.destroy();
    listening.close();
    await once(listening, 'close');
  };
  return { server, client, [Symbol.asyncDispose]: dispose };
}

const batch = 50_000; // which is encrypted in one write

test('the backlog of a player that does not read is what the kernel has not taken, batch by batch', async () => {
  await using pair = await connectedPair();
  const { server, client } = pair;
  client.pause();
  const writer = new SocketWriter(server);
  let taken = 0;
  let wake = (): void => {};
  const bytes = Buffer.alloc(batch, 7);
  const count = 600;
  for (let i = 0; i < count; i++) {
    writer.write(bytes, () => {
      taken++;
      wake();
      expect(writer.backlogBytes).toBe((count - taken) * batch);
    });
  }
  expect(writer.backlogBytes).toBe(count * batch);
  const external = process.memoryUsage().external;
  // it is stalled when the kernel has taken what it takes: with writev, nothing or all would have been taken
  while (await Promise.race([new Promise<true>((resolve) => (wake = () => resolve(true))), settled()]));
  expect(taken).toBeGreaterThan(0);
  expect(taken).toBeLessThan(count);
  expect(writer.backlogBytes).toBe((count - taken) * batch);
  expect(process.memoryUsage().external - external).toBeLessThan(5_000_000);

  let received = 0;
  client.on('data', (part: Buffer) => {
    received += part.length;
  });
  client.resume();
  while (received < count * batch) await once(client, 'data');
  expect(received).toBe(count * batch);
  expect(taken).toBe(count);
  expect(writer.backlogBytes).toBe(0);
});

test('a large burst arrives whole and in order, and is taken once', async () => {
  await using pair = await connectedPair();
  const { server, client } = pair;
  const writer = new SocketWriter(server);
  const burst = Buffer.from(Array.from({ length: 1_000_003 }, (_, index) => index % 251));
  let times = 0;
  writer.write(burst, () => times++);
  writer.write(Buffer.from('end'));
  server.end();
  const parts: Buffer[] = [];
  for await (const part of client) parts.push(part as Buffer);
  expect(Buffer.concat(parts).equals(Buffer.concat([burst, Buffer.from('end')]))).toBe(true);
  expect(times).toBe(1);
});

/** Resolves when nothing has moved for a while. */
function settled(): Promise<false> {
  return new Promise((resolve) => setTimeout(() => resolve(false), 200));
}
