import { readFile } from 'node:fs/promises';
import type { Socket } from 'node:net';
import type { ConnectionOptions } from 'node:tls';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { CertificateFolder, connectTls } from '../../support/certificates.ts';
import { media } from '../../support/fake-media.ts';
import { tagWord } from '../../support/http-client.ts';
import { simpleClientHandshake } from '../../support/server-scene.ts';
import { startRelay, type TestRelay } from '../../support/start-relay.ts';
import { TestPlayer } from '../../support/test-player.ts';
import { TestPublisher } from '../../support/test-publisher.ts';
import { openTunnel, type TunnelAnswer, TunnelRequests } from '../../support/tunnels.ts';

/** C0 and C1, and all that a server says to them: S0, S1 and S2. */
const hello = simpleClientHandshake.subarray(0, 1537);
const HELLO_ANSWER = 3073;

/** What is behind the intervals. */
function saidIn(answers: readonly TunnelAnswer[]): Buffer {
  return Buffer.concat(answers.map(({ body }) => body.subarray(1)));
}

describe('a relay', () => {
  let relay: TestRelay;
  beforeAll(async () => {
    relay = await startRelay({ http: { rtmpt: true } });
  });
  afterAll(() => relay[Symbol.asyncDispose]());

  test('opens sessions of its own, each under an id that nobody guesses', async () => {
    using client = new TunnelRequests(relay.port('http'));
    const ids = [await client.open(), await client.open()];
    for (const id of ids) expect(id).toMatch(/^0\.[\w-]{22}$/);
    expect(ids[0]).not.toBe(ids[1]);
  });

  test('answers with the interval and what it has to say, and says how long that is', async () => {
    using client = new TunnelRequests(relay.port('http'));
    const id = await client.open();
    const answers = [await client.post(`/send/${id}/0`, hello)];
    while (saidIn(answers).length < HELLO_ANSWER)
      answers.push(await client.post(`/idle/${id}/${answers.length}`));
    for (const { status, headers, body } of answers) {
      const { 'content-length': length, 'content-type': type, 'transfer-encoding': coding } = headers;
      const asExpected = [200, 'application/x-fcs', String(body.length), undefined, 1];
      expect([status, type, length, coding, body[0]]).toEqual(asExpected);
    }
    expect(saidIn(answers)[0]).toBe(3); // S0
  });

  test('answers what comes again as it did before, and does it once', async () => {
    using client = new TunnelRequests(relay.port('http'));
    const id = await client.open();
    const first = await client.post(`/send/${id}/5`, hello);
    for (let i = 0; i < 3; i++) {
      const again = await client.post(`/send/${id}/5`, hello);
      expect([again.status, again.body.equals(first.body)]).toEqual([200, true]);
    }
    expect((await client.post(`/idle/${id}/6`)).status).toBe(200);
    expect((await client.post(`/send/${id}/5`, hello)).body.equals(first.body)).toBe(true);
  });

  test('puts requests in order that come in another one', async () => {
    using client = new TunnelRequests(relay.port('http'));
    const id = await client.open();
    await client.post(`/send/${id}/0`, hello.subarray(0, 1));
    const answers = await Promise.all([
      client.post(`/idle/${id}/3`),
      client.post(`/send/${id}/2`, hello.subarray(1000)),
      client.post(`/send/${id}/1`, hello.subarray(1, 1000)),
    ]);
    await client.hear(id, 4, HELLO_ANSWER - saidIn(answers).length);
  });

  test.each([
    { what: 'a number far ahead', path: (id: string) => `/send/${id}/50`, status: 400 },
    { what: 'a number of long ago', path: (id: string) => `/send/${id}/1`, status: 400 },
    { what: 'an id that was never given', path: () => `/send/0.${'a'.repeat(22)}/0`, status: 404 },
    { what: 'an id of another thread', path: (id: string) => `/send/7${id.slice(1)}/21`, status: 404 },
    { what: 'an id with a letter more', path: (id: string) => `/send/${id}x/21`, status: 404 },
    { what: 'a path of no meaning', path: (id: string) => `/send/${id}`, status: 400 },
    { what: 'a question for the address', path: () => '/fcs/ident2', status: 404 },
  ])('answers $what with $status, and goes on', async ({ path, status }) => {
    using client = new TunnelRequests(relay.port('http'));
    const id = await client.open();
    for (const number of [19, 20]) await client.post(`/idle/${id}/${number}`);
    expect((await client.post(path(id), hello)).status).toBe(status);
    expect((await client.post(`/idle/${id}/21`)).status).toBe(200);
  });

  test('ends a session that is closed, and knows it no more', async () => {
    using client = new TunnelRequests(relay.port('http'));
    const id = await client.begin();
    const { status, body } = await client.post(`/close/${id}/1`);
    expect([status, [...body]]).toEqual([200, [0]]);
    expect((await client.post(`/idle/${id}/2`)).status).toBe(404);
  });

  test('ends a session whose client breaks the protocol', async () => {
    using client = new TunnelRequests(relay.port('http'));
    const id = await client.open();
    await client.post(`/send/${id}/0`, Buffer.from('GET / HTTP/1.1\r\n\r\n'));
    expect((await client.post(`/idle/${id}/1`)).status).toBe(404);
    expect(relay.log.find('protocol-error', { protocol: 'rtmpt' })).toHaveLength(1);
  });

  test('refuses an idle request that brings much', async () => {
    using client = new TunnelRequests(relay.port('http'));
    const id = await client.begin();
    expect((await client.post(`/idle/${id}/1`, Buffer.alloc(100_000))).status).toBe(413);
  });

  test('serves players and publishers by tunnels as it serves others', async () => {
    const port = relay.port('http');
    await using publisher = new TestPublisher(port, 'publish', 'live/a', await openTunnel(port));
    await publisher.started;
    await using tunnelled = new TestPlayer(port, 'play', 'live/a', await openTunnel(port));
    await using plain = TestPlayer.play(relay.port('rtmp'), 'live/a');
    await relay.log.waitFor('play', { stream: 'live/a' }, { count: 2 });
    const sent = media('VH1@0 AH1@0 K1@0 A1@10 P1@40');
    publisher.sendMedia(...sent);
    for (const player of [tunnelled, plain])
      expect((await player.mediaOf(sent.length)).map(tagWord)).toEqual(sent.map(tagWord));
    const answer = await fetch(relay.adminUrl('/api/v1/sessions?protocol=rtmpt'));
    expect(await answer.json()).toMatchObject({
      items: expect.arrayContaining([
        expect.objectContaining({ protocol: 'rtmpt', role: 'publisher', address: '127.0.0.1', tls: false }),
        expect.objectContaining({ protocol: 'rtmpt', role: 'player' }),
      ]),
    });
    expect(await relay.metric('streampump_sessions{role="player",protocol="rtmpt"}')).toBe(1);
    await publisher.finish();
    expect(await tunnelled.ended).toBe(await plain.ended);
  });
});

