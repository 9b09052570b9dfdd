import { afterAll, beforeAll, expect, test } from 'vitest';
import { encodeUserControl, UserControlEvent } from '../../src/protocol/rtmp/message/user-control.ts';
import { RawHttp } from '../support/http-client.ts';
import { bbbTags } from '../support/media.ts';
import { RawClient } from '../support/raw-client.ts';
import { bbbKey, RecordedSource } from '../support/recorded-source.ts';
import { startRelay, type TestRelay } from '../support/start-relay.ts';

/** As long as several hours, and larger than what the kernel takes for a client that reads nothing. */
const longKey = bbbKey.replace('cam1', 'long');
const rounds = 60;

const source = new RecordedSource();
const media = bbbTags();
const lastMs = media.at(-1)?.timestamp ?? 0;
source.record(
  longKey,
  Array.from({ length: rounds }, (_, round) =>
    media.map((tag) => ({ ...tag, timestamp: tag.timestamp + round * (lastMs + 40) })),
  ).flat(),
);
let relay: TestRelay;
beforeAll(async () => {
  relay = await startRelay(
    {
      access: { rules: [{ verbs: ['playback'] }] },
      fanOut: { stallTimeoutMs: 1500, maxBacklogBytes: 2 ** 20 },
    },
    { recordings: source },
  );
});
afterAll(() => relay[Symbol.asyncDispose]());

const name = longKey.slice('recordings/'.length);

/** The whole of the short recording comes while somebody else storms. */
async function expectServed(): Promise<void> {
  const response = await fetch(relay.flvUrl(bbbKey));
  expect((await response.arrayBuffer()).byteLength).toBeGreaterThan(100_000);
}

/** What the relay has sent since. */
async function sentSince(before: number): Promise<number> {
  return (await sent()) - before;
}

async function sent(): Promise<number> {
  return relay.metric('streampump_sent_bytes_total{protocol="rtmp"}');
}

test.each([
  [
    'seek',
    (client: RawClient, turn: number) => client.commandOn(1, 'seek', 0, null, (turn * 7919) % 500_000),
  ],
  [
    'play',
    (client: RawClient, turn: number) => client.commandOn(1, 'play', 0, null, name, (turn * 7919) % 500_000),
  ],
  [
    'pause',
    (client: RawClient, turn: number) => client.commandOn(1, 'pause', 0, null, turn % 2 === 0, turn * 10),
  ],
  [
    'closeStream and play',
    (client: RawClient, turn: number) => {
      client.commandOn(1, 'closeStream', 0, null);
      client.commandOn(1, 'play', 0, null, name, (turn * 7919) % 500_000);
    },
  ],
] as const)('thousands of commands %s cost little, and nobody else notices', async (_, command) => {
  await using client = await RawClient.openConnected(relay.port('rtmp'), 'recordings');
  client.commandOn(1, 'play', 0, null, name);
  await client.heard('onStatus NetStream.Play.Start');
  const before = await sent();
  const readsBefore = source.reads.length;
  for (let turn = 0; turn < 3000; turn++) command(client, turn);
  client.command('releaseStream', 99, null, 'x');
  await Promise.all([Promise.race([client.closed, client.answerTo(99)]), expectServed()]);
  expect(await sentSince(before)).toBeLessThan(64 * 2 ** 20);
  expect(source.reads.length - readsBefore).toBeLessThan(1000);
});

test.each(['NaN', '-1', '1e309', '99999999999', '', '0x10', '1;2', '%00', '9'.repeat(5000)])(
  '?start=%s is answered at once',
  async (start) => {
    const response = await fetch(`${relay.flvUrl(bbbKey)}?start=${start}`);
    expect([200, 400, 404, 414, 416, 431]).toContain(response.status);
    await response.body?.cancel();
    await expectServed();
  },
);

test.each([
  'bytes=-',
  'bytes=5-2',
  'bytes=99999999999999999999-',
  'bytes=-99999999999999999999',
  'bytes=0-0,-1,2-3',
  `bytes=${Array.from({ length: 2000 }, (_, at) => `${at}-${at}`).join(',')}`,
  'lines=1-2',
  'bytes=0x1-0x2',
])('the range %s is answered', async (range) => {
  const response = await fetch(relay.flvUrl(bbbKey), { headers: { range } });
  expect([200, 206, 400, 416, 431]).toContain(response.status);
  await response.body?.cancel();
});

test('ranges of a byte, many behind each other, read no more than they need', async () => {
  const before = source.reads.length;
  await using client = await RawHttp.open(relay.port('http'));
  const requests = Array.from(
    { length: 16 },
    (_, at) => `GET /${bbbKey}.flv HTTP/1.1\nHost: x\nRange: bytes=${at * 97}-${at * 97}\n\n`,
  );
  client.send(requests.join(''));
  await client.until(
    () => ((client.text.match(/HTTP\/1.1 206/g) ?? []).length >= 16 ? true : null),
    'answers',
  );
  expect(source.reads.length - before).toBeLessThan(10);
});

test('hundreds of requests in one piece are told of once', async () => {
  await using client = await RawHttp.open(relay.port('http'));
  client.send(`GET /${bbbKey}.flv HTTP/1.1\nHost: x\n\n`.repeat(500));
  await client.closed;
  const told = relay.log
    .find('protocol-error')
    .filter(({ text }) => text.includes('requests are already waiting'));
  expect(told).toHaveLength(1);
});

test('whoever reads nothing is let go, over RTMP and HTTP', async () => {
  await using http = await RawHttp.open(relay.port('http'));
  http.socket.pause();
  http.send(`GET /${longKey}.flv HTTP/1.1\nHost: x\n\n`);
  await using rtmp = await RawClient.openConnected(relay.port('rtmp'), 'recordings');
  rtmp.commandOn(1, 'play', 0, null, name);
  await rtmp.heard('onStatus NetStream.Play.Start');
  rtmp.message(4, encodeUserControl(UserControlEvent.setBufferLength, 1, 3_600_000));
  rtmp.socket.pause();
  await relay.log.waitFor('stalled', {}, { count: 2 });
  expect(await relay.metric('streampump_backlog_bytes')).toBeLessThan(2 ** 20);
});
