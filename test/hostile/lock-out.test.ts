import { connect, type Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type AmfValue, amfObject } from '../../src/protocol/amf/amf-value.ts';
import { encodeAmf0 } from '../../src/protocol/amf/amf0.ts';
import { encodeChunks } from '../../src/protocol/rtmp/chunk/chunk-writer.ts';
import { CertificateFolder, connectTls, type TestCertificate } from '../support/certificates.ts';
import { media } from '../support/fake-media.ts';
import { RawHttp } from '../support/http-client.ts';
import { RawClient } from '../support/raw-client.ts';
import { simpleClientHandshake } from '../support/server-scene.ts';
import { type Squat, Squatters, strangers } from '../support/squatters.ts';
import { TestCluster } from '../support/start-cluster.ts';
import { startRelay, type TestRelay } from '../support/start-relay.ts';
import { TestPlayer } from '../support/test-player.ts';
import { TestPublisher } from '../support/test-publisher.ts';
import { Witness } from '../support/witness.ts';
import { webSocketHead } from '../support/ws-client.ts';

const HONEST = '127.0.77.1';

const limits = { pendingSessions: 40, pendingSessionsPerAddress: 10 };
/** Nobody goes because the time is up. */
const deadlines = { handshakeMs: 60_000, idleMs: 60_000 };

const cut = 'streampump_rejected_total{reason="pending-limit"}';
const patient = { timeout: 15_000 };

let folder: CertificateFolder;
let certificate: TestCertificate;

beforeAll(async () => {
  folder = await CertificateFolder.make();
  certificate = await folder.certificate('relay');
});
afterAll(() => folder[Symbol.asyncDispose]());

function startSecureRelay(config: Record<string, unknown>): Promise<TestRelay> {
  const { certFile, keyFile } = certificate;
  const place = { host: '127.0.0.1', port: 0, certFile, keyFile };
  return startRelay({ deadlines, listen: { rtmps: place, https: place }, ...config });
}

function openHonest(port: number): Socket {
  return connect({ port, host: '127.0.0.1', localAddress: HONEST });
}

/** Somebody from elsewhere comes, once, and plays what the witness publishes. */
async function expectOthersToPlay(relay: TestRelay): Promise<void> {
  const port = relay.port('rtmp');
  await using rtmp = new TestPlayer(port, 'play', 'quiet/witness', openHonest(port));
  await rtmp.mediaOf(1);
  const secure = connectTls(relay.port('rtmps'), { socket: openHonest(relay.port('rtmps')) });
  await using rtmps = new TestPlayer(port, 'play', 'quiet/witness', secure);
  await rtmps.mediaOf(1);
  await using http = await RawHttp.open(relay.port('http'), HONEST);
  http.send('GET /quiet/witness.flv HTTP/1.1\nHost: x\n\n');
  await http.heard(/FLV/);
  await using webSocket = await RawHttp.open(relay.port('http'), HONEST);
  webSocket.send(`${webSocketHead('/quiet/witness.flv')}\n`);
  await webSocket.heard(/FLV/);
}

const overTls = (port: number, localAddress: string): Socket =>
  connectTls(port, { socket: connect({ port, host: '127.0.0.1', localAddress }) });
const tlsHead = Buffer.from('1603010200', 'hex');

const squats: readonly (Squat & { readonly what: string; readonly listener: string })[] = [
  { what: 'silence', listener: 'rtmp' },
  { what: 'half a handshake', listener: 'rtmp', first: Buffer.alloc(700, 3) },
  { what: 'a handshake that drips in', listener: 'rtmp', first: Buffer.from([3]), again: Buffer.alloc(1) },
  { what: 'a handshake and no more', listener: 'rtmp', first: simpleClientHandshake },
  { what: 'silence', listener: 'http' },
  {
    what: 'a head that drips in',
    listener: 'http',
    first: 'GET /a.flv HTTP/1.1\r\nHost: x\r\n',
    again: 'X: y\r\n',
  },
  {
    what: 'an upgrade that drips in',
    listener: 'http',
    first: webSocketHead('/a.flv').replaceAll('\n', '\r\n'),
    again: 'X',
  },
  { what: 'requests for pages', listener: 'http', again: 'GET /watch HTTP/1.1\r\nHost: x\r\n\r\n' },
  { what: 'silence', listener: 'rtmps' },
  { what: 'half a TLS handshake', listener: 'https', first: tlsHead, again: Buffer.alloc(1) },
  { what: 'TLS and no more', listener: 'rtmps', open: overTls },
  { what: 'TLS and half a head', listener: 'https', open: overTls, first: 'GET / HTTP/1.1\r\n' },
];

