import { once } from 'node:events';
import { Agent, get, type IncomingMessage } from 'node:http';
import { setImmediate as turn } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { media } from '../../support/fake-media.ts';
import { RawHttp } from '../../support/http-client.ts';
import { flvTags } from '../../support/media.ts';
import { startRelay, type TestRelay } from '../../support/start-relay.ts';
import { TestPublisher } from '../../support/test-publisher.ts';

const script = 'M1@0 VH1@0 AH1@0 K1@0 A1@10 P1@20';

/** A relay on which live/a is published and has sent something, whatever is played. */
async function publishing(relay: TestRelay, sent = script, key = 'live/a'): Promise<TestPublisher> {
  const publisher = await TestPublisher.start(relay.port('rtmp'), key);
  publisher.sendMedia(...media(sent));
  while (relay.relay.thread.registry.get(key)?.state !== 'live') await turn();
  return publisher;
}

function words(flv: Buffer): string[] {
  return flvTags(flv).map(({ type, timestamp }) => `${type}@${timestamp}`);
}

test('answers with the burst: a header that names what is there, metadata, sequence headers, keyframe', async () => {
  await using relay = await startRelay();
  await using publisher = await publishing(relay);
  const response = await fetch(relay.flvUrl('live/a'));
  expect(response.status).toBe(200);
  expect(Object.fromEntries(response.headers)).toMatchObject({
    'content-type': 'video/x-flv',
    'cache-control': 'no-store',
    'access-control-allow-origin': '*',
    'transfer-encoding': 'chunked',
  });
  await publisher.finish();
  const flv = Buffer.from(await response.arrayBuffer());
  expect(flv[4]).toBe(0x05);
  expect(words(flv)).toEqual(['18@0', '9@0', '8@0', '9@0', '8@10', '9@20']);
});

test.for([
  { kind: 'audio', sent: 'AH1@0 A1@0 A2@20', more: 'A3@40', flags: 0x04 },
  { kind: 'video', sent: 'VH1@0 K1@0', more: 'P2@40', flags: 0x01 },
])('the header of a stream with $kind only says so', async ({ sent, more, flags }) => {
  await using relay = await startRelay();
  await using publisher = await publishing(relay, sent);
  await using client = await RawHttp.open(relay.port('http'));
  client.send('GET /live/a.flv HTTP/1.0\n\n');
  await client.heard(/FLV/);
  publisher.sendMedia(...media(more));
  await publisher.finish();
  await client.closed;
  const flv = client.bytes.subarray(client.bytes.indexOf('FLV'));
  expect(flv[4]).toBe(flags);
  expect(flvTags(flv).length).toBeGreaterThan(0);
});

test('who waits gets the answer when the stream comes, and the header names what comes first', async () => {
  await using relay = await startRelay();
  const answer = fetch(relay.flvUrl('live/a'));
  await relay.log.waitFor('play', { stream: 'live/a' });
  expect(await relay.metric('streampump_sessions{role="waiting",protocol="http-flv"}')).toBe(1);
  await using publisher = await publishing(relay);
  const response = await answer;
  await relay.metric('streampump_streams');
  expect(await relay.metric('streampump_sessions{role="player",protocol="http-flv"}')).toBe(1);
  await publisher.finish();
  const flv = Buffer.from(await response.arrayBuffer());
  expect(flv[4]).toBe(0x05);
  expect(words(flv)).toEqual(['18@0', '9@0', '8@0', '9@0', '8@10', '9@20']);
});

test('HTTP/1.1 ends with the last chunk, HTTP/1.0 with the connection', async () => {
  await using relay = await startRelay();
  await using publisher = await publishing(relay);
  await using chunked = await RawHttp.open(relay.port('http'));
  await using plain = await RawHttp.open(relay.port('http'));
  await using odd = await RawHttp.open(relay.port('http'));
  chunked.send('GET /live/a.flv HTTP/1.1\nHost: x\n\n');
  plain.send('GET /live/a.flv HTTP/1.0\nConnection: keep-alive\n\n');
  odd.send('GET /live/a.flv HTTP/1.0\nTE: chunked\n\n');
  for (const client of [chunked, plain, odd]) await client.heard(/FLV/);
  await publisher.finish();
  await chunked.heard(/\r\n0\r\n\r\n$/);
  expect(chunked.text).not.toMatch(/connection: close/i);
  for (const client of [plain, odd]) {
    const text = await client.all();
    expect(text).toMatch(/^HTTP\/1\.1 200 OK\r\n.*connection: close\r\n/s);
    expect(text).not.toMatch(/transfer-encoding/i);
    expect(text).toMatch(/\r\n\r\nFLV/);
    expect(words(client.bytes.subarray(client.bytes.indexOf('FLV')))).toHaveLength(6);
  }
});

