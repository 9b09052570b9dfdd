import { setImmediate as turn } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { media } from '../support/fake-media.ts';
import { chunk, flvBody, flvHeader } from '../support/flv-body.ts';
import { RawHttp } from '../support/http-client.ts';
import { startRelay, type TestRelay } from '../support/start-relay.ts';
import { TestPublisher } from '../support/test-publisher.ts';
import { Witness } from '../support/witness.ts';
import { webSocketHead } from '../support/ws-client.ts';

let relay: TestRelay;
let witness: Witness;
let client: RawHttp;

beforeAll(async () => {
  relay = await startRelay({ deadlines: { handshakeMs: 300, idleMs: 300 }, play: { waitMs: 1000 } });
  witness = await Witness.start(relay);
});

afterAll(async () => {
  await witness[Symbol.asyncDispose]();
  await relay[Symbol.asyncDispose]();
});

beforeEach(async () => {
  client = await RawHttp.open(relay.port('http'));
  return async () => {
    await client[Symbol.asyncDispose]();
    await witness.expectUndisturbed();
    expect(relay.log.find('bug')).toEqual([]);
  };
});

const put = 'PUT /live/a.flv HTTP/1.1\nHost: x\n';
const smuggled = 'GET /quiet/witness.flv HTTP/1.1\nHost: x\n\n';

test.each([
  {
    shape: 'two kinds of length',
    head: `${put}Content-Length: 5\nTransfer-Encoding: chunked\n\n0\n\n${smuggled}`,
  },
  {
    shape: 'the other way round',
    head: `${put}Transfer-Encoding: chunked\nContent-Length: 5\n\n0\n\n${smuggled}`,
  },
  { shape: 'two lengths', head: `${put}Content-Length: 5\nContent-Length: 6\n\nhello` },
  { shape: 'a list of lengths', head: `${put}Content-Length: 5, 5\n\nhello` },
  { shape: 'a length with a sign', head: `${put}Content-Length: +5\n\nhello` },
  { shape: 'a negative length', head: `${put}Content-Length: -5\n\nhello` },
  { shape: 'a hexadecimal length', head: `${put}Content-Length: 0x5\n\nhello` },
  { shape: 'chunked not last', head: `${put}Transfer-Encoding: chunked, identity\n\n0\n\n${smuggled}` },
  { shape: 'a coding that only looks like chunked', head: `${put}Transfer-Encoding: xchunked\n\n0\n\n` },
  { shape: 'space before the colon', head: `${put}Transfer-Encoding : chunked\n\n0\n\n` },
  { shape: 'a folded line', head: `${put}Transfer-Encoding:\n chunked\nX: y\n z\n\n0\n\n` },
  { shape: 'a NUL in a header', head: `${put}X: a\0b\n\n` },
  {
    shape: 'a GET with a body',
    head: `GET /live/a.flv HTTP/1.1\nHost: x\nContent-Length: 40\n\n${smuggled}`,
  },
  {
    shape: 'a GET with chunks',
    head: `GET /live/a.flv HTTP/1.1\nHost: x\nTransfer-Encoding: chunked\n\n0\n\n${smuggled}`,
  },
  { shape: 'the same Host twice', head: 'GET /quiet/witness.flv HTTP/1.1\nHost: x\nhOST: x\n\n' },
  { shape: 'two Hosts for a page', head: 'GET /watch HTTP/1.1\nHost: x\nHost: y\n\n' },
  { shape: 'two Hosts in HTTP/1.0', head: 'GET /watch HTTP/1.0\nHost: x\nHost: y\n\n' },
  { shape: 'two Hosts for a WebSocket', head: `${webSocketHead('/quiet/witness.flv')}Host: y\n\n` },
  { shape: 'no Host', head: 'GET /live/a.flv HTTP/1.1\n\n' },
  { shape: 'no HTTP', head: 'hello, is anybody there?\n\n' },
  { shape: 'HTTP/0.9', head: 'GET /live/a.flv\n\n' },
  { shape: 'HTTP/2', head: 'PRI * HTTP/2.0\n\nSM\n\n' },
  { shape: 'a space in the path', head: 'GET /live/a b.flv HTTP/1.1\nHost: x\n\n' },
])('$shape: 400 or more, nothing is published, the connection closes', async ({ head }) => {
  client.send(head);
  const answer = await client.all();
  expect(answer).toMatch(/^HTTP\/1\.1 (?:400|501|505) /);
  expect(answer.match(/^HTTP\/1\.1 /gm)).toHaveLength(1);
  expect(answer).not.toContain('FLV\u0001'); // what was smuggled is not answered
});

test('a Host behind more header lines than are looked at is not passed over', async () => {
  client.send(`GET /watch HTTP/1.1\nHost: x\n${'a:\n'.repeat(2000)}Host: y\n\n`);
  expect(await client.all()).toMatch(/^HTTP\/1\.1 431 /);
});