describe('whoever comes from elsewhere gets in and plays though all places for beginners are held with', () => {
  test.for(squats)('$what, $listener', async ({ listener, ...squat }) => {
    await using relay = await startSecureRelay({ limits });
    await using witness = await Witness.start(relay);
    await using _squatters = new Squatters(relay.port(listener), strangers(4), 12, squat);
    await expect.poll(() => relay.metric(cut), patient).toBeGreaterThanOrEqual(8);
    await expectOthersToPlay(relay);
    expect((await fetch(relay.adminUrl('/readyz'))).status).toBe(200);
    await witness.expectUndisturbed();
    expect(relay.log.find('bug')).toEqual([]);
  });
});

test('16 addresses that hold and renew what they can lock nobody out, and cost a line of log a second', async () => {
  await using relay = await startSecureRelay({ limits });
  await using witness = await Witness.start(relay);
  await using _plain = new Squatters(relay.port('rtmp'), strangers(16), 3);
  await using _http = new Squatters(relay.port('http'), strangers(16), 3, { first: 'GET / HTTP/1.1\r\n' });
  await using _secure = new Squatters(relay.port('https'), strangers(16), 2, { first: tlsHead });
  await relay.log.waitFor('cut');
  const before = relay.log.lines.length;
  for (let times = 0; times < 3; times++) await expectOthersToPlay(relay);
  const connections = relay.log
    .find('cut', { reason: 'pending-limit' })
    .map(({ fields }) => fields['connections']);
  expect(Math.max(...connections.map(Number))).toBeGreaterThan(100);
  const warned = relay.log.lines.slice(before).filter(({ level }) => level === 'warn');
  expect(warned.length).toBeLessThan(30);
  await witness.expectUndisturbed();
});

test('nor do connections that fill the server, where that is small', async () => {
  await using relay = await startSecureRelay({ limits: { sessions: 30 } });
  await using witness = await Witness.start(relay);
  await using _squatters = new Squatters(relay.port('rtmp'), strangers(4), 60);
  await expect
    .poll(() => relay.metric('streampump_rejected_total{reason="session-limit"}'), patient)
    .toBeGreaterThan(50);
  await expectOthersToPlay(relay);
  expect((await fetch(relay.adminUrl('/readyz'))).status).toBe(200);
  await witness.expectUndisturbed();
});

/** A command as an RTMP client sends it. */
function command(messageStreamId: number, name: string, ...values: AmfValue[]): Uint8Array {
  return encodeChunks({ type: 20, timestamp: 0, messageStreamId }, encodeAmf0(name, ...values), 128);
}

const playOnce = {
  http: 'GET /no/such.flv HTTP/1.1\r\nHost: x\r\n\r\n',
  rtmp: Buffer.concat([
    simpleClientHandshake,
    command(0, 'connect', 1, amfObject({ app: 'no', tcUrl: 'rtmp://127.0.0.1/no' })),
    command(0, 'createStream', 2, null),
    command(1, 'play', 3, null, 'such'),
  ]),
};

test.for(['http', 'rtmp'] as const)(
  'nor do those that have played once, for a moment, over %s',
  async (protocol) => {
    const few = { sessions: 30, waitingPlayersPerAddress: 2 };
    await using relay = await startSecureRelay({ limits: few, play: { waitMs: 50 } });
    await using publisher = await TestPublisher.start(relay.port('rtmp'), 'quiet/witness');
    publisher.sendMedia(...media('VH1@0 AH1@0 K1@0'));
    const squat = { first: playOnce[protocol] };
    await using _squatters = new Squatters(relay.port(protocol), strangers(4), 20, squat);
    await relay.log.waitFor('play-end', { reason: 'not-found' }, { count: 30 });
    for (let times = 0; times < 3; times++) await expectOthersToPlay(relay);
  },
);

