import { once } from 'node:events';
import { connect as connectTcp } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { expect, test } from 'vitest';
import type { SessionStatus } from '../../../../src/service/admin/relay-status.ts';
import { CertificateFolder } from '../../../support/certificates.ts';
import { media } from '../../../support/fake-media.ts';
import { RawHttp } from '../../../support/http-client.ts';
import { startRelay, type TestRelay } from '../../../support/start-relay.ts';
import { TestPublisher } from '../../../support/test-publisher.ts';
import { WsClient } from '../../../support/ws-client.ts';

/** Other tests may run beside this one. */
const patient = { timeout: 15_000 };

async function sessionsOf(relay: TestRelay): Promise<readonly SessionStatus[]> {
  return (await relay.relay.sessions({ limit: 100 })).items;
}

test('a session is what it speaks, from the first byte of TLS on, and goes on as a WebSocket in its place', async () => {
  await using folder = await CertificateFolder.make();
  const { certFile, keyFile } = await folder.certificate('relay');
  const place = { host: '127.0.0.1', port: 0, certFile, keyFile };
  await using relay = await startRelay({ listen: { rtmps: place } });
  await using publisher = await TestPublisher.start(relay.port('rtmp'), 'live/a');
  publisher.sendMedia(...media('VH1@0 K1@0'));
  await using player = await WsClient.open(relay.wsUrl('live/a'));
  await player.messageOf(2);
  const silent = connectTcp(relay.port('rtmps'), '127.0.0.1');
  await once(silent, 'connect');
  const encrypted = connectTls({ port: relay.port('rtmps'), host: '127.0.0.1', rejectUnauthorized: false });
  await once(encrypted, 'secureConnect');
  const shown = async (): Promise<unknown> =>
    (await sessionsOf(relay)).map(({ id, role, protocol, tls, stream }) => [id, role, protocol, tls, stream]);
  await expect.poll(shown, patient).toEqual([
    ['c1', 'publisher', 'rtmp', false, 'live/a'],
    ['c2', 'player', 'ws-flv', false, 'live/a'],
    ['c3', 'pending', 'rtmp', true, null],
    ['c4', 'pending', 'rtmp', true, null],
  ]);
  silent.destroy();
  encrypted.destroy();
});

test('a player that takes nothing lags: what it was sent, how long that has waited and what was left out for it', async () => {
  await using relay = await startRelay({ fanOut: { maxBacklogBytes: 8 * 2 ** 20 } });
  await using publisher = await TestPublisher.start(relay.port('rtmp'), 'live/cam');
  await using player = await RawHttp.open(relay.port('http'));
  player.socket.pause();
  player.send('GET /live/cam.flv HTTP/1.1\nHost: relay\nUser-Agent: slow one\n\n');
  await relay.log.waitFor('play', { stream: 'live/cam' });
  const frames = Array.from({ length: 8 }, (_, i) => `K${i}@${40 * i}:4000000`);
  for (const frame of frames) publisher.sendMedia(...media(frame));
  const look = async (): Promise<SessionStatus | undefined> => (await sessionsOf(relay))[1];
  await expect.poll(async () => (await look())?.lagging, patient).toBe(true);
  const slow = await look();
  expect(slow).toMatchObject({ role: 'player', client: 'slow one', stream: 'live/cam' });
  expect(slow?.backlogBytes).toBeGreaterThan(100_000);
  expect(slow?.droppedFrames).toBeGreaterThan(0);
  await expect.poll(async () => (await look())?.backlogMs, patient).toBeGreaterThan(200);
  const { items } = await relay.relay.streams({ limit: 1 });
  expect(items).toMatchObject([{ stream: 'live/cam', players: 1, laggingPlayers: 1 }]);
  expect(items[0]?.backlogBytes).toBeGreaterThan(100_000);
  player.socket.destroy();
});
