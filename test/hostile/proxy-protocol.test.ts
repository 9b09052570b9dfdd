import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { relaySettings } from '../../src/config/relay-settings.ts';
import { CertificateFolder, connectTls, type TestCertificate } from '../support/certificates.ts';
import { closed } from '../support/closed.ts';
import { RawHttp } from '../support/http-client.ts';
import { binaryHeader, localHeader, openProxied, textHeader } from '../support/proxy-wire.ts';
import { RawClient } from '../support/raw-client.ts';
import { TestCluster } from '../support/start-cluster.ts';
import { startRelay, type TestRelay } from '../support/start-relay.ts';
import { TestPlayer } from '../support/test-player.ts';
import { TestPublisher } from '../support/test-publisher.ts';
import { Witness } from '../support/witness.ts';

/** The proxy; everybody else on this machine is none. */
const PROXY = '127.0.66.1';
const CLIENT = '203.0.113.9';

let folder: CertificateFolder;
let certificate: TestCertificate;

beforeAll(async () => {
  folder = await CertificateFolder.make();
  certificate = await folder.certificate('relay');
});
afterAll(() => folder[Symbol.asyncDispose]());

function startBehindProxy(config: Record<string, unknown> = {}): Promise<TestRelay> {
  const { certFile, keyFile } = certificate;
  const place = { host: '127.0.0.1', port: 0, certFile, keyFile };
  return startRelay({
    listen: { rtmps: place, https: place },
    proxyProtocol: [PROXY],
    access: { publish: ['127.0.0.0/8', `${CLIENT}/32`] },
    ...config,
  });
}

async function sessionsOf(relay: { adminUrl(path: string): string }): Promise<Record<string, unknown>[]> {
  const answer = await fetch(relay.adminUrl('/api/v1/sessions?limit=1000'));
  return ((await answer.json()) as { items: Record<string, unknown>[] }).items;
}

const headers = [
  { version: 1, header: textHeader(CLIENT, 41_000), more: { serverName: null } },
  {
    version: 2,
    header: binaryHeader(
      CLIENT,
      41_000,
      '2000050100000000 020009612e6578616d706c65 e00000'.replaceAll(' ', ''),
    ),
    more: { serverName: 'a.example', tls: true },
  },
];

describe.each(headers)('version $version', ({ header, more }) => {
  test('brings clients of every listener, by their own addresses', async () => {
    await using relay = await startBehindProxy();
    const peer = `${CLIENT}:41000`;
    await using publisher = new TestPublisher(
      relay.port('rtmp'),
      'publish',
      'live/a',
      await openProxied(relay.port('rtmp'), header, PROXY),
    );
    await publisher.started;
    await relay.log.waitFor('publish', { stream: 'live/a', peer, via: PROXY });
    const secure = await openProxied(relay.port('rtmps'), header, PROXY);
    await using player = new TestPlayer(0, 'play', 'live/a', connectTls(0, { socket: secure }));
    await relay.log.waitFor('play', { stream: 'live/a', peer, protocol: 'rtmp' });
    await using http = RawHttp.over(await openProxied(relay.port('http'), header, PROXY));
    http.send('GET /live/a.flv HTTP/1.1\nHost: x\n\n');
    const https = await openProxied(relay.port('https'), header, PROXY);
    await using secureHttp = RawHttp.over(connectTls(0, { socket: https }));
    secureHttp.send('GET /live/a.flv HTTP/1.1\nHost: x\n\n');
    await relay.log.waitFor('play', { stream: 'live/a', peer, protocol: 'http-flv' }, { count: 2 });
    const sessions = await sessionsOf(relay);
    expect(sessions).toHaveLength(4);
    expect(sessions[0]).toMatchObject({ role: 'publisher', address: CLIENT, via: PROXY, ...more });
    for (const session of sessions) expect(session).toMatchObject({ address: CLIENT, via: PROXY });
    await player.cut();
  });
});