describe('players that wait for streams that are not there', () => {
  const few = { limits: { waitingPlayersPerAddress: 3 }, play: { waitMs: 60_000 } };
  const waiting = 'streampump_sessions{role="waiting",protocol="rtmp"}';

  test('are bounded per address, in every protocol; others wait on, and places are free when streams come', async () => {
    await using relay = await startSecureRelay(few);
    const port = relay.port('rtmp');
    await using stack = new AsyncDisposableStack();
    for (let number = 1; number <= 3; number++) {
      const client = stack.use(await RawClient.openConnected(port));
      client.commandOn(1, 'play', 3, null, `none${number}`);
      await relay.log.waitFor('play', { stream: `live/none${number}` });
    }
    await using fourth = TestPlayer.play(port, 'live/none4');
    expect((await fourth.refused).description).toBe(
      '3 players from your address already wait for streams that are not there, the most that is allowed',
    );
    await using http = await RawHttp.open(relay.port('http'));
    http.send('GET /live/none4.flv HTTP/1.1\nHost: x\n\n');
    await http.heard(/^HTTP\/1\.1 429 .*3 players from your address already wait/s);
    await using webSocket = await RawHttp.open(relay.port('http'));
    webSocket.send(`${webSocketHead('/live/none4.flv')}\n`);
    await webSocket.heard(/3 players from your address already wait/);
    expect(await relay.metric('streampump_rejected_total{reason="waiting-limit"}')).toBe(3);
    await using other = new TestPlayer(port, 'play', 'live/none1', openHonest(port));
    await relay.log.waitFor('play', { stream: 'live/none1' }, { count: 2 });

    await using publisher = await TestPublisher.start(port, 'live/none1');
    publisher.sendMedia(...media('VH1@0 K1@0'));
    await other.mediaOf(1);
    await using again = TestPlayer.play(port, 'live/none4');
    await relay.log.waitFor('play', { stream: 'live/none4' });
    await using live = TestPlayer.play(port, 'live/none1'); // need not wait
    await live.mediaOf(1);
    expect([await relay.metric(waiting), again.messages]).toEqual([3, []]);
  });

  test('are given their places back when they leave, or play something else', async () => {
    await using relay = await startSecureRelay(few);
    const port = relay.port('rtmp');
    await using client = await RawClient.openConnected(port);
    for (let times = 1; times <= 6; times++) {
      client.commandOn(1, 'play', 3, null, `none${times}`);
      await relay.log.waitFor('play', { stream: `live/none${times}` });
    }
    for (let times = 0; times < 6; times++) {
      await using passing = await RawHttp.open(relay.port('http'));
      passing.send('GET /live/none.flv HTTP/1.1\nHost: x\n\n');
      await relay.log.waitFor('play', { stream: 'live/none' }, { count: times + 1 });
      passing.socket.destroy();
      await relay.log.waitFor('play-end', { stream: 'live/none' }, { count: times + 1 });
    }
    expect(relay.log.find('refused')).toEqual([]);
  });
});

describe('with two workers', () => {
  const begun = (player: TestPlayer): Promise<unknown> => player.mediaOf(1);

  test('connections that are only held lock nobody out, whichever worker has them', async () => {
    await using relay = await TestCluster.start({ limits, deadlines });
    await using publisher = await relay.publish(0, 'live/a');
    publisher.sendMedia(...media('VH1@0 K1@0'));
    await using _squatters = new Squatters(relay.port('rtmp'), strangers(8), 12);
    await expect.poll(() => relay.metric(cut), patient).toBeGreaterThanOrEqual(56);
    for (let times = 0; times < 8; times++) {
      const port = relay.port('rtmp');
      await using player = new TestPlayer(port, 'play', 'live/a', openHonest(port)); // of one worker or the other
      await begun(player);
    }
    expect((await fetch(relay.adminUrl('/readyz'))).status).toBe(200);
  });

  test('players that wait are counted over both, and need not wait for what the other has', async () => {
    await using relay = await TestCluster.start({ limits: { waitingPlayersPerAddress: 2 } });
    await using publisher = await relay.publish(0, 'live/a');
    publisher.sendMedia(...media('VH1@0 K1@0'));
    await relay.reaches('streampump_streams', 1);
    await using stack = new AsyncDisposableStack();
    for (const worker of [0, 1]) stack.use(await relay.play(worker, 'live/none'));
    await relay.reaches('streampump_sessions{role="waiting",protocol="rtmp"}', 2);
    for (const worker of [0, 1]) {
      await using third = await relay.play(worker, 'live/none');
      expect((await third.refused).description).toContain('2 players from your address already wait');
      await using player = await relay.play(worker, 'live/a');
      await begun(player);
    }
  });
});