test('a bare line feed between header lines makes no second request', async () => {
  client.send(Buffer.from('GET /api/nowhere HTTP/1.1\r\nHost: x\nX: y\r\n\r\n'));
  expect(await client.all()).toMatch(/^HTTP\/1\.1 400 /);
});

test('the TLS of somebody who took the wrong port', async () => {
  client.send(Buffer.from('16030100c8010000c40303', 'hex'));
  expect(await client.all()).toMatch(/^HTTP\/1\.1 400 /);
});

test.each([
  { size: 'none', bytes: 'zz\r\nhello\r\n0\r\n\r\n' },
  { size: 'with a sign', bytes: '+5\r\nhello\r\n' },
  { size: 'over 64 bits', bytes: 'ffffffffffffffffff\r\nhello\r\n' },
  { size: 'smaller than the chunk', bytes: '2\r\nhello\r\n0\r\n\r\n' },
  { size: 'behind a space', bytes: ' 5\r\nhello\r\n' },
  { size: 'with an endless extension', bytes: `5;${'x'.repeat(20_000)}` },
])('a chunk whose size is $size ends the publication', async ({ bytes }) => {
  const key = `live/${Math.random().toString(36).slice(2)}`;
  client.send(`PUT /${key}.flv HTTP/1.1\nHost: x\nTransfer-Encoding: chunked\n\n`);
  client.send(chunk(Buffer.concat([flvHeader, flvBody('VH1@0 K1@0')])));
  await relay.published(key);
  client.send(Buffer.from(bytes, 'latin1'));
  expect(await client.all()).toMatch(/^HTTP\/1\.1 (?:400|413|431) /);
  expect(relay.log.find('unpublish', { stream: key, reason: 'protocol' })).toHaveLength(1);
});

test('a head that drips in is cut at the deadline, with 408', async () => {
  const drip = setInterval(() => client.send('X-Drip: 1\n'), 20);
  client.send('GET /live/a.flv HTTP/1.1\nHost: x\n');
  try {
    expect(await client.all()).toMatch(/^HTTP\/1\.1 408 Request Timeout\r\n.*connection: close/s);
  } finally {
    clearInterval(drip);
  }
});

test('so is a second one', async () => {
  client.send('GET /api/nowhere HTTP/1.1\nHost: x\n\n');
  await client.heard(/there is nothing here\n/);
  client.send('GET /live/a.flv HTTP/1.1\nHost: x\n');
  expect(await client.all()).toMatch(/ 404 .* 408 /s);
});

test.each([
  { what: 'one header', head: `GET /live/a.flv HTTP/1.1\nHost: x\nX: ${'x'.repeat(20_000)}\n\n` },
  { what: 'a path', head: `GET /${'x'.repeat(20_000)}.flv HTTP/1.1\nHost: x\n\n` },
  {
    what: 'many headers',
    head: `GET /live/a.flv HTTP/1.1\nHost: x\n${'X: yyyyyyyyyyyyyyyy\n'.repeat(2000)}\n`,
  },
])('$what of more than 16 KiB: 431', async ({ head }) => {
  client.send(head);
  expect(await client.all()).toMatch(/^HTTP\/1\.1 431 /);
});

test('a head that never ends holds no memory', async () => {
  client.send('GET /live/a.flv HTTP/1.1\nHost: x\n');
  for (let i = 0; i < 100 && !client.socket.destroyed; i++) {
    client.send(`X${i}: ${'x'.repeat(1000)}\n`);
    await turn();
  }
  expect(await client.all()).toMatch(/^HTTP\/1\.1 431 /);
});

test.each([{ method: 'DELETE' }, { method: 'PATCH' }, { method: 'TRACE' }, { method: 'PROPFIND' }])(
  '$method: 405 with Allow',
  async ({ method }) => {
    client.send(`${method} /live/a.flv HTTP/1.1\nHost: x\n\n`);
    await client.heard(/^HTTP\/1\.1 405 .*allow: GET, HEAD, OPTIONS, POST, PUT\r\n.*\n$/s);
  },
);

test('CONNECT: 405, this server is not a proxy', async () => {
  client.send('CONNECT 127.0.0.1:22 HTTP/1.1\nHost: x\n\nSSH-2.0-x\n');
  expect(await client.all()).toMatch(/^HTTP\/1\.1 405 .*allow: .*this server is not a proxy\n$/s);
});

test.each([
  { path: '/live/../../etc/passwd.flv' },
  { path: '/../secret.flv' },
  { path: '/live/%2e%2e/%2e%2e/etc/passwd.flv' },
  { path: '/live/.%2e/a.flv' },
  { path: '/live/a%00.flv' },
  { path: '/live/%0d%0aX-Injected:%20y.flv' },
  { path: '/live/a%2f..%2fb.flv' },
  { path: '/live/%c0%ae%c0%ae/a.flv' },
  { path: `/live/${'%41'.repeat(300)}.flv` },
])('$path: 400', async ({ path }) => {
  client.send(`GET ${path} HTTP/1.1\nHost: x\n\n`);
  const [, head = ''] = await client.heard(
    /^(HTTP\/1\.1 400 .*?)\r\n\r\nthe stream key is not valid: .*\n$/s,
  );
  expect(head).not.toMatch(/^x-injected/im);
  client.forget();
  client.send(`PUT ${path} HTTP/1.1\nHost: x\nContent-Length: 9\n\n`);
  await client.heard(/^HTTP\/1\.1 400 .*connection: close/s);
});

