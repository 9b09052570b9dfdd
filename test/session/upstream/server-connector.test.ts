import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { type AddressInfo, connect as connectTcp, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createServer as createTlsServer } from 'node:tls';
import { describe, expect, test } from 'vitest';
import { ServerConnector } from '../../../src/session/upstream/server-connector.ts';
import { systemClock } from '../../../src/stream/clock.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { RawServer } from '../../support/raw-server.ts';
import { runTool } from '../../support/run-tool.ts';

const straight = { url: null, bypass: [] };

function connected(connector: ServerConnector, host: string, port: number, isTls = false): Promise<Socket> {
  return new Promise((resolve, reject) =>
    connector.connect({ host, port, isTls }, (socket) =>
      socket instanceof Error ? reject(socket) : resolve(socket),
    ),
  );
}

/** A proxy that does what it is asked for. */
function startProxy(): Promise<RawServer> {
  return RawServer.start((client, head) => {
    const [, host = '', port] = /^CONNECT (.*):(\d+) HTTP/.exec(head) ?? [];
    const server = connectTcp(Number(port), host.replace(/^\[|\]$/g, ''), () => {
      client.write('HTTP/1.1 200 Connection established\r\nVia: x\r\n\r\n');
      client.pipe(server).pipe(client);
    });
    server.on('error', () => client.destroy());
    client.on('close', () => server.destroy());
  });
}

test('goes through a tunnel, with the credentials of the proxy', async () => {
  await using server = await RawServer.start((socket) => socket.write('hello'));
  await using proxy = await startProxy();
  const url = `http://me:p%40ss@127.0.0.1:${proxy.port}`;
  const connector = new ServerConnector(systemClock, { proxy: { url, bypass: [] } });
  const socket = await connected(connector, '127.0.0.1', server.port);
  socket.write('GET\r\n\r\n');
  const [said] = (await once(socket, 'data')) as [Buffer];
  expect(said.toString()).toBe('hello');
  expect((await proxy.connection()).heard).toContain(
    `CONNECT 127.0.0.1:${server.port} HTTP/1.1\r\nHost: 127.0.0.1:${server.port}\r\nProxy-Authorization: Basic ${btoa('me:p@ss')}\r\n\r\n`,
  );
  socket.destroy();
});

describe('a proxy that', () => {
  test.each([
    { does: 'refuses', says: 'HTTP/1.1 403 Filtered\u001b\r\nX: y\r\n\r\n', why: '403 Filtered?' },
    { does: 'wants credentials', says: 'HTTP/1.0 407 Who are you\r\n\r\n', why: '407 Who are you' },
    { does: 'gives no reason', says: 'HTTP/1.1 502\r\n\r\n', why: '502' },
    { does: 'makes one wait', says: 'HTTP/1.1 100 Continue\r\n\r\n', why: '100 Continue' },
    { does: 'speaks something else', says: 'SSH-2.0-x\r\n\r\n', why: 'its answer is not HTTP' },
    {
      does: 'never comes to an end',
      says: 'HTTP/1.1 200 OK\r\n'.padEnd(20_000, 'X: yyyyyyyyyyyyyyyyyyyyyyyyyyyyy\r\n'),
      why: 'its answer is too long',
    },
    {
      does: 'speaks for the server',
      says: 'HTTP/1.1 200 OK\r\n\r\nFLV',
      why: 'it sent more than its answer',
    },
  ])('$does is left with its own words', async ({ says, why }) => {
    await using proxy = await RawServer.start((socket) => socket.write(says, 'latin1'));
    const url = `http://me:secret-word@127.0.0.1:${proxy.port}`;
    const connector = new ServerConnector(systemClock, { proxy: { url, bypass: [] } });
    await expect(connected(connector, 'origin.example', 1935)).rejects.toThrow(
      new Error(
        `the proxy 127.0.0.1 port ${proxy.port} does not connect to origin.example port 1935: ${why}`,
      ),
    );
    await (await proxy.connection()).closed;
  });

  test('closes is named', async () => {
    await using proxy = await RawServer.start((socket) => socket.destroy());
    const connector = new ServerConnector(systemClock, {
      proxy: { url: `http://127.0.0.1:${proxy.port}`, bypass: [] },
    });
    await expect(connected(connector, '::1', 1935)).rejects.toThrow(/does not connect to ::1 port 1935: /);
    expect((await proxy.connection()).heard).toMatch(/^CONNECT \[::1\]:1935 /);
  });

  test('closes in the middle of its answer is named', async () => {
    await using proxy = await RawServer.start((socket) => socket.end('HTTP/1.1 200 OK\r\nVia'));
    const connector = new ServerConnector(systemClock, {
      proxy: { url: `http://127.0.0.1:${proxy.port}`, bypass: [] },
    });
    await expect(connected(connector, 'origin', 80)).rejects.toThrow(
      /does not connect to origin port 80: it closed the connection$/,
    );
  });

  test('is silent, or drips, is given up in time', async () => {
    const clock = new FakeClock();
    await using proxy = await RawServer.start((socket) => socket.write('HTTP/1.1 2'));
    const connector = new ServerConnector(clock, {
      proxy: { url: `http://127.0.0.1:${proxy.port}`, bypass: [] },
    });
    const connecting = connected(connector, 'origin', 80);
    connecting.catch(() => {});
    const connection = await proxy.connection();
    while (!connection.heard.endsWith('\r\n\r\n')) await new Promise((resolve) => setImmediate(resolve));
    clock.advance(9999);
    connection.socket.write('0');
    clock.advance(1);
    await expect(connecting).rejects.toThrow(/no answer for 10000 ms$/);
    await connection.closed;
    expect(clock.pending).toBe(0);
  });
});

