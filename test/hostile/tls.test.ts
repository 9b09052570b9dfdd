import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { CertificateFolder, connectTls, type TestCertificate } from '../support/certificates.ts';
import { closed } from '../support/closed.ts';
import { RawHttp } from '../support/http-client.ts';
import { startRelay, type TestRelay } from '../support/start-relay.ts';
import { TestPublisher } from '../support/test-publisher.ts';

let folder: CertificateFolder;
let certificate: TestCertificate;

beforeAll(async () => {
  folder = await CertificateFolder.make();
  certificate = await folder.certificate('relay');
});
afterAll(() => folder[Symbol.asyncDispose]());

function startTlsRelay(config: Record<string, unknown> = {}): Promise<TestRelay> {
  const { certFile, keyFile } = certificate;
  const place = { host: '127.0.0.1', port: 0, certFile, keyFile };
  return startRelay({ listen: { rtmps: place, https: place }, ...config });
}

const pending = 'streampump_sessions{role="pending",protocol="rtmp"}';

/** The head of a TLS record that announces a ClientHello of 512 bytes. */
const helloHead = Buffer.from('1603010200', 'hex');

async function open(port: number): Promise<Socket> {
  const socket = connect(port, '127.0.0.1').on('error', () => {});
  await once(socket, 'connect');
  return socket;
}

const plain = [
  { what: 'HTTP', bytes: 'GET / HTTP/1.1\nHost: x\n\n' },
  { what: 'an RTMP handshake', bytes: Buffer.concat([Buffer.from([3]), Buffer.alloc(1536)]) },
  { what: 'a record of nonsense', bytes: Buffer.concat([helloHead, Buffer.alloc(512, 0xff)]) },
];

test.concurrent.for(plain.flatMap((sent) => ['rtmps', 'https'].map((listener) => ({ ...sent, listener }))))(
  '$what on the $listener port is closed, and costs nobody else anything',
  async ({ bytes, listener }) => {
    await using relay = await startTlsRelay();
    const port = relay.port('rtmps');
    await using publisher = new TestPublisher(port, 'publish', 'live/a', connectTls(port));
    await publisher.started;
    await using client = await RawHttp.open(relay.port(listener));
    client.send(bytes);
    await client.closed;
    const { level, text } = await relay.log.waitFor('tls', { listener, handshakes: 1 });
    expect(level).toBe('warn');
    expect(text).toMatch(/^TLS handshakes failed: 1, the first one with 127\.0\.0\.1: /);
    expect(await relay.metric(pending)).toBe(0);
    await publisher.finish();
  },
);

test.concurrent('a TLS handshake that drips in is cut by its deadline', async () => {
  await using relay = await startTlsRelay({ deadlines: { handshakeMs: 300 } });
  const socket = await open(relay.port('rtmps'));
  socket.write(helloHead);
  const dripping = setInterval(() => socket.writable && socket.write(Buffer.alloc(1)), 20);
  socket.once('close', () => clearInterval(dripping));
  await closed(socket);
  const { text } = await relay.log.waitFor('deadline', { missed: 'TLS handshake' });
  expect(text).toBe('timed out: no TLS handshake');
  expect(await relay.metric(pending)).toBe(0);
});

test.concurrent('connections count as pending before they are encrypted', async () => {
  await using relay = await startTlsRelay({ limits: { pendingSessionsPerAddress: 2 } });
  const port = relay.port('rtmps');
  const silent = [await open(port), await open(port)];
  const all = [...silent, await open(port)];
  await Promise.race(all.map(closed)); // the third, or the first if it has been there for a second
  expect(await relay.metric(pending)).toBe(2);
  for (const socket of all) socket.destroy();
});

test.concurrent('whoever only looks whether the port is open costs no line in the log', async () => {
  await using relay = await startTlsRelay();
  const socket = await open(relay.port('rtmps'));
  socket.end();
  await closed(socket);
  const other = await open(relay.port('rtmps'));
  other.write('nonsense, which is logged');
  await closed(other);
  await relay.log.waitFor('tls', { handshakes: 1 });
  expect(relay.log.lines.filter(({ level }) => level === 'warn')).toHaveLength(1);
});

test.concurrent('a flood of failed handshakes costs one line a second', async () => {
  await using relay = await startTlsRelay();
  const beganAt = performance.now();
  await Promise.all(
    Array.from({ length: 100 }, async () => {
      const socket = await open(relay.port('https'));
      socket.write('GET / HTTP/1.0\r\n\r\n');
      await closed(socket);
    }),
  );
  const told = (): number[] =>
    relay.log
      .find('tls', { listener: 'https', code: 'ERR_SSL_HTTP_REQUEST' })
      .map(({ fields }) => Number(fields['handshakes']));
  await expect.poll(() => told().reduce((sum, count) => sum + count, 0), { timeout: 15_000 }).toBe(100);
  const seconds = Math.ceil((performance.now() - beganAt) / 1000);
  expect(told().length).toBeLessThanOrEqual(seconds);
  expect(relay.log.lines.filter(({ level }) => level === 'warn')).toHaveLength(told().length);
});

test.concurrent('the relay closes with handshakes under way', async () => {
  const relay = await startTlsRelay();
  const socket = await open(relay.port('rtmps'));
  socket.write(helloHead);
  const encrypted = connectTls(relay.port('https'));
  await once(encrypted, 'secureConnect');
  const ends = [closed(socket), closed(encrypted)];
  await relay.relay.close();
  await Promise.all(ends);
});

test.concurrent.each(['rtmps', 'https'])(
  'records of one byte are slowed on the %s port',
  async (listener) => {
    await using relay = await startTlsRelay();
    const socket = connectTls(relay.port(listener));
    await once(socket, 'secureConnect');
    const peer = `127.0.0.1:${socket.localPort}`;
    if (listener === 'rtmps') socket.write(Buffer.concat([Buffer.from([3]), Buffer.alloc(1536)]));
    const next = (): void => void (socket.writable && socket.write('\r', next)); // a record each
    next();
    await relay.log.waitFor('slowed', { peer });
    socket.destroy();
    await closed(socket);
  },
);
