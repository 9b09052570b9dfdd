import { expect, test } from 'vitest';
import { RawHttp } from '../support/http-client.ts';
import { startRelay } from '../support/start-relay.ts';
import { TestPublisher } from '../support/test-publisher.ts';
import { Witness } from '../support/witness.ts';
import { webSocketHead } from '../support/ws-client.ts';

test('players that never read are gone after the stall timeout, and disturb nobody meanwhile', async () => {
  await using relay = await startRelay({ fanOut: { stallTimeoutMs: 1500, maxBacklogBytes: 2 ** 20 } });
  await using witness = await Witness.start(relay);
  await using publisher = await TestPublisher.start(relay.port('rtmp'), 'heavy/stream');
  let number = 0;
  const payload = Buffer.alloc(400_000);
  const sending = setInterval(() => {
    payload.set(Buffer.from(number % 10 === 0 ? '1701' : '2701', 'hex'));
    publisher.sendMedia({ type: 9, timestamp: number++ * 20, payload });
  }, 20);
  const before = process.memoryUsage().arrayBuffers;
  await using reader = await RawHttp.open(relay.port('http'));
  reader.send('GET /heavy/stream.flv HTTP/1.1\nHost: x\n\n');
  const stalled = [
    'GET /heavy/stream.flv HTTP/1.1\nHost: x\n\n',
    'GET /heavy/stream.flv HTTP/1.0\n\n',
    `${webSocketHead('/heavy/stream.flv')}\n`,
  ];
  await using clients = new AsyncDisposableStack();
  for (const head of stalled) {
    const client = clients.use(await RawHttp.open(relay.port('http')));
    client.socket.pause();
    client.send(head);
  }
  // who reads goes on while they do not, and is not held up by them
  const discarding = setInterval(() => reader.forget(), 20);
  await relay.log.waitFor('stalled', {}, { count: stalled.length });
  reader.forget();
  await reader.heard(/./s);
  clearInterval(discarding);
  clearInterval(sending);
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(100 * 2 ** 20);
  expect(await relay.metric('streampump_disconnected_players_total{reason="stalled"}')).toBe(3);
  expect(await relay.metric('streampump_sessions{role="player",protocol="ws-flv"}')).toBe(0);
  await witness.expectUndisturbed();
}, 30_000);

test('who is slow but reads gets the end of the stream', async () => {
  // sips take 1.2 s in all; the kernel passes them on to the relay in gulps of some megabytes, each a quarter of a second
  await using relay = await startRelay({ deadlines: { idleMs: 600 } });
  await using publisher = await TestPublisher.start(relay.port('rtmp'), 'live/a');
  await using client = await RawHttp.open(relay.port('http'));
  client.send('GET /live/a.flv HTTP/1.1\nHost: x\n\n');
  await relay.log.waitFor('play', { stream: 'live/a' });
  client.socket.pause();
  const payload = Buffer.concat([Buffer.from('1701000000', 'hex'), Buffer.alloc(6_000_000)]);
  publisher.sendMedia({ type: 9, timestamp: 0, payload }, { type: 9, timestamp: 40, payload });
  await publisher.finish();
  await relay.log.waitFor('play-end', { stream: 'live/a', reason: 'ended' });
  const sip = setInterval(() => client.socket.read(512 * 1024), 50);
  client.socket.on('readable', () => {});
  try {
    await client.heard(/0\r\n\r\n$/);
  } finally {
    clearInterval(sip);
  }
});