test('one connection plays one stream after the other, and counts once', async () => {
  await using relay = await startRelay({ limits: { sessionsPerAddress: 3 } });
  await using agent = Object.assign(new Agent({ keepAlive: true, maxSockets: 1 }), {
    [Symbol.asyncDispose]: async () => agent.destroy(),
  });
  const play = async (key: string): Promise<IncomingMessage> => {
    const [response] = await once(get(relay.flvUrl(key), { agent }), 'response');
    return response as IncomingMessage;
  };
  for (const key of ['live/a', 'live/b', 'live/c']) {
    const publisher = await publishing(relay, script, key);
    const response = await play(key);
    expect(response.statusCode).toBe(200);
    expect(await relay.metric('streampump_sessions{role="player",protocol="http-flv"}')).toBe(1);
    await publisher.finish();
    expect(words(Buffer.concat(await response.toArray()))).toHaveLength(6);
  }
  const connections = new Set(relay.log.find('play').map(({ fields }) => fields['connection']));
  expect(connections.size).toBe(1);
  expect(await relay.metric('streampump_sessions{role="pending",protocol="http-flv"}')).toBe(1);
  expect(await relay.metric('streampump_sessions{role="player",protocol="http-flv"}')).toBe(0);
  expect(await relay.metric('streampump_disconnected_players_total{reason="ended"}')).toBe(3);
});

test('requests that were sent at once are answered in order', async () => {
  await using relay = await startRelay({ play: { waitMs: 50 } });
  await using publisher = await publishing(relay);
  await using client = await RawHttp.open(relay.port('http'));
  const ask = (path: string): string => `GET ${path} HTTP/1.1\nHost: x\n\n`;
  client.send(ask('/live/none.flv') + ask('/live/a.flv') + ask('/nowhere'));
  await client.heard(/FLV/);
  await publisher.finish();
  await client.heard(/there is nothing here/);
  const statuses = [...client.text.matchAll(/HTTP\/1\.1 (\d+)/g)].map(([, status]) => status);
  expect(statuses).toEqual(['404', '200', '404']);
  expect(client.text.indexOf('\r\n0\r\n\r\n')).toBeLessThan(client.text.indexOf('there is nothing here'));
});

test('HEAD answers at once what GET would answer now, and is no player', async () => {
  await using relay = await startRelay();
  const look = async (): Promise<Response> => fetch(relay.flvUrl('live/a'), { method: 'HEAD' });
  expect((await look()).status).toBe(404);
  await using _publisher = await publishing(relay);
  const answer = await look();
  expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'video/x-flv']);
  expect(await answer.text()).toBe('');
  expect(relay.log.find('play')).toEqual([]);
  expect(await relay.metric('streampump_disconnected_players_total{reason="closed"}')).toBe(0);
});

test('OPTIONS tells what is possible, pages of other hosts too', async () => {
  const studio = 'https://studio.example';
  await using relay = await startRelay({ http: { corsOrigins: [studio], publishOrigins: [studio] } });
  const ask = async (origin: string): Promise<Headers> => {
    const answer = await fetch(relay.flvUrl('live/a'), { method: 'OPTIONS', headers: { origin } });
    expect(answer.status).toBe(204);
    return answer.headers;
  };
  const allowed = await ask(studio);
  expect(allowed.get('allow')).toBe('GET, HEAD, OPTIONS, POST, PUT');
  expect(allowed.get('access-control-allow-origin')).toBe(studio);
  expect(allowed.get('access-control-allow-methods')).toBe('GET, HEAD, POST, PUT');
  expect((await ask('https://stranger.example')).get('access-control-allow-origin')).toBe(null);
  await using client = await RawHttp.open(relay.port('http'));
  client.send('OPTIONS * HTTP/1.1\nHost: x\n\n');
  await client.heard(/^HTTP\/1\.1 200 OK\r\n.*allow: GET, HEAD, OPTIONS, POST, PUT\r\n/s);
});

test.for([
  {
    why: 'the address may not play',
    config: { access: { play: [] } },
    status: 403,
    says: "the server's setting access.play",
  },
  {
    why: 'no entry in streams matches',
    config: { streams: [{ match: 'tv/**', source: { type: 'push' } }] },
    status: 404,
    says: 'no entry in streams matches',
  },
])('$why: $status', async ({ config, status, says }) => {
  await using relay = await startRelay(config);
  const response = await fetch(relay.flvUrl('live/a'));
  expect(response.status).toBe(status);
  expect(await response.text()).toContain(says);
});

test.for([
  { limit: { sessionsPerAddress: 1 }, status: 429, reason: 'address-limit' },
  { limit: { sessions: 1 }, status: 503, reason: 'session-limit' },
])('over a limit: $status with Retry-After', async ({ limit, status, reason }) => {
  await using relay = await startRelay({ limits: limit });
  await using _first = await RawHttp.open(relay.port('http'));
  while ((await relay.metric('streampump_sessions{role="pending",protocol="http-flv"}')) === 0);
  const response = await fetch(relay.flvUrl('live/a'));
  expect(response.status).toBe(status);
  expect(Number(response.headers.get('retry-after'))).toBeGreaterThan(0);
  expect(await response.text()).not.toBe('');
  expect(await relay.metric(`streampump_rejected_total{reason="${reason}"}`)).toBe(1);
});