test('who gives up is not called back', async () => {
  const clock = new FakeClock();
  await using server = await RawServer.start();
  const connector = new ServerConnector(clock, { proxy: straight });
  const told: unknown[] = [];
  const giveUp = connector.connect({ host: '127.0.0.1', port: server.port, isTls: true }, (done) =>
    told.push(done),
  );
  const connection = await server.connection();
  giveUp();
  giveUp();
  await connection.closed;
  expect([told, clock.pending]).toEqual([[], 0]);
});

test.each([
  ['origin.example', true],
  ['Inside.Example', false],
  ['x.inside.example', true],
  ['x.corp.example', false],
  ['corp.example', true],
  ['evilcorp.example', true],
  ['10.1.2.3', false],
  ['11.1.2.3', true],
  ['fd00::1', false],
  ['2001:db8::1', true],
])('to %s through the proxy: %s', (host, isProxied) => {
  const proxy = {
    url: 'http://proxy:3128',
    bypass: ['inside.example', '.Corp.example', '10.0.0.0/8', 'fd00::/8'],
  };
  const connector = new ServerConnector(systemClock, { proxy: straight });
  expect(connector.proxyFor(host)).toBeUndefined();
  connector.configure({ proxy });
  expect(connector.proxyFor(host)).toEqual(
    isProxied ? { host: 'proxy', port: 3128, authorization: undefined } : undefined,
  );
});

test('TLS goes on inside of the tunnel, and believes whom it was told to', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'streampump-tls-'));
  await using stack = new AsyncDisposableStack();
  stack.defer(() => rmSync(folder, { recursive: true }));
  const [keyFile, certFile] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
  const names = ['-subj', '/CN=test', '-addext', 'subjectAltName=IP:127.0.0.1'];
  const ec = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'];
  await runTool('openssl', ['req', '-x509', ...ec, ...names, '-keyout', keyFile, '-out', certFile]).output;
  const cert = readFileSync(certFile, 'utf8');
  const server = createTlsServer({ key: readFileSync(keyFile), cert }, (socket) => {
    socket.on('error', () => {});
    socket.end('hello');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  stack.defer(async () => {
    await new Promise((resolve) => server.close(resolve));
  });
  const { port } = server.address() as AddressInfo;
  const proxy = stack.use(await startProxy());
  const settings = { url: `http://127.0.0.1:${proxy.port}`, bypass: ['::1/128'] };
  for (const through of [settings, straight]) {
    const connector = new ServerConnector(systemClock, { proxy: through, trust: { ca: [cert] } });
    const socket = await connected(connector, '127.0.0.1', port, true);
    const [said] = (await once(socket, 'data')) as [Buffer];
    expect(said.toString()).toBe('hello');
    socket.destroy();
    connector.configure({ proxy: through });
    await expect(connected(connector, '127.0.0.1', port, true)).rejects.toThrow(
      `TLS with 127.0.0.1 port ${port} failed: self-signed certificate`,
    );
    connector.configure({ proxy: through, trust: { ca: [cert] } });
    await expect(connected(connector, 'localhost', port, true)).rejects.toThrow(
      /TLS with localhost.*failed.*altnames/,
    );
  }
  expect(proxy.connections).toHaveLength(3);
});
