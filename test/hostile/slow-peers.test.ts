import { createConnection } from 'node:net';
import { expect, test } from 'vitest';
import { heldMemory } from '../support/held-memory.ts';
import { RawClient } from '../support/raw-client.ts';
import { startRelay } from '../support/start-relay.ts';
import { TestPublisher } from '../support/test-publisher.ts';
import { Witness } from '../support/witness.ts';

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
  const before = heldMemory();
  const replay = setInterval(() => attacker.commandOn(1, 'play', 3, null, 'stream'), 100);
  await Promise.race([attacker.closed, relay.log.waitFor('play', { peer: attacker.peer }, { count: 50 })]);
  clearInterval(replay);
  heavy.stop();
  expect(heldMemory() - before).toBeLessThan(60 * 2 ** 20);
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
