import { expect, test } from 'vitest';
import { encodeChunks } from '../../src/protocol/rtmp/chunk/chunk-writer.ts';
import { media } from '../support/fake-media.ts';
import { chunk, flvHeader, flvTag } from '../support/flv-body.ts';
import { RawHttp } from '../support/http-client.ts';
import { RawClient } from '../support/raw-client.ts';
import { startRelay } from '../support/start-relay.ts';
import { Witness } from '../support/witness.ts';

async function closeAll(clients: readonly RawClient[]): Promise<void> {
  await Promise.all(clients.map((client) => client[Symbol.asyncDispose]()));
}

test('3,000 idle connections from 8 addresses: what exceeds the limits is cut, one line of log a second', async () => {
  const limits = { pendingSessions: 1000, pendingSessionsPerAddress: 300 };
  await using relay = await startRelay({ limits });
  await using witness = await Witness.start(relay);
  const port = relay.port('rtmp');
  const before = process.memoryUsage().rss;
  const clients: RawClient[] = [];
  for (let batch = 0; batch < 10; batch++) {
    const opening = Array.from({ length: 300 }, (_, i) =>
      RawClient.open(port, `127.0.0.${1 + (i % 8)}`).catch(() => undefined),
    );
    for (const client of await Promise.all(opening)) if (client !== undefined) clients.push(client);
  }
  const line = await relay.log.waitFor('cut', { reason: 'pending-limit' });
  expect(line.text).toMatch(
    /^connections cut: \d+, the first one from 127\.0\.0\.\d: too many connections that neither/,
  );
  const pending = 'streampump_sessions{role="pending",protocol="rtmp"}';
  const patient = { timeout: 15_000 };
  await expect
    .poll(() => relay.metric('streampump_rejected_total{reason="pending-limit"}'), patient)
    .toBe(2000);
  await expect.poll(() => relay.metric(pending), patient).toBe(1000); // without those that are about to close
  expect(relay.log.find('cut').length).toBeLessThan(20);
  expect(process.memoryUsage().rss - before).toBeLessThan(200 * 2 ** 20);
  await witness.expectUndisturbed();
  await closeAll(clients);
}, 30_000);

test.concurrent('one address at its limit does not shut out another', async () => {
  await using relay = await startRelay({ limits: { pendingSessionsPerAddress: 20 } });
  const port = relay.port('rtmp');
  const flood = await Promise.all(Array.from({ length: 60 }, () => RawClient.open(port, '127.0.0.2')));
  const closed = flood.slice(0).map(({ closed }) => closed);
  await relay.log.waitFor('cut', { address: '127.0.0.2', reason: 'pending-limit' });
  await using other = await RawClient.openConnected(port);
  other.commandOn(1, 'publish', 3, null, 'cam', 'live');
  await other.heard('onStatus NetStream.Publish.Start');
  await closeAll(flood);
  await Promise.all(closed);
});

test.concurrent('a full server says so, to as many as it can afford, then cuts; with room again it lets in', async ({
  expect,
}) => {
  await using relay = await startRelay({ limits: { sessions: 3 }, deadlines: { handshakeMs: 60_000 } });
  const port = relay.port('rtmp');
  const inside = await Promise.all([1, 2, 3].map(() => RawClient.open(port)));
  await using told = await RawClient.open(port);
  told.connect();
  expect(await told.heard('_error 1')).toBe('_error 1 on 0: the server is full: it has 3 sessions');
  await told.closed;
  await relay.log.waitFor('refused', { reason: 'session-limit', peer: told.peer });
  const silent = await Promise.all(Array.from({ length: 110 }, () => RawClient.open(port)));
  const line = await relay.log.waitFor('cut', { reason: 'session-limit' });
  expect(line.text).toContain('the server is full');
  await closeAll([...silent, ...inside]);
  await expect.poll(() => relay.metric('streampump_sessions{role="pending",protocol="rtmp"}')).toBe(0);
  await using next = await RawClient.openConnected(port);
  expect(next.said.at(-1)).toBe('_result 2 on 0');
});

test.concurrent('an address with all the sessions it may have is told so', async () => {
  await using relay = await startRelay({ limits: { sessionsPerAddress: 2 } });
  const port = relay.port('rtmp');
  const inside = await Promise.all([1, 2].map(() => RawClient.openConnected(port)));
  await using told = await RawClient.open(port);
  told.connect();
  expect(await told.heard('_error 1')).toBe(
    '_error 1 on 0: your address already has 2 sessions, the most that is allowed',
  );
  await using other = await RawClient.open(port, '127.0.0.9');
  other.connect();
  await other.heard('_result 1');
  await closeAll(inside);
});

/** Begins to publish live/a. @returns sends messages, and waits until the connection is closed */
type Publish = (
  port: (protocol: string) => number,
) => Promise<AsyncDisposable & { send(script: string): void }>;

const publishers: readonly { readonly over: string; readonly publish: Publish }[] = [
  {
    over: 'RTMP',
    async publish(port) {
      const client = await RawClient.openConnected(port('rtmp'));
      client.commandOn(1, 'publish', 3, null, 'a', 'live');
      await client.heard('onStatus NetStream.Publish.Start');
      return Object.assign(client, {
        send: (script: string) =>
          client.socket.write(
            Buffer.concat(
              media(script).map(({ payload, ...header }) =>
                encodeChunks({ ...header, messageStreamId: 1 }, payload, 128),
              ),
            ),
          ),
      });
    },
  },
  {
    over: 'HTTP',
    async publish(port) {
      const client = await RawHttp.open(port('http'));
      client.send('PUT /live/a.flv HTTP/1.1\nHost: x\nTransfer-Encoding: chunked\n\n');
      client.send(chunk(flvHeader));
      return Object.assign(client, {
        send: (script: string) => client.socket.write(chunk(Buffer.concat(media(script).map(flvTag)))),
      });
    },
  },
];

test.concurrent.for(publishers)(
  'more messages a second over $over than may be are read later, and all of them in the end',
  async ({ publish }, { expect }) => {
    await using relay = await startRelay({ limits: { messagesPerSecond: 200 } });
    await using witness = await Witness.start(relay);
    await using publisher = await publish(relay.port);
    publisher.send('VH1@0 K1@0');
    await relay.published('live/a');
    const received = (): number =>
      relay.relay.thread.registry.get('live/a')?.broadcast.totals.receivedFrames ?? 0;
    await expect.poll(received).toBe(2);
    const since = performance.now();
    publisher.send(Array.from({ length: 1598 }, (_, i) => `A${i}@${i}:200`).join(' '));
    const line = await relay.log.waitFor('slowed', {});
    expect(line.text).toBe('publishes more than 200 messages a second and is read more slowly now');
    expect(received()).toBeLessThan(1400);
    await expect.poll(received, { timeout: 15_000 }).toBe(1600);
    expect(performance.now() - since).toBeGreaterThan(1900); // six seconds' worth at once, then two more
    expect(relay.log.find('slowed')).toHaveLength(1);
    await witness.expectUndisturbed();
  },
);
