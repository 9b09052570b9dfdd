import { once } from 'node:events';
import { cp, readFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { CertificateFolder, connectTls, type TestCertificate } from '../../../support/certificates.ts';
import { closed } from '../../../support/closed.ts';
import { media } from '../../../support/fake-media.ts';
import { RawHttp } from '../../../support/http-client.ts';
import { startRelay, type TestRelay } from '../../../support/start-relay.ts';
import { TestPlayer } from '../../../support/test-player.ts';
import { TestPublisher } from '../../../support/test-publisher.ts';

let folder: CertificateFolder;
let authority: TestCertificate;
let otherAuthority: TestCertificate;
let server: TestCertificate;
let client: TestCertificate;
let stranger: TestCertificate;

beforeAll(async () => {
  folder = await CertificateFolder.make();
  authority = await folder.certificate('authority');
  otherAuthority = await folder.certificate('other-authority');
  server = await folder.certificate('server', { issuer: authority });
  client = await folder.certificate('studio1', { issuer: authority, names: 'DNS:studio1.example' });
  stranger = await folder.certificate('stranger', { issuer: otherAuthority, names: 'DNS:studio1.example' });
});
afterAll(() => folder[Symbol.asyncDispose]());

/** Publishing takes a certificate of the authority. */
function startAsking(
  more: Record<string, unknown> = {},
  required: object = {},
  http: object = {},
): Promise<TestRelay> {
  const { certFile, keyFile } = server;
  const place = { host: '127.0.0.1', port: 0, certFile, keyFile, clientCaFile: authority.certFile, ...more };
  const rule = { match: 'live/**', verbs: ['publish'], require: [{ type: 'certificate', ...required }] };
  return startRelay({ listen: { rtmps: place, https: place }, access: { rules: [rule] }, http });
}

async function identityOf({ certFile, keyFile }: TestCertificate): Promise<{ cert: string; key: string }> {
  return { cert: await readFile(certFile, 'utf8'), key: await readFile(keyFile, 'utf8') };
}

async function publish(relay: TestRelay, shown?: TestCertificate): Promise<TestPublisher> {
  const port = relay.port('rtmps');
  const identity = shown === undefined ? {} : await identityOf(shown);
  return new TestPublisher(port, 'publish', 'live/a', connectTls(port, identity));
}

/** A session that a client can go on with. */
async function sessionOf(port: number, shown?: TestCertificate): Promise<Buffer> {
  const socket = connectTls(port, shown === undefined ? {} : await identityOf(shown));
  const [session] = (await once(socket.resume(), 'session')) as [Buffer];
  socket.destroy();
  return session;
}

describe.concurrent('clients that are asked for a certificate', () => {
  test('are known by it, over RTMPS and HTTPS', async () => {
    await using relay = await startAsking({}, { subjects: ['*.example'] });
    await using publisher = await publish(relay, client);
    await publisher.started;
    await relay.log.waitFor('publish', { stream: 'live/a' });
    const port = relay.port('https');
    await using http = RawHttp.over(connectTls(port, await identityOf(client)));
    http.send('PUT /live/b.flv HTTP/1.1\nHost: x\nExpect: 100-continue\nTransfer-Encoding: chunked\n\n');
    await http.heard(/100 Continue/);
  });

  test('are not known by the certificate of the proxy that asks for them', async () => {
    await using relay = await startAsking({}, {}, { trustedProxies: ['127.0.0.1/32'] });
    await using http = RawHttp.over(connectTls(relay.port('https'), await identityOf(client)));
    http.send('PUT /live/b.flv HTTP/1.1\nHost: x\nX-Forwarded-For: 203.0.113.9\nContent-Length: 9\n\n');
    await http.heard(/HTTP\/1.1 403/);
    const { text } = await relay.log.waitFor('refused', { peer: '203.0.113.9', reason: 'credentials' });
    expect(text).toBe('was refused: this needs a client certificate (TLS)');
  });

  test.each(['none', 'one of another authority'])(
    'come in with %s, and are refused what needs it',
    async (shown) => {
      await using relay = await startAsking();
      await using publisher = await publish(relay, shown === 'none' ? undefined : stranger);
      await expect(publisher.started).rejects.toThrow();
      const { text } = await relay.log.waitFor('refused', { stream: 'live/a', reason: 'credentials' });
      expect(text).toBe('was refused: this needs a client certificate (TLS)');
      await using player = new TestPlayer(0, 'play', 'live/a', connectTls(relay.port('rtmps')));
      await relay.log.waitFor('play', { stream: 'live/a' });
      await player.cut();
    },
  );

  test('that go on with a session of TLS without one have none', async () => {
    await using relay = await startAsking();
    const port = relay.port('rtmps');
    const again = connectTls(port, { session: await sessionOf(port) });
    const isReused = once(again, 'secureConnect').then(() => again.isSessionReused());
    await using publisher = new TestPublisher(port, 'publish', 'live/a', again);
    await expect(publisher.started).rejects.toThrow();
    const { text } = await relay.log.waitFor('refused', { stream: 'live/a', reason: 'credentials' });
    expect(text).toBe('was refused: this needs a client certificate (TLS)');
    expect(await isReused).toBe(true);
  });
});

test.concurrent('where a certificate is required, the handshake fails without one, and says why', async () => {
  await using relay = await startAsking({ requireClientCertificate: true });
  for (const shown of [undefined, stranger]) {
    const identity = shown === undefined ? {} : await identityOf(shown);
    const socket = connectTls(relay.port('rtmps'), identity).resume();
    await closed(socket);
  }
  const { text } = await relay.log.waitFor('tls', { listener: 'rtmps' });
  expect(text).toMatch(/^TLS handshakes failed/);
  await using publisher = await publish(relay, client);
  await publisher.started;
});

test.concurrent('other authorities hold for new connections once their file has changed', async () => {
  const clientCaFile = folder.file('changing.crt');
  await cp(authority.certFile, clientCaFile);
  await using relay = await startAsking({ clientCaFile, requireClientCertificate: true });
  await using publisher = await publish(relay, client);
  await publisher.started;
  const session = await sessionOf(relay.port('rtmps'), client);
  await cp(otherAuthority.certFile, clientCaFile);
  const { text } = await relay.log.waitFor('certificate', {});
  expect(text).toBe('new connections are asked for certificates of other authorities: 1');
  await using other = await publish(relay, stranger);
  await other.started; // and takes over
  const refused = connectTls(relay.port('rtmps'), await identityOf(client)).resume();
  await closed(refused);
  const resumed = connectTls(relay.port('rtmps'), { session }).resume();
  await closed(resumed);
});

test.concurrent('a session goes on after a new certificate', async () => {
  const place = await folder.certificate('renewed');
  await using relay = await startAsking({ certFile: place.certFile, keyFile: place.keyFile });
  const port = relay.port('https');
  const session = await sessionOf(port);
  await folder.replace(place, await folder.certificate('renewal'));
  await relay.log.waitFor('certificate', { listener: 'https' });
  const again = connectTls(port, { session });
  await once(again, 'secureConnect');
  expect([again.isSessionReused(), again.getCipher().name]).toEqual([true, 'TLS_AES_128_GCM_SHA256']);
  again.destroy();
});

test.concurrent('of connections that say nothing the handshake is not begun, and its time runs out', async () => {
  await using relay = await startRelay({
    listen: { https: { host: '127.0.0.1', port: 0, certFile: server.certFile, keyFile: server.keyFile } },
    deadlines: { handshakeMs: 100 },
  });
  const silent = connect(relay.port('https'), '127.0.0.1').resume();
  await closed(silent);
  const { text } = await relay.log.waitFor('deadline', {});
  expect(text).toBe('timed out: no TLS handshake');
});

test.concurrent('a relay shows its certificate to a parent that asks for one', async () => {
  const { certFile, keyFile } = server;
  const place = { host: '127.0.0.1', port: 0, certFile, keyFile, clientCaFile: authority.certFile };
  const rules = [{ verbs: ['play'], require: [{ type: 'certificate', subjects: ['studio1'] }] }];
  await using parent = await startRelay({ listen: { rtmps: place }, access: { rules } });
  await using publisher = await TestPublisher.start(parent.port('rtmp'), 'live/a');
  const url = `rtmps://127.0.0.1:${parent.port('rtmps')}/{key}`;
  const streams = [{ match: '**', source: { type: 'pull', urls: [url] } }];
  const tls = { caFile: authority.certFile, certFile: client.certFile, keyFile: client.keyFile };
  await using child = await startRelay({ streams, tls });
  await using player = TestPlayer.play(child.port('rtmp'), 'live/a');
  await parent.log.waitFor('play', { stream: 'live/a' });
  publisher.sendMedia(...media('VH1@0 AH1@0 K1@0'));
  expect(await player.mediaOf(3)).toHaveLength(3);
});