test('what comes in one piece with the header is read, and counts; the header does not', async () => {
  await using relay = await startBehindProxy();
  const request = 'GET /live/a.flv HTTP/1.1\r\nHost: x\r\n\r\n';
  const socket = await openProxied(
    relay.port('http'),
    Buffer.concat([binaryHeader(CLIENT), Buffer.from(request)]),
    PROXY,
  );
  await relay.log.waitFor('play', { stream: 'live/a' });
  expect(await sessionsOf(relay)).toMatchObject([{ address: CLIENT, receivedBytes: request.length }]);
  socket.destroy();
  const first = Buffer.concat([textHeader(CLIENT), await clientHello()]);
  const tls = await openProxied(relay.port('https'), first, PROXY);
  const [answer] = await once(tls, 'data');
  expect((answer as Buffer)[0]).toBe(0x16); // a handshake record: ServerHello
  tls.destroy();
});

test('a client that says all at once, and nothing more, is answered', async () => {
  await using relay = await startBehindProxy();
  const socket = await openProxied(relay.port('http'), Buffer.alloc(0), PROXY);
  await using client = RawHttp.over(socket);
  socket.end(
    Buffer.concat([textHeader(CLIENT), Buffer.from('HEAD /live/a.flv HTTP/1.1\r\nHost: x\r\n\r\n')]),
  );
  await client.heard(/404/);
});

test('the header may come byte by byte, if it comes in time', async () => {
  await using relay = await startBehindProxy({ deadlines: { handshakeMs: 1000 } });
  const slow = await openProxied(relay.port('rtmp'), Buffer.alloc(0), PROXY);
  for (const byte of binaryHeader(CLIENT)) {
    slow.write(Buffer.from([byte]));
    await new Promise((resolve) => setImmediate(resolve));
  }
  await using client = RawClient.over(slow);
  client.connect();
  await client.heard('_result');
  const tooSlow = await openProxied(relay.port('rtmp'), binaryHeader(CLIENT).subarray(0, 20), PROXY);
  const dripping = setInterval(() => tooSlow.write('x'), 250);
  await closed(tooSlow);
  clearInterval(dripping);
  const { text } = await relay.log.waitFor('deadline', { missed: 'PROXY protocol header' });
  expect(text).toBe('timed out: no PROXY protocol header');
});

describe('a connection of the proxy is closed with one line', () => {
  test.each([
    { what: 'without a header', bytes: Buffer.from([3]) },
    { what: 'with HTTP', bytes: Buffer.from('POST / HTTP/1.1\r\n\r\n') },
    { what: 'with version 3', bytes: Buffer.from('0d0a0d0a000d0a515549540a3111000c', 'hex') },
    { what: 'with an unknown family', bytes: Buffer.from('0d0a0d0a000d0a515549540a2191000c', 'hex') },
    {
      what: 'with a giant length',
      bytes: Buffer.from('0d0a0d0a000d0a515549540a2111ffff', 'hex'),
      code: 'PROXY_HEADER_TOO_LARGE',
    },
    { what: 'with a giant value', bytes: binaryHeader(CLIENT, 1, '04ffff') },
    { what: 'with a line without an end', bytes: Buffer.from(`PROXY UNKNOWN ${'x'.repeat(100)}`) },
  ])('$what', async ({ bytes, code = 'PROXY_HEADER_INVALID' }) => {
    await using relay = await startBehindProxy();
    for (const listener of ['rtmp', 'rtmps', 'http', 'https']) {
      const socket = await openProxied(relay.port(listener), bytes, PROXY);
      await closed(socket);
      await relay.log.waitFor('protocol-error', { code });
      const lines = relay.log.lines.filter(({ level }) => level === 'warn' || level === 'error');
      expect(lines.splice(0)).toHaveLength(1);
      relay.log.lines.length = 0;
    }
  });

  test('with a second header, or garbage behind it: the error is that of the protocol', async () => {
    await using relay = await startBehindProxy();
    for (const behind of [binaryHeader('192.0.2.1'), textHeader('192.0.2.1'), Buffer.alloc(200, 0xff)]) {
      const socket = await openProxied(
        relay.port('rtmp'),
        Buffer.concat([binaryHeader(CLIENT, 5), behind]),
        PROXY,
      );
      await closed(socket);
      await relay.log.waitFor('protocol-error', { peer: `${CLIENT}:5` });
      relay.log.lines.length = 0;
    }
  });
});

