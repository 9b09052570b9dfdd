import type { Socket } from 'node:net';
import { expect, test } from 'vitest';
import { connectStraight } from '../../src/session/upstream/server-connector.ts';
import { RawHttp } from '../support/http-client.ts';
import { simpleClientHandshake } from '../support/server-scene.ts';
import { startRelay } from '../support/start-relay.ts';
import { TestPlayer } from '../support/test-player.ts';
import { openTunnel, TunnelRequests } from '../support/tunnels.ts';
import { Witness } from '../support/witness.ts';

const hello = simpleClientHandshake.subarray(0, 1537);

function head(path: string, length: number | string): string {
  return `POST ${path} HTTP/1.1\nHost: x\nContent-Length: ${length}\n\n`;
}

/** Resolves once so many answers have begun. */
async function answered(client: RawHttp, count: number): Promise<void> {
  const begun = (): number => client.text.split('HTTP/1.1 ').length - 1;
  await client.until(() => (begun() >= count ? true : null), `${count} answers`);
}

test('a body that does not come on ends its connection, and its session', async () => {
  await using relay = await startRelay({ http: { rtmpt: true }, deadlines: { idleMs: 300 } });
  using client = new TunnelRequests(relay.port('http'));
  const id = await client.open();
  await using slow = await RawHttp.open(relay.port('http'));
  slow.send(head(`/send/${id}/0`, 1000));
  slow.send(hello.subarray(0, 10));
  expect(await slow.all()).toMatch(/^HTTP\/1.1 408 /);
  await relay.log.waitFor('deadline', { protocol: 'rtmpt', missed: 'request of its tunnel' });
  expect((await client.post(`/idle/${id}/1`)).status).toBe(404);
});

test('a body without end is read no faster than it is acted on, and ends with what is wrong in it', async () => {
  await using relay = await startRelay({ http: { rtmpt: true } });
  using client = new TunnelRequests(relay.port('http'));
  const id = await client.open();
  await using endless = await RawHttp.open(relay.port('http'));
  endless.send(head(`/send/${id}/0`, '9999999999'));
  const garbage = Buffer.alloc(64 * 1024, 0x55);
  const pour = (): void => {
    while (endless.socket.writable && endless.socket.write(garbage));
  };
  endless.socket.on('drain', pour);
  pour();
  await relay.log.waitFor('protocol-error', { protocol: 'rtmpt' });
  await endless.heard(/^HTTP\/1.1 404 /);
  expect(await relay.metric('streampump_partial_bytes')).toBeLessThan(2 ** 20);
});

test('ids are guessed a few times only on each connection', async () => {
  await using relay = await startRelay({ http: { rtmpt: true } });
  await using guesser = await RawHttp.open(relay.port('http'));
  for (let i = 0; i < 100; i++) {
    const id = `0.${String(i).padStart(22, 'a')}`;
    guesser.send(head(`/idle/${id}/0`, 1));
    guesser.send(Buffer.of(0));
    if (i < 64) await answered(guesser, i + 1);
  }
  const statuses = (await guesser.all()).match(/HTTP\/1.1 \d+/g) ?? [];
  expect(statuses.at(-1)).toBe('HTTP/1.1 429');
  expect(statuses.length).toBeLessThan(80); // two a second are given back
});

test('floods of requests, the same one at once and numbers in any order hold up nobody else', async () => {
  await using relay = await startRelay({ http: { rtmpt: true }, deadlines: { handshakeMs: 2000 } });
  await using witness = await Witness.start(relay);
  using client = new TunnelRequests(relay.port('http'), { localAddress: '127.0.0.9' });
  const id = await client.open();
  const paths = [
    ...Array.from({ length: 20 }, () => `/send/${id}/0`),
    ...Array.from({ length: 20 }, (_, i) => `/idle/${id}/${(i * 7) % 20}`),
    ...Array.from({ length: 10 }, (_, i) => `/close/${id}/${900 + i}`),
  ];
  const answers = await Promise.all(paths.map((path) => client.post(path, hello)));
  for (const { status } of answers) expect([200, 400, 404, 409, 413]).toContain(status);
  await using flood = await RawHttp.open(relay.port('http'), '127.0.0.9');
  const other = await client.open();
  for (let number = 0; number < 72; number++) {
    flood.send(head(`/idle/${other}/${number}`, 1));
    flood.send(Buffer.of(0));
    if (number % 12 === 11) await answered(flood, number - 11);
  }
  expect(relay.log.find('slowed', { protocol: 'rtmpt' })).toHaveLength(1);
  await witness.expectUndisturbed();
});

test('a player that asks for nothing more loses its place, and holds no more than any that reads nothing', async () => {
  await using relay = await startRelay({
    http: { rtmpt: true },
    fanOut: { stallTimeoutMs: 500, maxBacklogBytes: 65_536 },
  });
  await using witness = await Witness.start(relay);
  let carrier: Socket | undefined;
  const socket = await openTunnel(relay.port('http'), (to, onDone) =>
    connectStraight(to, (connected) => {
      if (!(connected instanceof Error)) carrier = connected;
      onDone(connected);
    }),
  );
  await using player = new TestPlayer(0, 'play', 'quiet/witness', socket);
  await player.mediaOf(3);
  carrier?.pause(); // it reads no answer, and asks no more
  await relay.log.waitFor('stalled', { protocol: 'rtmpt' });
  expect(await relay.metric('streampump_backlog_bytes')).toBeLessThan(3 * 65_536);
  await witness.expectUndisturbed();
  carrier?.destroy();
});