test('a relay that stops cuts players in the middle, so that they do not take it for the end', async () => {
  await using relay = await startRelay();
  await using _publisher = await publishing(relay);
  await using playing = await RawHttp.open(relay.port('http'));
  await using waiting = await RawHttp.open(relay.port('http'));
  await using idle = await RawHttp.open(relay.port('http'));
  playing.send('GET /live/a.flv HTTP/1.1\nHost: x\n\n');
  waiting.send('GET /live/none.flv HTTP/1.1\nHost: x\n\n');
  await playing.heard(/FLV/);
  await relay.log.waitFor('play', { stream: 'live/none' });
  await relay.relay.close();
  expect(await playing.all()).not.toMatch(/0\r\n\r\n$/);
  expect(await waiting.all()).toMatch(/^HTTP\/1\.1 503 .*retry-after.*the relay is shutting down\n$/s);
  expect(await idle.all()).toBe('');
});

test('a relay that drains refuses new players and lets those go on who are there', async () => {
  await using relay = await startRelay({ drain: { timeoutMs: 60_000 } });
  await using publisher = await publishing(relay);
  await using playing = await RawHttp.open(relay.port('http'));
  await using late = await RawHttp.open(relay.port('http'));
  playing.send('GET /live/a.flv HTTP/1.1\nHost: x\n\n');
  late.send('GET /live/a.flv HTTP/1.1\n');
  await playing.heard(/FLV/);
  const drained = relay.relay.drain();
  await relay.log.waitFor('draining');
  playing.forget();
  publisher.sendMedia(...media('A4@60'));
  await playing.heard(/./s);
  await publisher.finish();
  await playing.heard(/0\r\n\r\n$/);
  await Promise.all([playing.closed, late.closed]);
  await drained;
});

test('a player that goes is off the stream at once, waiting or not', async () => {
  await using relay = await startRelay();
  await using _publisher = await publishing(relay);
  for (const key of ['live/a', 'live/none']) {
    await using client = await RawHttp.open(relay.port('http'));
    client.send(`GET /${key}.flv HTTP/1.1\nHost: x\n\n`);
    await relay.log.waitFor('play', { stream: key });
    client.socket.end();
    await relay.log.waitFor('play-end', { stream: key, reason: 'closed' });
    await client.closed;
  }
});

test('long waits and long plays are no matter of node:http: its timeouts are off', async () => {
  await using relay = await startRelay({ deadlines: { handshakeMs: 500, idleMs: 500 } });
  await using client = await RawHttp.open(relay.port('http'));
  client.send('GET /live/a.flv HTTP/1.1\nHost: x\n\n');
  await relay.log.waitFor('play', { stream: 'live/a' });
  await using quick = await RawHttp.open(relay.port('http'));
  await quick.closed; // longer ago than any deadline
  await using _publisher = await publishing(relay);
  await client.heard(/FLV/);
});

test('a path that is no stream is for the pages', async () => {
  await using relay = await startRelay();
  for (const path of ['/live/%zz', '/api/x.flv', '/sessions/x.flv']) {
    const response = await fetch(`http://127.0.0.1:${relay.port('http')}${path}`);
    expect([response.status, await response.text()]).toEqual([404, 'there is nothing here\n']);
  }
});

test('whoever leaves out the format is told where the stream is', async () => {
  await using relay = await startRelay();
  const response = await fetch(`http://127.0.0.1:${relay.port('http')}/live/cam1?token=x`);
  expect([response.status, await response.text()]).toEqual([
    404,
    'there is nothing here: the stream live/cam1 would be at /watch/live/cam1 for browsers, at /live/cam1.flv and /live/cam1.asf for players, and at rtmp://HOST/live/cam1 over RTMP\n',
  ]);
});

test('relays tell each other who waits and who brings the stream', async () => {
  await using relay = await startRelay();
  await using _publisher = await publishing(relay);
  const ask = (path: string): Promise<Response> =>
    fetch(relay.flvUrl('live/a'), { headers: { 'streampump-path': path } });
  const response = await ask('downstream-relay');
  const [id = ''] = (response.headers.get('streampump-path') ?? '').split(', ');
  expect(id).toMatch(/^[\w-]{12}$/);
  expect(await relay.metric('streampump_sessions{role="relay",protocol="http-flv"}')).toBe(1);
  await response.body?.cancel();
  const loop = await ask(`downstream-relay, ${id}`);
  expect([loop.status, await loop.text()]).toEqual([508, expect.stringContaining('loop: ')]);
});