test('without the setting there is nothing at these paths', async () => {
  await using relay = await startRelay();
  using client = new TunnelRequests(relay.port('http'));
  expect((await client.post('/open/1')).status).toBe(404);
});

test('a session whose client asks for nothing any more, or leaves a request out, ends', async () => {
  await using relay = await startRelay({ http: { rtmpt: true }, deadlines: { idleMs: 300 } });
  using client = new TunnelRequests(relay.port('http'));
  const silent = await client.begin();
  const gap = await client.begin();
  const late = client.post(`/idle/${gap}/3`);
  await relay.log.waitFor('deadline', { protocol: 'rtmpt' }, { count: 2 });
  expect((await late).status).toBe(404);
  expect((await client.post(`/idle/${silent}/1`)).status).toBe(404);
  expect(relay.log.find('deadline').map(({ fields }) => fields['missed'])).toContain('request of its tunnel');
});

test.each([
  { only: false, status: 200 },
  { only: true, status: 404 },
])('from another address, where that is to be the same: $only', async ({ only, status }) => {
  await using relay = await startRelay({ http: { rtmpt: true, rtmptSameAddress: only } });
  using client = new TunnelRequests(relay.port('http'));
  using other = new TunnelRequests(relay.port('http'), { localAddress: '127.0.0.2' });
  const id = await client.begin();
  expect((await other.post(`/idle/${id}/1`)).status).toBe(status);
});

test('sessions that are opened and not used count to their address, and make room', async () => {
  const limits = { pendingSessionsPerAddress: 10 };
  await using relay = await startRelay({ http: { rtmpt: true }, limits });
  using client = new TunnelRequests(relay.port('http'));
  const statuses: number[] = [];
  for (let i = 0; i < 20; i++) statuses.push((await client.post('/open/1')).status);
  expect(statuses).toContain(503);
  expect(await relay.metric('streampump_sessions{role="pending",protocol="rtmpt"}')).toBeLessThanOrEqual(10);
});

test('a relay that stops says so to players by tunnels, and waits for them no longer than for others', async () => {
  const relay = await startRelay({ http: { rtmpt: true } });
  const port = relay.port('http');
  await using publisher = await TestPublisher.start(relay.port('rtmp'), 'live/a');
  publisher.sendMedia(...media('VH1@0 AH1@0 K1@0'));
  await using player = new TestPlayer(port, 'play', 'live/a', await openTunnel(port));
  await player.mediaOf(3);
  await relay.relay.close();
  expect(await player.ended).toBe('NetStream.Play.UnpublishNotify');
});

test('a client is known by the certificate that it has shown where its tunnel was opened', async () => {
  await using folder = await CertificateFolder.make();
  const [server, client] = [await folder.certificate('server'), await folder.certificate('encoder')];
  const { certFile, keyFile } = server;
  await using relay = await startRelay({
    http: { rtmpt: true },
    listen: { https: { host: '127.0.0.1', port: 0, certFile, keyFile, clientCaFile: client.certFile } },
    access: { rules: [{ verbs: ['publish'], require: [{ type: 'certificate' }] }] },
  });
  const [cert, key] = await Promise.all([readFile(client.certFile), readFile(client.keyFile)]);
  const port = relay.port('https');
  const open = (shown: ConnectionOptions): Promise<Socket> =>
    openTunnel(port, (_to, onDone) => {
      const socket = connectTls(port, shown);
      socket.once('secureConnect', () => onDone(socket));
      return () => socket.destroy();
    });
  await using known = new TestPublisher(port, 'publish', 'live/a', await open({ cert, key }));
  await known.started;
  await using unknown = new TestPublisher(port, 'publish', 'live/b', await open({}));
  await expect(unknown.started).rejects.toThrow();
  expect(relay.log.find('publish').map(({ fields }) => fields['stream'])).toEqual(['live/a']);
});
