import { setImmediate as turn } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { closed } from '../../support/closed.ts';
import { media } from '../../support/fake-media.ts';
import { RawHttp } from '../../support/http-client.ts';
import { flvTags } from '../../support/media.ts';
import { startRelay, type TestRelay } from '../../support/start-relay.ts';
import { TestPublisher } from '../../support/test-publisher.ts';
import { WsClient, webSocketHead } from '../../support/ws-client.ts';

const script = 'M1@0 VH1@0 AH1@0 K1@0 A1@10 P1@20';

async function publishing(relay: TestRelay, sent = script): Promise<TestPublisher> {
  const publisher = await TestPublisher.start(relay.port('rtmp'), 'live/a');
  publisher.sendMedia(...media(sent));
  while (relay.relay.thread.registry.get('live/a')?.state !== 'live') await turn();
  return publisher;
}

function words(flv: Buffer): string[] {
  return flvTags(flv).map(({ type, timestamp }) => `${type}@${timestamp}`);
}

test('plays: header, burst and live in binary messages, 1000 at the end', async () => {
  await using relay = await startRelay();
  await using publisher = await publishing(relay);
  await using client = await WsClient.open(relay.wsUrl('live/a'));
  await client.messageOf(2);
  expect(client.messages[0]?.toString('hex')).toBe('464c5601050000000900000000');
  expect(await relay.metric('streampump_sessions{role="player",protocol="ws-flv"}')).toBe(1);
  expect(await relay.metric('streampump_stream_players{stream="live/a",protocol="ws-flv"}')).toBe(1);
  publisher.sendMedia(...media('A2@30 P2@40'));
  await publisher.finish();
  expect(await client.closed).toEqual({ code: 1000, reason: 'the stream has ended' });
  expect(words(Buffer.concat(client.messages))).toEqual([
    ...['18@0', '9@0', '8@0', '9@0', '8@10', '9@20'],
    ...['8@30', '9@40'],
  ]);
});

test('the upgrade is answered at once, the media comes with the stream', async () => {
  await using relay = await startRelay();
  await using client = await WsClient.open(relay.wsUrl('live/a'));
  await relay.log.waitFor('play', { stream: 'live/a' });
  expect(await relay.metric('streampump_sessions{role="waiting",protocol="ws-flv"}')).toBe(1);
  await using _publisher = await publishing(relay);
  await client.messageOf(2);
});

test('what the connection has moved counts once, under its protocol', async () => {
  await using relay = await startRelay();
  await using publisher = await publishing(relay);
  await using client = await WsClient.open(relay.wsUrl('live/a'));
  await client.messageOf(2);
  await publisher.finish();
  await client.closed;
  while ((await relay.metric('streampump_sessions{role="pending",protocol="ws-flv"}')) > 0) await turn();
  const bytes = Buffer.concat(client.messages).length;
  expect(await relay.metric('streampump_sent_bytes_total{protocol="ws-flv"}')).toBeGreaterThan(bytes);
  expect(await relay.metric('streampump_sent_bytes_total{protocol="http-flv"}')).toBeLessThan(200); // the 101
  expect(await relay.metric('streampump_received_bytes_total{protocol="http-flv"}')).toBeGreaterThan(100);
});

test.for([
  { why: 'the address may not play', config: { access: { play: [] } }, code: 4403, says: 'access.play' },
  {
    why: 'no entry in streams matches',
    config: { streams: [{ match: 'tv/**', source: { type: 'push' } }] },
    code: 4404,
    says: 'no entry in streams',
  },
])('$code because $why', async ({ config, code, says }) => {
  await using relay = await startRelay(config);
  await using client = await WsClient.open(relay.wsUrl('live/a'));
  const closed = await client.closed;
  expect(closed.code).toBe(code);
  expect(closed.reason).toContain(says);
});

test.for([
  { limit: { sessionsPerAddress: 1 }, code: 4429 },
  { limit: { sessions: 1 }, code: 4503 },
])('$code over a limit', async ({ limit, code }) => {
  await using relay = await startRelay({ limits: limit });
  await using _first = await WsClient.open(relay.wsUrl('live/a'));
  await using second = await WsClient.open(relay.wsUrl('live/a'));
  expect((await second.closed).code).toBe(code);
});

test('4400 for a name that is no stream key', async () => {
  await using relay = await startRelay();
  await using client = await WsClient.open(relay.wsUrl('live/%2e%2e%00/a'));
  expect((await client.closed).code).toBe(4400);
});

test.for([
  { origin: 'https://site.example', may: true },
  { origin: 'https://stranger.example', may: false },
])('a page of $origin may play: $may', async ({ origin, may }) => {
  await using relay = await startRelay({ http: { corsOrigins: ['https://site.example'] } });
  await using _publisher = await publishing(relay);
  await using client = await RawHttp.open(relay.port('http'));
  client.send(`${webSocketHead('/live/a.flv')}Origin: ${origin}\n\n`);
  await client.heard(may ? /FLV/ : /http\.corsOrigins/);
  expect(client.text).toMatch(/^HTTP\/1\.1 101 /);
  // the close code of a refusal stands at the beginning of its frame
  if (!may) expect(client.bytes.includes(Buffer.from([4403 >> 8, 4403 & 0xff]))).toBe(true);
});

