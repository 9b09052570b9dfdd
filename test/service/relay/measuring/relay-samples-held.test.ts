import { expect, test } from 'vitest';
import { media } from '../../../support/fake-media.ts';
import { flvBody, flvHeader } from '../../../support/flv-body.ts';
import { RawHttp } from '../../../support/http-client.ts';
import { RawClient } from '../../../support/raw-client.ts';
import { startRelay } from '../../../support/start-relay.ts';
import { TestPublisher } from '../../../support/test-publisher.ts';

/** Other tests may run beside this one. */
const patient = { timeout: 15_000 };
const partial = 'streampump_partial_bytes';

test('the half of an RTMP message that has come is held, and counts until its connection is gone', async () => {
  await using relay = await startRelay();
  const client = await RawClient.openConnected(relay.port('rtmp'));
  client.commandOn(1, 'publish', 3, null, 'cam', 'live');
  await client.heard('onStatus NetStream.Publish.Start');
  expect(await relay.metric(partial)).toBe(0);
  client.send('02000000000004010000000000010000'); // chunks of 64 KiB
  client.send('040000000186a00901000000', Buffer.alloc(50_000)); // half of 100,000 bytes
  await expect.poll(() => relay.metric(partial), patient).toBeGreaterThanOrEqual(50_000);
  expect(await relay.metric(partial)).toBeLessThanOrEqual(100_000 + 256);
  await client[Symbol.asyncDispose]();
  await expect.poll(() => relay.metric(partial), patient).toBe(0);
});

test('the half of a tag in an HTTP body counts until the rest has come', async () => {
  await using relay = await startRelay();
  await using client = await RawHttp.open(relay.port('http'));
  const tag = flvBody('K1@0:30000');
  client.send('PUT /live/cam.flv HTTP/1.1\nHost: relay\nContent-Length: 1000000\n\n');
  client.send(Buffer.concat([flvHeader, tag.subarray(0, 20_000)]));
  await expect.poll(() => relay.metric(partial), patient).toBeGreaterThan(19_000);
  client.send(tag.subarray(20_000));
  await expect.poll(() => relay.metric(partial), patient).toBeLessThan(100);
});

test('what a player does not take counts, and what is kept for late join', async () => {
  await using relay = await startRelay({ fanOut: { maxBacklogBytes: 64 * 2 ** 20 } });
  await using publisher = await TestPublisher.start(relay.port('rtmp'), 'live/cam');
  await using player = await RawHttp.open(relay.port('http'));
  player.socket.pause();
  player.send('GET /live/cam.flv HTTP/1.1\nHost: relay\n\n');
  await relay.log.waitFor('play', { stream: 'live/cam' });
  publisher.sendMedia(...media('K1@0:8000000 P2@40:8000000 K3@80:8000000'));
  await expect.poll(() => relay.metric('streampump_backlog_bytes'), patient).toBeGreaterThan(100_000);
  expect(await relay.metric('streampump_cache_bytes')).toBeGreaterThan(8_000_000);
  player.socket.destroy();
  await expect.poll(() => relay.metric('streampump_backlog_bytes'), patient).toBe(0);
});
