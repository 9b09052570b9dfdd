import { expect, test } from 'vitest';
import { encodeChunks } from '../../src/protocol/rtmp/chunk/chunk-writer.ts';
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
  const before = process.memoryUsage().arrayBuffers;
  await repeat(publisher, Buffer.concat([ballast, chunks(8, Buffer.of(0xaf), 1)]), 2000);
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(60 * 2 ** 20); // 120 MB went through
});

test('frames without a byte do not pile up in the cache', async () => {
  await using relay = await startRelay({ cache: { maxBytes: 2 ** 20 } });
  await using witness = await Witness.start(relay);
  await using publisher = await publishing(relay.port('rtmp'));
  const before = process.memoryUsage().heapUsed;
  await repeat(publisher, Buffer.alloc(12_000, chunks(8, Buffer.alloc(0), 1)), 400); // 400,000 of them
  expect(process.memoryUsage().heapUsed - before).toBeLessThan(120 * 2 ** 20);
  await witness.expectUndisturbed();
});
