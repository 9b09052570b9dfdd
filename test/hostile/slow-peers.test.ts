import { createConnection } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { encodeChunks } from '../../src/protocol/rtmp/chunk/chunk-writer.ts';
import { RawClient } from '../support/raw-client.ts';
import { simpleClientHandshake } from '../support/server-scene.ts';
import { startRelay } from '../support/start-relay.ts';
import { TestPublisher } from '../support/test-publisher.ts';
import { Witness } from '../support/witness.ts';

const hasty = {
  deadlines: { handshakeMs: 300, idleMs: 300, firstMediaMs: 300, silenceMs: 300, pingMs: 300 },
};

test('drips of a byte at a time gain nothing in any state', async () => {
  await using relay = await startRelay(hasty);
  await using witness = await Witness.start(relay);
  const port = relay.port('rtmp');
  const empty = await RawClient.open(port);
  const handshaking = await RawClient.open(port);
  const connecting = await RawClient.open(port);
  connecting.send(simpleClientHandshake);
  const idle = await RawClient.openConnected(port);
  const starting = await RawClient.openConnected(port);
  starting.commandOn(1, 'publish', 3, null, 'a', 'live');
  const publishing = await RawClient.openConnected(port);
  publishing.commandOn(1, 'publish', 3, null, 'b', 'live');
  publishing.message(9, Buffer.from('1701000000aa', 'hex'), 1);
  const chunk = encodeChunks({ type: 9, timestamp: 0, messageStreamId: 1 }, Buffer.alloc(60_000), 65_536);
  let at = 0;
  const drip = setInterval(() => {
    handshaking.send(simpleClientHandshake.subarray(at, at + 1));
    for (const { socket } of [connecting, idle, starting, publishing])
      socket.write(chunk.subarray(at, at + 1));
    at++;
  }, 20);
  const states = [
    { client: empty, missed: 'handshake' },
    { client: handshaking, missed: 'handshake' },
    { client: connecting, missed: 'connect' },
    { client: idle, missed: 'publish or play' },
    { client: starting, missed: 'first media' },
    { client: publishing, missed: 'media' },
  ];
  for (const { client, missed } of states) {
    await client.closed;
    await relay.log.waitFor('deadline', { peer: client.peer, missed });
  }
  clearInterval(drip);
  await witness.expectUndisturbed();
});

test('a peer that asks and reads no answer is cut before they fill the memory', async () => {
  await using relay = await startRelay();
  await using witness = await Witness.start(relay);
  await using attacker = await RawClient.openConnected(relay.port('rtmp'));
  attacker.socket.pause();
  const ping = encodeChunks(
    { type: 4, timestamp: 0, messageStreamId: 0 },
    Buffer.from('000600000001', 'hex'),
    128,
  );
  const pings = Buffer.concat(new Array<Buffer>(20_000).fill(ping));
  const before = process.memoryUsage().rss;
  while (relay.log.find('protocol-error').length === 0 && attacker.socket.bytesWritten < 200 * 2 ** 20) {
    if (!attacker.socket.write(pings)) await nextTurn();
  }
  const line = await relay.log.waitFor('protocol-error', { peer: attacker.peer });
  expect(line.fields['code']).toBe('RTMP_ANSWERS_UNREAD');
  expect(process.memoryUsage().rss - before).toBeLessThan(150 * 2 ** 20);
  await witness.expectUndisturbed();
});

/** Publishes 20 MB a second until it is told to stop. */
async function heavyStream(port: number): Promise<{ publisher: TestPublisher; stop(): void }> {
  const publisher = await TestPublisher.start(port, 'heavy/stream');
  let number = 0;
  const payload = Buffer.alloc(400_000);
  const timer = setInterval(() => {
    payload.set(Buffer.from(number % 10 === 0 ? '1701' : '2701', 'hex'));
    publisher.sendMedia({ type: 9, timestamp: number++ * 20, payload });
  }, 20);
  return { publisher, stop: () => clearInterval(timer) };
}

test('players that never read, acknowledge or answer are gone after the stall timeout, whatever they keep asking', async () => {
  await using relay = await startRelay({ fanOut: { stallTimeoutMs: 1500, maxBacklogBytes: 2 ** 20 } });
  await using witness = await Witness.start(relay);
  const port = relay.port('rtmp');
  const heavy = await heavyStream(port);
  await using _publisher = heavy.publisher;
  const before = process.memoryUsage();
  const attackers = await Promise.all([1, 2, 3, 4, 5].map(() => RawClient.openConnected(port, 'heavy')));
  for (const attacker of attackers) {
    attacker.socket.pause();
    attacker.commandOn(1, 'play', 3, null, 'stream');
  }
  const nagging = setInterval(() => {
    attackers[0]?.commandOn(1, 'receiveVideo', 0, null, Math.random() < 0.5);
    attackers[1]?.commandOn(1, 'pause', 0, null, Math.random() < 0.5, 0);
  }, 50);
  for (const attacker of attackers) await relay.log.waitFor('stalled', { peer: attacker.peer });
  clearInterval(nagging);
  heavy.stop();
  const after = process.memoryUsage();
  expect(after.arrayBuffers - before.arrayBuffers).toBeLessThan(100 * 2 ** 20);
  expect(await relay.metric('streampump_disconnected_players_total{reason="stalled"}')).toBe(5);
  await witness.expectUndisturbed();
  for (const attacker of attackers) await attacker[Symbol.asyncDispose]();
}, 30_000);

test('a player that never reads and plays anew again and again is bounded all the same', async () => {
  await using relay = await startRelay({ fanOut: { stallTimeoutMs: 3000, maxBacklogBytes: 2 ** 20 } });
  const port = relay.port('rtmp');
  const heavy = await heavyStream(port);
  await using _publisher = heavy.publisher;
  await using attacker = await RawClient.openConnected(port, 'heavy');
  attacker.socket.pause();
  const before = process.memoryUsage().arrayBuffers;
  const replay = setInterval(() => attacker.commandOn(1, 'play', 3, null, 'stream'), 100);
  await Promise.race([attacker.closed, relay.log.waitFor('play', { peer: attacker.peer }, { count: 50 })]);
  clearInterval(replay);
  heavy.stop();
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(60 * 2 ** 20);
}, 30_000);

test('half-open: FIN without reading, and a reset, end a player', async () => {
  await using relay = await startRelay();
  const port = relay.port('rtmp');
  await using fin = await RawClient.openConnected(port);
  fin.commandOn(1, 'play', 3, null, 'cam');
  await relay.log.waitFor('play', { peer: fin.peer });
  fin.socket.end();
  await relay.log.waitFor('play-end', { peer: fin.peer });
  await using reset = await RawClient.openConnected(port);
  reset.commandOn(1, 'play', 3, null, 'cam');
  await relay.log.waitFor('play', { peer: reset.peer });
  reset.socket.resetAndDestroy();
  await relay.log.waitFor('play-end', { peer: reset.peer });
  const gone = createConnection(port, '127.0.0.1', () => gone.resetAndDestroy()).on('error', () => {});
  expect(relay.log.find('bug')).toEqual([]);
});
