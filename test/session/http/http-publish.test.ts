import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { IncomingMessage } from 'node:http';
import { setImmediate as turn } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { wordFor } from '../../support/fake-media.ts';
import { chunk, flvBody, flvHeader, flvTag } from '../../support/flv-body.ts';
import { RawHttp } from '../../support/http-client.ts';
import { startRelay, type TestRelay } from '../../support/start-relay.ts';
import { TestPlayer } from '../../support/test-player.ts';
import { TestPublisher } from '../../support/test-publisher.ts';

const script = 'M1@0 VH1@0 AH1@0 K1@0 A1@10 P1@20';
const lastChunk = '0\n\n';

/** Begins to publish in chunks; the header of the FLV stream is sent. */
async function putting(relay: TestRelay, key = 'live/a'): Promise<RawHttp> {
  const client = await RawHttp.open(relay.port('http'));
  client.send(`PUT /${key}.flv HTTP/1.1\nHost: x\nTransfer-Encoding: chunked\n\n`);
  client.send(chunk(flvHeader));
  return client;
}

test.for([
  { how: 'POST with a length', method: 'POST', isChunked: false },
  { how: 'PUT in chunks', method: 'PUT', isChunked: true },
])('$how: players get it, the end of the body is the end of the stream', async ({ method, isChunked }) => {
  await using relay = await startRelay();
  await using player = TestPlayer.play(relay.port('rtmp'), 'live/a');
  await relay.log.waitFor('play', { stream: 'live/a' });
  const flv = new Uint8Array(Buffer.concat([flvHeader, flvBody(script)]));
  const body = isChunked ? new Blob([flv]).stream() : flv;
  const response = await fetch(relay.flvUrl('live/a'), { method, body, duplex: 'half' });
  expect([response.status, await response.text()]).toEqual([200, 'live/a has ended: 6 tags\n']);
  await player.ended;
  expect(player.messages.map(wordFor).slice(-6).join(' ')).toBe(script);
  expect(relay.log.find('unpublish', { stream: 'live/a', reason: 'ended' })).toHaveLength(1);
});

test('is a publisher by role, and not pending', async () => {
  await using relay = await startRelay();
  await using client = await putting(relay);
  await relay.published('live/a');
  expect(await relay.metric('streampump_sessions{role="publisher",protocol="http-flv"}')).toBe(1);
  client.send(lastChunk);
  await client.heard(/HTTP\/1\.1 200 OK/);
  expect(await relay.metric('streampump_sessions{role="publisher",protocol="http-flv"}')).toBe(0);
});

test('one connection publishes one stream after the other', async () => {
  await using relay = await startRelay();
  await using client = await RawHttp.open(relay.port('http'));
  for (const key of ['live/a', 'live/b']) {
    client.send(`PUT /${key}.flv HTTP/1.1\nHost: x\nTransfer-Encoding: chunked\n\n`);
    client.send(chunk(Buffer.concat([flvHeader, flvBody(script)])));
    client.send(lastChunk);
    await client.heard(new RegExp(`${key} has ended: 6 tags`));
  }
});

test('a publisher that waits to be asked for the body is asked, or refused without it', async () => {
  await using relay = await startRelay({ streams: [{ match: 'live/**', source: { type: 'push' } }] });
  await using client = await RawHttp.open(relay.port('http'));
  const head = 'HTTP/1.1\nHost: x\nExpect: 100-continue\nTransfer-Encoding: chunked\n\n';
  client.send(`PUT /live/a.flv ${head}`);
  await client.heard(/^HTTP\/1\.1 100 Continue\r\n\r\n$/);
  client.send(chunk(Buffer.concat([flvHeader, flvBody(script)])));
  client.send(lastChunk);
  await client.heard(/HTTP\/1\.1 200 OK/);
  client.forget();
  client.send(`PUT /other/a.flv ${head}`);
  expect(await client.all()).toMatch(/^HTTP\/1\.1 403 Forbidden\r\n.*no entry in streams matches\n$/s);
});