test('a player that closes is off the stream', async () => {
  await using relay = await startRelay();
  await using _publisher = await publishing(relay);
  await using client = await WsClient.open(relay.wsUrl('live/a'));
  await client.messageOf(2);
  client.close();
  expect((await client.closed).code).toBe(1000);
  await relay.log.waitFor('play-end', { stream: 'live/a', reason: 'closed' });
});

test('a waiting player that is there answers pings and stays', async () => {
  await using relay = await startRelay({ deadlines: { pingMs: 30 } });
  await using client = await WsClient.open(relay.wsUrl('live/a'));
  await using dead = await RawHttp.open(relay.port('http'));
  dead.send(`${webSocketHead('/live/a.flv')}\n`);
  await dead.closed; // two pings later
  expect(relay.log.find('deadline', { missed: 'answer to a ping' })).toHaveLength(1);
  await using _publisher = await publishing(relay);
  await client.messageOf(1);
});

test('a player that sends many pings at once is answered the last, and plays on', async () => {
  await using relay = await startRelay();
  await using publisher = await publishing(relay);
  await using client = await RawHttp.open(relay.port('http'));
  client.send(`${webSocketHead('/live/a.flv')}\n`);
  await client.heard(/FLV/);
  client.send(Buffer.concat(new Array<Buffer>(5000).fill(Buffer.from('898000000000', 'hex'))));
  client.send(Buffer.from('898400000000', 'hex'));
  client.send('last');
  await client.heard(/last$/);
  client.forget();
  publisher.sendMedia(...media('P7@50'));
  await client.heard(/\x82/);
  expect(relay.log.find('slowed', { protocol: 'ws-flv' })).toHaveLength(1);
});

test('no compression is agreed on', async () => {
  await using relay = await startRelay();
  await using client = await RawHttp.open(relay.port('http'));
  client.send(`${webSocketHead('/live/a.flv')}Sec-WebSocket-Extensions: permessage-deflate\n\n`);
  await client.heard(/^HTTP\/1\.1 101 .*\r\n\r\n/s);
  expect(client.text).not.toMatch(/extensions/i);
});

test('what is no stream is no place for a WebSocket', async () => {
  await using relay = await startRelay();
  await using client = await RawHttp.open(relay.port('http'));
  client.send(`${webSocketHead('/watch/live/a')}\n`);
  expect(await client.all()).toMatch(/^HTTP\/1\.1 404 .*there is no WebSocket here\n$/s);
});

test('whoever leaves out the format is told where the stream is', async () => {
  await using relay = await startRelay();
  await using client = await RawHttp.open(relay.port('http'));
  client.send(`${webSocketHead('/live/a')}\n`);
  expect(await client.all()).toMatch(
    /^HTTP\/1\.1 404 .*no WebSocket here: the stream live\/a would be at .* \/live\/a\.flv and \/live\/a\.asf for players/s,
  );
});

test('an offer of another protocol is passed over: it is a request like any other', async () => {
  await using relay = await startRelay();
  await using _publisher = await publishing(relay);
  await using client = await RawHttp.open(relay.port('http'));
  client.send('GET /live/a.flv HTTP/1.1\nHost: x\nConnection: Upgrade, HTTP2-Settings\nUpgrade: h2c\n\n');
  await client.heard(/^HTTP\/1\.1 200 .*FLV/s);
});

test('a burst of more than 256 KiB comes in messages of at most that', async () => {
  await using relay = await startRelay();
  await using publisher = await publishing(relay, 'VH1@0 K1@0:700000 P1@40:300000 P2@80:1000');
  await using client = await WsClient.open(relay.wsUrl('live/a'));
  await publisher.finish();
  await client.closed;
  expect(words(Buffer.concat(client.messages))).toEqual(['9@0', '9@0', '9@40', '9@80']);
  expect(Math.max(...client.messages.map(({ length }) => length))).toBe(256 * 1024);
});

test('a connection that has played over HTTP may go on as a WebSocket', async () => {
  await using relay = await startRelay({ play: { waitMs: 30 } });
  await using client = await RawHttp.open(relay.port('http'));
  client.send('GET /live/none.flv HTTP/1.1\nHost: x\n\n');
  await client.heard(/none came in time\n/);
  await using _publisher = await publishing(relay);
  client.send(`${webSocketHead('/live/a.flv')}\n`);
  await client.heard(/ 101 .*FLV/s);
  expect(await relay.metric('streampump_sessions{role="player",protocol="ws-flv"}')).toBe(1);
  expect(await relay.metric('streampump_sessions{role="pending",protocol="http-flv"}')).toBe(0);
  client.socket.destroy();
  await closed(client.socket);
  await relay.log.waitFor('play-end', { stream: 'live/a' });
  expect(await relay.metric('streampump_sessions{role="player",protocol="ws-flv"}')).toBe(0);
});
