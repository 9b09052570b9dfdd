import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { RawHttp } from '../support/http-client.ts';
import { startRelay, type TestRelay } from '../support/start-relay.ts';
import { Witness } from '../support/witness.ts';
import { webSocketHead } from '../support/ws-client.ts';

let relay: TestRelay;
let witness: Witness;
let client: RawHttp;

beforeAll(async () => {
  relay = await startRelay({ deadlines: { idleMs: 300, pingMs: 200 } });
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

/** A masked frame as a client sends it, with a mask of zeros. */
function frame(first: number, payload: Buffer, announced: number = payload.length): Buffer {
  const length =
    announced < 126
      ? Buffer.from([0x80 | announced])
      : Buffer.concat([
          Buffer.from([0x80 | 127]),
          Buffer.from(BigInt(announced).toString(16).padStart(16, '0'), 'hex'),
        ]);
  return Buffer.concat([Buffer.from([first]), length, Buffer.alloc(4), payload]);
}

const hello = Buffer.from('hello');

test.each([
  { what: 'not masked', bytes: Buffer.from('810568656c6c6f', 'hex'), code: 1002 },
  { what: 'compressed, as RSV1 says', bytes: frame(0xc1, hello), code: 1002 },
  { what: 'with RSV2', bytes: frame(0xa1, hello), code: 1002 },
  { what: 'of a reserved opcode', bytes: frame(0x83, hello), code: 1002 },
  { what: 'a continuation of nothing', bytes: frame(0x80, hello), code: 1002 },
  { what: 'a fragmented ping', bytes: frame(0x09, hello), code: 1002 },
  { what: 'a ping of more than 125 bytes', bytes: frame(0x89, Buffer.alloc(200), 200), code: 1002 },
  { what: 'a close of one byte', bytes: frame(0x88, Buffer.alloc(1)), code: 1002 },
  { what: 'text that is no UTF-8', bytes: frame(0x81, Buffer.from([0xff, 0xfe])), code: 1007 },
  { what: 'too large', bytes: frame(0x82, Buffer.alloc(2000), 2000), code: 1009 },
  { what: 'announced as 2^53 bytes', bytes: frame(0x82, hello, 2 ** 53), code: 1009 },
  { what: 'announced as 1 GiB', bytes: frame(0x82, hello, 2 ** 30), code: 1009 },
  {
    what: 'too large in fragments',
    bytes: Buffer.concat([
      frame(0x02, Buffer.alloc(100)),
      ...Array.from({ length: 14 }, () => frame(0x00, Buffer.alloc(100))),
    ]),
    code: 1009,
  },
  {
    what: 'in endless empty fragments',
    bytes: Buffer.concat([
      frame(0x02, hello),
      ...Array.from({ length: 100 }, () => frame(0x00, Buffer.alloc(0))),
    ]),
    code: 1008,
  },
])('a frame $what costs the connection, with $code', async ({ bytes, code }) => {
  client.send(`${webSocketHead('/quiet/witness.flv')}\n`);
  await client.heard(/FLV/);
  const before = relay.log.find('protocol-error', { code: 'WEBSOCKET_FRAME_INVALID' }).length;
  client.send(bytes);
  await client.closed;
  const close = client.bytes.subarray(-4);
  expect([close[0], close.readUInt16BE(2)]).toEqual([0x88, code]); // behind whole frames of media
  expect(relay.log.find('protocol-error', { code: 'WEBSOCKET_FRAME_INVALID' })).toHaveLength(before + 1);
});

test('small messages are passed over', async () => {
  client.send(`${webSocketHead('/quiet/witness.flv')}\n`);
  await client.heard(/FLV/);
  for (let i = 0; i < 50; i++) client.send(frame(0x81, hello));
  client.send(frame(0x89, Buffer.from('still there?')));
  await client.heard(/still there\?/);
  expect(client.bytes.includes(Buffer.from('\u008a\u000cstill there?', 'latin1'))).toBe(true); // a pong
});

test('a client that does not answer that it is closed is cut', async () => {
  await using waiting = await startRelay({ play: { waitMs: 20 }, deadlines: { idleMs: 50 } });
  await using mute = await RawHttp.open(waiting.port('http'));
  mute.send(`${webSocketHead('/live/none.flv')}\n`);
  expect(await mute.all()).toMatch(/none came in time$/);
});

test.each([
  {
    what: 'without a key',
    head: 'GET /live/a.flv HTTP/1.1\nHost: x\nConnection: Upgrade\nUpgrade: websocket\nSec-WebSocket-Version: 13\n\n',
    status: 400,
  },
  {
    what: 'of an unknown version',
    head: `${webSocketHead('/live/a.flv').replace(': 13', ': 99')}\n`,
    status: 400,
  },
  { what: 'by POST', head: `${webSocketHead('/live/a.flv').replace('GET', 'POST')}\n`, status: 405 },
  {
    what: 'with a key that is too short',
    head: `${webSocketHead('/live/a.flv').replace('dGhl', '')}\n`,
    status: 400,
  },
])('an upgrade $what: $status', async ({ head, status }) => {
  client.send(head);
  expect(await client.all()).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
});

test('an upgrade behind a request that is not answered yet costs the connection', async () => {
  client.send(`GET /quiet/witness.flv HTTP/1.1\nHost: x\n\n${webSocketHead('/live/a.flv')}\n`);
  expect(await client.all()).not.toMatch(/ 101 /);
});