test.for([
  {
    why: 'the address may not',
    config: { access: { publish: [] } },
    says: 'access.publish does not list it',
  },
  {
    why: 'the stream is pulled',
    config: { streams: [{ match: '**', source: { type: 'pull', urls: ['rtmp://127.0.0.1:1/{key}'] } }] },
    says: 'is pulled from another server',
  },
])('403 because $why, even while the body is being sent', async ({ config, says }) => {
  await using relay = await startRelay(config);
  await using client = await putting(relay);
  for (let i = 0; i < 64; i++) client.send(chunk(Buffer.alloc(64 * 1024)));
  const answer = await client.all();
  expect(answer).toMatch(/^HTTP\/1\.1 403 Forbidden\r\n.*connection: close\r\n/s);
  expect(answer).toContain(says);
});

test.for([
  { origin: 'https://stranger.example', status: 403 },
  { origin: 'null', status: 403 },
  { origin: 'https://studio.example', status: 200 },
])('a page of $origin: $status', async ({ origin, status }) => {
  await using relay = await startRelay({ http: { publishOrigins: ['https://studio.example'] } });
  const body = Buffer.concat([flvHeader, flvBody(script)]);
  const response = await fetch(relay.flvUrl('live/a'), { method: 'POST', body, headers: { origin } });
  expect(response.status).toBe(status);
  if (status === 403) expect(await response.text()).toContain('http.publishOrigins of the server');
  expect(relay.log.find('publish')).toHaveLength(status === 200 ? 1 : 0);
});

test.for([
  { coding: 'Transfer-Encoding: gzip, chunked', status: 501 },
  { coding: 'Transfer-Encoding: chunked\nContent-Encoding: gzip', status: 415 },
  { coding: 'Content-Length: 5\nExpect: 200-ok', status: 417 },
])('$coding: $status', async ({ coding, status }) => {
  await using relay = await startRelay();
  await using client = await RawHttp.open(relay.port('http'));
  client.send(`PUT /live/a.flv HTTP/1.1\nHost: x\n${coding}\n\n`);
  await client.heard(new RegExp(`^HTTP/1\\.1 ${status} `));
  expect(relay.log.find('publish')).toEqual([]);
});

const good = Buffer.concat([flvHeader, flvBody('K1@0')]);
const hugeTag = Buffer.from('09ffffff00000000000000', 'hex');

test.for([
  {
    fault: 'no FLV at all',
    body: Buffer.from('<html>no stream here</html>'),
    says: 'no FLV signature, at byte 0',
  },
  {
    fault: 'a bogus DataOffset',
    body: Buffer.from('464c560105ffffffff00000000', 'hex'),
    says: 'FLV DataOffset 4294967295, expected 9 to 65536, at byte 0',
  },
  {
    fault: 'a tag of 16 MiB',
    body: Buffer.concat([good, hugeTag]),
    says: `tag of 16777215 bytes, limit 8388608, at byte ${good.length}`,
  },
  {
    fault: 'a wrong PreviousTagSize',
    body: Buffer.concat([good.subarray(0, -4), Buffer.from('0badf00d', 'hex')]),
    says: `PreviousTagSize 195948557, expected 20, at byte ${good.length - 4}`,
  },
  {
    fault: 'an end inside a tag',
    body: good.subarray(0, -8),
    says: 'the stream ends inside a tag, at byte 24',
  },
  { fault: 'nothing', body: Buffer.alloc(0), says: 'the stream ends inside its header, at byte 0' },
])('$fault in the body: 400 with the place of it', async ({ body, says }) => {
  await using relay = await startRelay();
  await using client = await RawHttp.open(relay.port('http'));
  client.send('PUT /live/a.flv HTTP/1.1\nHost: x\nTransfer-Encoding: chunked\n\n');
  if (body.length > 0) client.send(chunk(body));
  client.send(lastChunk);
  const answer = await client.all();
  expect(answer).toMatch(/^HTTP\/1\.1 400 Bad Request\r\n/);
  expect(answer).toContain(says);
  expect(relay.log.find('protocol-error')).toHaveLength(1);
  expect(relay.relay.thread.registry.isPublished('live/a')).toBe(false);
});

test('a fault ends the publication; players stay for the grace period and go on with the next publisher', async () => {
  await using relay = await startRelay();
  await using player = TestPlayer.play(relay.port('rtmp'), 'live/a');
  await using client = await putting(relay);
  client.send(chunk(flvBody('VH1@0 K1@0')));
  await player.mediaOf(2);
  client.send(chunk(Buffer.from('not a tag, and no PreviousTagSize either')));
  await client.closed;
  await using next = await putting(relay);
  next.send(chunk(flvBody('VH2@0 K2@0')));
  expect((await player.mediaOf(4)).slice(2).map(({ payload }) => payload.at(-1))).toEqual([2, 2]);
});