test('what a client is called cannot forge a line of the log', async () => {
  client.send(
    Buffer.from('GET /live/a.flv HTTP/1.1\r\nHost: x\r\nUser-Agent: a\u001b[31m\x85b\r\n\r\n', 'latin1'),
  );
  await client.heard(/^HTTP\/1\.1 4/);
});

test('a second request in the middle of a play waits for its end; a heap of them costs the connection', async () => {
  client.send('GET /quiet/witness.flv HTTP/1.1\nHost: x\n\n');
  await client.heard(/FLV/);
  client.send('GET /api/nowhere HTTP/1.1\nHost: x\n\n'.repeat(100));
  expect(await client.all()).not.toMatch(/there is nothing here/);
  expect(relay.log.find('protocol-error', { code: 'HTTP_REQUESTS_TOO_MANY' }).length).toBeGreaterThan(0);
});

test('garbage in the middle of a play costs the connection, without an answer in the media', async () => {
  client.send('GET /quiet/witness.flv HTTP/1.1\nHost: x\n\n');
  await client.heard(/FLV/);
  const faults = (): unknown[] => relay.log.find('protocol-error', { code: 'HTTP_REQUEST_INVALID' });
  const { length } = faults();
  client.send('\0\0\0\0garbage\n\n');
  expect((await client.all()).match(/HTTP\/1\.1/g)).toHaveLength(1);
  expect(faults()).toHaveLength(length + 1);
});

test.each([
  { peer: 'RTMP', bytes: Buffer.alloc(1537, 3), advice: 'use http:// or the RTMP port' },
  {
    peer: 'TLS',
    bytes: Buffer.from('16030100c8010000c40303', 'hex'),
    advice: 'use http:// or the HTTPS port',
  },
])(
  '$peer at the HTTP port costs the connection, and the log says which port it wants',
  async ({ peer, bytes, advice }) => {
    client.send(bytes);
    expect(await client.all()).toMatch(/^HTTP\/1\.1 400 /);
    const faults = relay.log.find('protocol-error', { code: 'HTTP_REQUEST_INVALID' });
    expect(faults.at(-1)).toMatchObject({
      text: expect.stringContaining(`this looks like ${peer}: ${advice}`),
    });
  },
);

test('request after request on one connection: 429', async () => {
  for (let i = 0; i < 70 && !client.text.includes('requests in a row'); i++) {
    client.forget();
    client.send('GET /api/nowhere HTTP/1.1\nHost: x\n\n');
    await client.heard(/nothing here\n|requests in a row, and 2 a second\n/);
  }
  await client.closed;
  expect(client.text).toMatch(/^HTTP\/1\.1 429 .*retry-after/s);
});

test('a script tag that never ends is bounded as any tag is', async () => {
  const endless = Buffer.concat([
    Buffer.from('12fffff0 00000000 000000'.replaceAll(' ', ''), 'hex'),
    Buffer.from('02000a6f6e4d65746144617461030001', 'hex'),
  ]);
  client.send(`PUT /live/script.flv HTTP/1.1\nHost: x\nTransfer-Encoding: chunked\n\n`);
  client.send(chunk(Buffer.concat([flvHeader, endless])));
  expect(await client.all()).toMatch(/^HTTP\/1\.1 400 .*tag of 16777200 bytes, limit 8388608, at byte 13/s);
});

test('metadata that is no AMF passes, and breaks nothing', async () => {
  const garbage = {
    type: 18,
    timestamp: 0,
    payload: Buffer.from('02000a6f6e4d657461446174610affffffff', 'hex'),
  } as const;
  await using publisher = await TestPublisher.start(relay.port('rtmp'), 'live/amf');
  publisher.sendMedia(garbage, ...media('VH1@0 K1@0'));
  client.send('GET /live/amf.flv HTTP/1.1\nHost: x\n\n');
  await client.heard(/FLV.*onMetaData/s);
});

test('CONNECT behind a play costs the connection and leaves no player behind', async () => {
  const players = (): number =>
    relay.relay.thread.registry.get('quiet/witness')?.broadcast.fanOut.playersByProtocol.get('http-flv') ?? 0;
  client.send('GET /quiet/witness.flv HTTP/1.1\nHost: x\n\n');
  await client.heard(/FLV/);
  expect(players()).toBe(1);
  const peer = `127.0.0.1:${client.socket.localPort}`;
  client.send('CONNECT x:1 HTTP/1.1\nHost: x:1\n\n');
  await relay.log.waitFor('play-end', { stream: 'quiet/witness', peer });
  expect(players()).toBe(0);
});