test('a header from anybody else is not believed, whatever is spoken', async () => {
  await using relay = await startBehindProxy();
  for (const header of [binaryHeader('10.0.0.1'), textHeader('10.0.0.1')]) {
    for (const listener of ['rtmp', 'rtmps', 'http', 'https']) {
      const socket = await openProxied(relay.port(listener), header);
      await closed(socket);
    }
    const { text } = await relay.log.waitFor('protocol-error', { code: 'HTTP_REQUEST_INVALID' });
    expect(text).toContain('this looks like the PROXY protocol');
  }
  expect(relay.log.lines.filter(({ fields }) => String(fields['peer']).startsWith('10.'))).toEqual([]);
});

test('a proxy that looks whether the relay is there speaks for itself, and is not limited', async () => {
  await using relay = await startBehindProxy({ limits: { sessionsPerAddress: 2 } });
  const sockets: Socket[] = [];
  for (let i = 0; i < 4; i++) sockets.push(await openProxied(relay.port('rtmp'), localHeader, PROXY));
  for (const socket of sockets) {
    await using client = RawClient.over(socket);
    client.connect();
    await client.heard('_result');
  }
});

describe.each([{ workers: 1 }, { workers: 2 }])('limits with $workers workers', ({ workers }) => {
  const config = {
    proxyProtocol: [PROXY],
    limits: { sessionsPerAddress: 2 },
    access: { publish: ['127.0.0.0/8'] },
  };

  test('are those of the clients, IPv6 by /64, and of nobody else', async () => {
    await using relay =
      workers === 1 ? await startRelay(config) : await TestCluster.start({ workers, ...config });
    const open: Socket[] = [];
    const come = async (address: string): Promise<string> => {
      const socket = await openProxied(relay.port('http'), binaryHeader(address), PROXY);
      open.push(socket);
      const client = RawHttp.over(socket);
      client.send('HEAD /live/a.flv HTTP/1.1\nHost: x\n\n');
      const [status = ''] = await client.heard(/^HTTP\/1.1 \d+/);
      return status.slice(-3);
    };
    for (const address of ['2001:db8:1:1::1', '2001:db8:1:1:2::', '2001:db8:1:2::1', '198.51.100.7'])
      expect([address, await come(address)]).toEqual([address, '404']);
    const outcomes = [
      await come('2001:db8:1:1::3'),
      await come('2001:db8:1:2::2'),
      await come('2001:db8:1:2::3'),
    ];
    expect(outcomes).toEqual(['429', '404', '429']);
    for (const socket of open) socket.destroy();
  });
});

test('which proxies are believed changes with the settings, for connections to come', async () => {
  await using relay = await startRelay();
  const settings = (more: object) => relaySettings.parse({ ...more });
  const come = async (): Promise<string> => {
    const socket = await openProxied(relay.port('http'), binaryHeader(CLIENT), PROXY);
    await using client = RawHttp.over(socket);
    client.send('HEAD /live/a.flv HTTP/1.1\nHost: x\nConnection: close\n\n');
    await client.closed;
    return client.text.slice(9, 12);
  };
  expect(await come()).toBe('400');
  await relay.relay.configure(settings({ proxyProtocol: [PROXY] }));
  expect(await come()).toBe('404');
  await relay.relay.configure(settings({}));
  expect(await come()).toBe('400');
});

test('500 silent connections of the proxy keep nobody out', async () => {
  await using relay = await startBehindProxy({ limits: { pendingSessions: 100 } });
  await using witness = await Witness.start(relay);
  const silent = Array.from({ length: 500 }, () =>
    connect({ port: relay.port('rtmp'), host: '127.0.0.1', localAddress: PROXY }).on('error', () => {}),
  );
  await relay.log.waitFor('cut', { reason: 'pending-limit', address: PROXY });
  const open = async (): Promise<Socket> => openProxied(relay.port('rtmp'), binaryHeader(CLIENT), PROXY);
  await expect
    .poll(
      async () => {
        await using player = RawClient.over(await open());
        player.connect();
        return await player.heard('_result').catch(() => 'cut');
      },
      { timeout: 5000 },
    )
    .toMatch(/^_result/);
  await witness.expectUndisturbed();
  for (const socket of silent) socket.destroy();
});

/** What a TLS client says first. */
async function clientHello(): Promise<Buffer> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const client = connectTls((server.address() as AddressInfo).port);
  const [socket] = (await once(server, 'connection')) as [Socket];
  const [hello] = (await once(socket, 'data')) as [Buffer];
  client.destroy();
  server.close();
  return hello;
}
