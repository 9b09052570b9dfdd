import { expect, test } from 'vitest';
import { encodeChunks } from '../../src/protocol/rtmp/chunk/chunk-writer.ts';
import { media } from '../support/fake-media.ts';
import { chunk, flvHeader, flvTag } from '../support/flv-body.ts';
import { heldMemory } from '../support/held-memory.ts';
import { RawHttp } from '../support/http-client.ts';
import { RawClient } from '../support/raw-client.ts';
import { startRelay } from '../support/start-relay.ts';
import { Witness } from '../support/witness.ts';

const chunks = (type: number, payload: Buffer, messageStreamId: number): Buffer =>
  encodeChunks({ type, timestamp: 0, messageStreamId }, payload, 128);

async function publishing(port: number): Promise<RawClient> {
  const client = await RawClient.openConnected(port);
  client.commandOn(1, 'publish', 3, null, 'tiny', 'live');
  await client.heard('onStatus NetStream.Publish.Start');
  client.message(9, Buffer.from('1701000000aa', 'hex'), 1);
  return client;
}

/** Sends the same bytes many times over and resolves when the relay has acted on all of them. */
async function repeat(client: RawClient, bytes: Buffer, count: number): Promise<void> {
  for (let i = 0; i < count; i++) {
    if (!client.socket.write(bytes))
      await new Promise<void>((resolve) => client.socket.once('drain', () => resolve()));
  }
  client.command('getStreamLength', 99, null, 'x');
  await client.heard('_result 99');
}

test('a cached byte does not keep the 64 KiB in memory that it came with', async () => {
  await using relay = await startRelay();
  await using publisher = await publishing(relay.port('rtmp'));
  const ballast = encodeChunks({ type: 99, timestamp: 0, messageStreamId: 0 }, Buffer.alloc(60_000), 128);
  const before = heldMemory();
  await repeat(publisher, Buffer.concat([ballast, chunks(8, Buffer.of(0xaf), 1)]), 2000);
  expect(heldMemory() - before).toBeLessThan(60 * 2 ** 20); // 120 MB went through
});

test('messages without a byte are not kept', async () => {
  await using relay = await startRelay();
  await using publisher = await publishing(relay.port('rtmp'));
  const before = heldMemory();
  await repeat(publisher, Buffer.alloc(12_000, chunks(8, Buffer.alloc(0), 1)), 20); // 20,000 of them
  expect(heldMemory() - before).toBeLessThan(2 ** 20);
});

test('messages of a byte cost what is counted: streams of them keep no more together than all may, and take nothing from others', async () => {
  const totalBytes = 2 ** 19;
  await using relay = await startRelay({ cache: { totalBytes } });
  await using witness = await Witness.start(relay);
  await using publisher = await publishing(relay.port('rtmp'));
  for (const id of [2, 3, 4]) {
    publisher.commandOn(id, 'publish', 3, null, `tiny${id}`, 'live');
    await publisher.heard(`onStatus NetStream.Publish.Start on ${id}`);
    publisher.message(9, Buffer.from('1701000000aa', 'hex'), id);
  }
  const before = heldMemory();
  const tiny = Buffer.concat([1, 2, 3, 4].map((id) => chunks(8, Buffer.of(0x2f), id)));
  await repeat(publisher, Buffer.alloc(tiny.length * 500, tiny), 10); // 5,000 a stream, 2 MB in each
  const text = await (await fetch(relay.adminUrl('/metrics'))).text();
  const kept = [...text.matchAll(/^streampump_stream_cache_bytes\{.*\} (\d+)$/gm)].map(([, bytes]) =>
    Number(bytes),
  );
  expect(kept).toHaveLength(5);
  expect(kept.reduce((sum, bytes) => sum + bytes, 0)).toBeLessThanOrEqual(totalBytes);
  expect(await relay.metric('streampump_cache_evictions_total')).toBeGreaterThan(0);
  expect(heldMemory() - before).toBeLessThan(6 * 2 ** 20); // as objects they would be more
  await witness.expectUndisturbed();
});

test('a tag that comes in chunks of a byte takes hardly more than its bytes', async () => {
  await using relay = await startRelay();
  await using client = await RawHttp.open(relay.port('http'));
  client.send('PUT /live/a.flv HTTP/1.1\nHost: x\nTransfer-Encoding: chunked\n\n');
  const [large] = media('K1@0:1000000');
  if (large !== undefined) client.send(chunk(Buffer.concat([flvHeader, flvTag(large).subarray(0, 100)])));
  await relay.published('live/a');
  const before = heldMemory();
  const count = 50_000;
  client.send(Buffer.alloc(count * 6, chunk(Buffer.of(0xaa))));
  const received = 'streampump_received_bytes_total{protocol="http-flv"}';
  await expect.poll(() => relay.metric(received), { timeout: 15_000 }).toBeGreaterThan(count * 6);
  expect(heldMemory() - before).toBeLessThan(2 ** 21);
});
