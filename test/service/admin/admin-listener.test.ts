import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import type { IncomingHttpHeaders } from 'node:http';
import { request } from 'node:https';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import type { ConnectionOptions } from 'node:tls';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { relaySettings } from '../../../src/config/relay-settings.ts';
import { CertificateFolder, connectTls, shownBy, type TestCertificate } from '../../support/certificates.ts';
import { closed } from '../../support/closed.ts';
import { RawHttp } from '../../support/http-client.ts';
import { TestCluster } from '../../support/start-cluster.ts';
import { startRelay } from '../../support/start-relay.ts';

let folder: CertificateFolder;
let authority: TestCertificate;
let server: TestCertificate;
let operator: TestCertificate;
let colleague: TestCertificate;
let stranger: TestCertificate;

beforeAll(async () => {
  folder = await CertificateFolder.make();
  authority = await folder.certificate('authority');
  const otherAuthority = await folder.certificate('other-authority');
  server = await folder.certificate('server', { issuer: authority });
  operator = await folder.certificate('operator', { issuer: authority, names: 'DNS:op.example' });
  colleague = await folder.certificate('colleague', { issuer: authority, names: 'DNS:studio.example' });
  stranger = await folder.certificate('stranger', { issuer: otherAuthority, names: 'DNS:op.example' });
});
afterAll(() => folder[Symbol.asyncDispose]());

/** Whoever operates shows a certificate of the authority. */
function asking(more: object = {}): { listen: { admin: object }; access: object } {
  const { certFile, keyFile } = server;
  const place = { host: '127.0.0.1', port: 0, certFile, keyFile, clientCaFile: authority.certFile, ...more };
  const required = [{ type: 'certificate', subjects: ['op.example'] }];
  return { listen: { admin: place }, access: { rules: [{ verbs: ['operate'], require: required }] } };
}

async function identityOf({ certFile, keyFile }: TestCertificate): Promise<{ cert: string; key: string }> {
  return { cert: await readFile(certFile, 'utf8'), key: await readFile(keyFile, 'utf8') };
}

async function get(
  port: number,
  path: string,
  shown?: TestCertificate,
  headers: IncomingHttpHeaders = {},
): Promise<readonly [status: number | undefined, body: string]> {
  const identity = shown === undefined ? {} : await identityOf(shown);
  const ca = await readFile(authority.certFile, 'utf8');
  const sent = request({ host: '127.0.0.1', port, path, headers, ca, agent: false, ...identity }).end();
  const [answer] = await once(sent, 'response');
  return [answer.statusCode, answer.statusCode === 200 ? '' : await text(answer)];
}

const wanted = [403, forbidden('this needs a client certificate (TLS)')];

function forbidden(message: string): string {
  return `${JSON.stringify({ error: 'forbidden', message })}\n`;
}

describe.each([{ workers: 1 }, { workers: 2 }])('with $workers workers', ({ workers }) => {
  const start = (config: ReturnType<typeof asking>) =>
    workers === 1 ? startRelay(config) : TestCluster.start({ ...config, workers });

  test('an operator is known by a certificate, and nobody else is', async () => {
    await using relay = await start(asking());
    const port = relay.port('admin');
    expect(await get(port, '/api/v1/streams', operator)).toEqual([200, '']);
    expect(await get(port, '/api/v1/streams')).toEqual(wanted);
    expect(await get(port, '/api/v1/streams', stranger)).toEqual(wanted);
    const other = [403, forbidden('this certificate is not one of those that are let in here')];
    expect(await get(port, '/api/v1/streams', colleague)).toEqual(other);
    expect(await get(port, '/metrics')).toEqual([200, '']);
    await expect(fetch(`http://127.0.0.1:${port}/metrics`)).rejects.toThrow();
  });

  test('new settings bring another certificate, for new connections', async () => {
    await using relay = await start(asking());
    const port = relay.port('admin');
    expect(await shownBy(port)).toBe(server.fingerprint);
    const { certFile, keyFile } = colleague;
    const control = 'relay' in relay ? relay.relay : relay.cluster;
    const settings = relaySettings.parse({
      admin: { socket: null },
      ...(workers === 1 ? {} : { workers, log: { level: 'silent' } }),
      ...asking({ certFile, keyFile }),
    });
    await control.configure(settings);
    await relay.log.waitFor('certificate', { listener: 'admin' });
    expect(await shownBy(port)).toBe(colleague.fingerprint);
  });
});

test('where a certificate is required, the handshake fails without one, and the log says so', async () => {
  await using relay = await startRelay(asking({ requireClientCertificate: true }));
  const port = relay.port('admin');
  for (const shown of [undefined, stranger]) await expect(get(port, '/metrics', shown)).rejects.toThrow();
  const { text: line } = await relay.log.waitFor('tls', { listener: 'admin' });
  expect(line).toMatch(/^TLS handshakes failed: \d, the first one with 127\.0\.0\.1: /);
  expect(await get(port, '/api/v1/streams', operator)).toEqual([200, '']);
});

test('who goes on with a session of TLS without a certificate has none', async () => {
  await using relay = await startRelay(asking());
  const port = relay.port('admin');
  const first = connectTls(port);
  const [session] = (await once(first.resume(), 'session')) as [Buffer];
  first.destroy();
  const again = connectTls(port, { session, ...(await identityOf(operator)) } satisfies ConnectionOptions);
  const isReused = once(again, 'secureConnect').then(() => again.isSessionReused());
  await using client = RawHttp.over(again);
  client.send('GET /api/v1/streams HTTP/1.1\nHost: localhost\n\n');
  await client.heard(/403 Forbidden[\s\S]*this needs a client certificate/);
  expect(await isReused).toBe(true);
});

test('half handshakes make room for those that ask', async () => {
  await using relay = await startRelay(asking());
  const port = relay.port('admin');
  const idlers = await Promise.all(
    Array.from({ length: 80 }, async (_, index) => {
      const socket = index % 2 === 0 ? connectTls(port) : connect(port, '127.0.0.1').on('error', () => {});
      await once(socket, index % 2 === 0 ? 'secureConnect' : 'connect');
      return socket.resume();
    }),
  );
  expect(await get(port, '/healthz')).toEqual([200, '']);
  await Promise.race(idlers.map(closed));
  for (const socket of idlers) socket.destroy();
});

test('wrong keys that come by a proxy are counted to who has connected', async () => {
  const require = [{ type: 'key', values: ['operator-key'] }];
  const failures = { attempts: 2, delayMs: 0 };
  const place = { host: '127.0.0.1', port: 0, names: ['relay.example'] };
  const config = { listen: { admin: place }, access: { failures, rules: [{ verbs: ['operate'], require }] } };
  await using relay = await startRelay(config);
  await using client = await RawHttp.open(relay.port('admin'));
  for (const key of ['a', 'b'])
    client.send(
      `GET /api/v1/streams HTTP/1.1\nHost: relay.example\nVia: 1.1 proxy\nAuthorization: Bearer ${key}\n\n`,
    );
  await relay.log.waitFor('blocked', { address: '127.0.0.1' });
});
