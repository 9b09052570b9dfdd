import { connect } from 'node:net';
import { expect, test, vi } from 'vitest';
import { closed } from '../support/closed.ts';
import { media } from '../support/fake-media.ts';
import { RawHttp } from '../support/http-client.ts';
import { RawClient } from '../support/raw-client.ts';
import { startRelay } from '../support/start-relay.ts';
import { TestPlayer } from '../support/test-player.ts';
import { TestPublisher } from '../support/test-publisher.ts';

/** The head of a message of 120,000 bytes on chunk stream 3 as far as 100,000 of them: data that belongs to nothing yet. */
const unfinished = Buffer.concat([
  Buffer.from('0300000001d4c01200000000', 'hex'),
  Buffer.concat(Array.from({ length: 781 }, () => Buffer.concat([Buffer.alloc(128), Buffer.from([0xc3])]))),
]);

test('hundreds of addresses that fill the memory and begin nothing push each other out, and nobody who publishes or plays', async () => {
  await using relay = await startRelay({
    limits: { pendingBytes: 2 ** 20, pendingBytesPerAddress: 2 ** 20 },
  });
  await using publisher = await TestPublisher.start(relay.port('rtmp'), 'live/a');
  publisher.sendMedia(...media('VH1@0 K1@0'));
  await using player = TestPlayer.play(relay.port('rtmp'), 'live/a');
  await player.mediaOf(2);
  const sockets = [];
  for (let i = 0; i < 300; i++) {
    const client = await RawClient.open(relay.port('rtmp'), `127.7.${i % 256}.${1 + (i >> 8)}`);
    client.connect('live');
    await Promise.race([client.heard('_result', 1), client.closed]);
    client.socket.write(unfinished);
    sockets.push(client);
    if (i % 10 === 0) publisher.sendMedia(...media(`P${i + 2}@${i + 40}`)); // it is never silent for long
    if (i % 50 === 0)
      expect(await relay.metric('streampump_limit_used_ratio{limit="pendingBytes"}')).toBeLessThanOrEqual(1);
  }
  await relay.log.waitFor('cut', { reason: 'pending-limit' });
  // whoever was cut counts until its connection is closed
  await vi.waitFor(async () => {
    expect(await relay.metric('streampump_partial_bytes')).toBeLessThanOrEqual(2 ** 20);
  });
  publisher.sendMedia(...media('P400@1000'));
  await player.waitFor(({ timestamp }) => timestamp >= 1000);
  await using late = TestPlayer.play(relay.port('rtmp'), 'live/a');
  await late.waitFor(({ timestamp }) => timestamp >= 1000);
  for (const client of sockets) client.socket.destroy();
  await Promise.all(sockets.map(({ closed }) => closed));
}, 60_000);

test('no sequence of steps stretches the time of a connection that begins nothing', async () => {
  await using relay = await startRelay({ deadlines: { pendingMs: 1500 }, access: { play: [] } });
  const browser = await RawHttp.open(relay.port('http'));
  const encoder = await RawClient.openConnected(relay.port('rtmp'));
  let steps = 0;
  const stepping = setInterval(() => {
    steps++;
    browser.send('GET /watch/live/a HTTP/1.1\nHost: x\n\n');
    encoder.command('createStream', 10 + steps, null);
    encoder.command('play', 0, null, 'a');
  }, 200);
  await Promise.all([browser.closed, encoder.closed]).finally(() => clearInterval(stepping));
  expect(steps).toBeGreaterThan(1);
  // who spoke HTTP was let go between two requests, and is no case for the log
  expect(await relay.metric('streampump_rejected_total{reason="pending-limit"}')).toBe(1);
  await relay.log.waitFor('cut', { reason: 'pending-limit' });
  // whoever begins something keeps its connection
  await using publisher = await TestPublisher.start(relay.port('rtmp'), 'live/a');
  publisher.sendMedia(...media('VH1@0 K1@0'));
  const probe = connect(relay.port('rtmp'), '127.0.0.1');
  await closed(probe); // its own time is over after the publisher's would have been
  publisher.sendMedia(...media('K2@2000'));
  expect(relay.log.find('unpublish')).toEqual([]);
}, 30_000);
