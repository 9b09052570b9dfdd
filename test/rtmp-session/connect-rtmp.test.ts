import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { afterEach, describe, expect, test } from 'vitest';
import { connectRtmp } from '../../src/rtmp-session/connect-rtmp.ts';
import { ServerSession } from '../../src/rtmp-session/server-session.ts';
import { CertificateFolder } from '../support/certificates.ts';
import { freePort } from '../support/free-port.ts';
import { take } from '../support/rtmp-session-pair.ts';

const servers: Server[] = [];
const sockets: Socket[] = [];

afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  for (const server of servers.splice(0)) await new Promise((resolve) => server.close(resolve));
});

/** Listens, and gives the port. */
async function listen(
  server: Server,
  serve: (socket: Socket) => unknown,
  event = 'connection',
): Promise<number> {
  servers.push(server);
  server.on(event, (socket: Socket) => {
    socket.on('error', () => {});
    sockets.push(socket);
    serve(socket);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

/** Accepts connect. */
async function accept(socket: Socket): Promise<void> {
  const [event] = await take(new ServerSession(socket), 1);
  if (event?.type === 'connect') event.accept();
}

test.each(['http://a/live', 'rtmpt://a/live', 'a', ''])('%o is no URL for it', async (url) => {
  await expect(connectRtmp(url)).rejects.toThrow(`${url} is no URL of rtmp or rtmps`);
});

test('says where it connects to', async () => {
  const requested = Promise.withResolvers<unknown>();
  const port = await listen(createServer(), async (socket) => {
    const [event] = await take(new ServerSession(socket), 1);
    if (event?.type !== 'connect') throw new Error('it connects first');
    requested.resolve(event.request);
    event.accept();
  });
  await using client = await connectRtmp(`rtmp://127.0.0.1:${port}/live/a`, { connectProperties: { b: 1 } });
  expect(await requested.promise).toMatchObject({
    app: 'live',
    tcUrl: `rtmp://127.0.0.1:${port}/live`,
    commandObject: { b: 1 },
  });
  expect(await client.close()).toEqual({ by: 'us', error: undefined });
});

test('speaks TLS with a server whose certificate it believes, and with no other', async () => {
  await using folder = await CertificateFolder.make();
  const { certFile, keyFile } = await folder.certificate('a');
  const [cert, key] = [await readFile(certFile), await readFile(keyFile)];
  const port = await listen(
    createTlsServer({ cert, key }),
    (socket) => void accept(socket),
    'secureConnection',
  );
  await using client = await connectRtmp(`rtmps://localhost:${port}/live`, { tls: { ca: cert } });
  expect(await client.ping()).toBeGreaterThan(0);
  await expect(connectRtmp(`rtmps://localhost:${port}/live`)).rejects.toThrow(/self-signed certificate/);
});

describe('what is in the way rejects, and leaves nothing open', () => {
  test('nobody listens', async () => {
    const port = await freePort();
    await expect(connectRtmp(`rtmp://127.0.0.1:${port}/live`)).rejects.toMatchObject({
      code: 'ECONNREFUSED',
    });
  });

  test('a server that says nothing', async () => {
    const closed = Promise.withResolvers<void>();
    const port = await listen(createServer(), (socket) =>
      socket.on('close', () => closed.resolve()).resume(),
    );
    const url = `rtmp://127.0.0.1:${port}/live`;
    await expect(connectRtmp(url, { deadlines: { handshakeMs: 20 } })).rejects.toMatchObject({
      cause: { name: 'TimeoutError', what: 'handshake' },
    });
    await closed.promise;
  });

  test('a server that does not shake the hands of TLS', async () => {
    const port = await listen(createServer(), (socket) => socket.resume());
    const url = `rtmps://127.0.0.1:${port}/live`;
    await expect(connectRtmp(url, { deadlines: { connectMs: 20 } })).rejects.toMatchObject({
      name: 'TimeoutError',
      what: 'connection',
    });
  });

  test('a signal, at any time', async () => {
    const enough = new Error('enough');
    const arrived = Promise.withResolvers<void>();
    const port = await listen(createServer(), (socket) => {
      socket.resume();
      arrived.resolve();
    });
    const url = `rtmp://127.0.0.1:${port}/live`;
    await expect(connectRtmp(url, { signal: AbortSignal.abort(enough) })).rejects.toBe(enough);
    const before = new AbortController();
    const early = connectRtmp(url, { signal: before.signal });
    before.abort(enough);
    await expect(early).rejects.toBe(enough);
    const later = new AbortController();
    const connecting = connectRtmp(url, { signal: later.signal });
    await arrived.promise;
    await new Promise(setImmediate);
    later.abort(enough);
    await expect(connecting).rejects.toSatisfy(
      (error) => error === enough || (error as Error).cause === enough,
    );
  });
});