test('a cut connection is no end: the stream waits for its publisher', async () => {
  await using relay = await startRelay();
  await using player = TestPlayer.play(relay.port('rtmp'), 'live/a');
  await using client = await putting(relay);
  client.send(chunk(flvBody('VH1@0 K1@0')));
  await player.mediaOf(2);
  client.socket.destroy();
  await relay.log.waitFor('unpublish', { stream: 'live/a', reason: 'closed' });
  expect(relay.relay.thread.registry.get('live/a')?.state).toBe('grace');
  await using next = await putting(relay);
  next.send(chunk(flvBody('VH2@0 K2@0')));
  await player.mediaOf(4);
});

test('a body that stops in the middle is answered and no end either', async () => {
  await using relay = await startRelay();
  await using player = TestPlayer.play(relay.port('rtmp'), 'live/a');
  await using client = await RawHttp.open(relay.port('http'));
  client.send('PUT /live/a.flv HTTP/1.1\nHost: x\nContent-Length: 100000\n\n');
  client.send(Buffer.concat([flvHeader, flvBody('VH1@0 K1@0')]));
  await player.mediaOf(2);
  client.socket.end();
  expect(await client.all()).toMatch(/^HTTP\/1\.1 400 /);
  expect(relay.log.find('unpublish', { reason: 'closed' })).toHaveLength(1);
  expect(relay.relay.thread.registry.get('live/a')?.state).toBe('grace');
});

test('where takeover is off the second publisher gets 409', async () => {
  await using relay = await startRelay({ publish: { onConflict: 'reject' } });
  await using _first = await TestPublisher.start(relay.port('rtmp'), 'live/a');
  await using second = await putting(relay);
  expect(await second.all()).toMatch(/^HTTP\/1\.1 409 .*is already being published\n$/s);
});

test('a body of more tags than are taken in a turn of the loop: all of them count before its end', async () => {
  await using relay = await startRelay();
  const tag = flvTag({ type: 8, timestamp: 0, payload: Buffer.alloc(300, 0xaf) });
  const body = new Uint8Array(Buffer.concat([flvHeader, ...Array.from({ length: 20_000 }, () => tag)]));
  const response = await fetch(relay.flvUrl('live/a'), { method: 'POST', body });
  expect(await response.text()).toBe('live/a has ended: 20000 tags\n');
  expect(relay.log.find('slowed')).toEqual([]);
});

test('a body in chunks of one byte slows the connection that it comes on', async () => {
  await using relay = await startRelay();
  await using client = await putting(relay);
  await relay.published('live/a');
  client.send(chunk(Buffer.from('09100000000000000000001701000000', 'hex')));
  client.send(Buffer.alloc(600_000, '1\r\na\r\n'));
  await relay.log.waitFor('slowed', { peer: `127.0.0.1:${client.socket.localPort}` });
});

test('what comes right behind the head of a request is read as slowly as what comes later', async () => {
  let pieces = 0;
  const onRequest = (message: unknown): void => {
    const { request } = message as { readonly request: IncomingMessage };
    const push = request.push.bind(request);
    request.push = (bytes: unknown) => {
      pieces++;
      return push(bytes);
    };
  };
  subscribe('http.server.request.start', onRequest);
  try {
    await using relay = await startRelay();
    await using client = await RawHttp.open(relay.port('http'));
    const head = 'POST /live/a.flv HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n';
    const tag = Buffer.from('09100000000000000000001701000000', 'hex');
    const flood = Buffer.alloc(54_000, '1\r\na\r\n');
    client.send(Buffer.concat([Buffer.from(head), chunk(flvHeader), chunk(tag), flood]));
    await relay.log.waitFor('slowed', { peer: `127.0.0.1:${client.socket.localPort}` });
    await turn();
    expect(pieces).toBeGreaterThan(100);
    expect(pieces).toBeLessThan(3000);
  } finally {
    unsubscribe('http.server.request.start', onRequest);
  }
});
