import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { AsfGuid } from '../../src/protocol/asf/asf-object.ts';
import {
  asfHeader,
  asfHeaderOf,
  asfObject,
  asfPacket,
  audioStream,
  filePropertiesObject,
  headerExtension,
  streamObject,
  videoStream,
} from '../support/asf-maker.ts';
import { RawHttp } from '../support/http-client.ts';
import { startRelay, type TestRelay } from '../support/start-relay.ts';
import { Witness } from '../support/witness.ts';
import {
  changePacket,
  encoderPacket,
  endPacket,
  filler,
  servedPacket,
} from '../support/wms/encoder-packets.ts';

let relay: TestRelay;
let witness: Witness;
let client: RawHttp;
let key: string;
let streams = 0;

beforeAll(async () => {
  relay = await startRelay({
    deadlines: { pushSilenceMs: 700, firstMediaMs: 700, pushGapMs: 1000 },
    publish: { graceMs: 0 },
  });
  witness = await Witness.start(relay);
});

afterAll(async () => {
  await witness[Symbol.asyncDispose]();
  await relay[Symbol.asyncDispose]();
});

beforeEach(async () => {
  client = await RawHttp.open(relay.port('http'));
  key = `streams/cam${++streams}`;
  return async () => {
    await client[Symbol.asyncDispose]();
    await witness.expectUndisturbed();
    expect(relay.log.find('bug')).toEqual([]);
  };
});

/** What becomes of a stream: undefined where there is none. */
function stateOf(name: string): string | undefined {
  return relay.relay.thread.registry.get(name)?.state;
}

/** The head of a PushStart. */
function pushStart(length: number = 2 ** 31 - 1, more = ''): string {
  return `POST /${key}_push HTTP/1.1\nHost: x\nContent-Type: application/x-wms-pushstart\nContent-Length: ${length}\n${more}\n`;
}

const header = asfHeader();
const begun = encoderPacket('H', header);
const packet = asfPacket({ payloads: [{ stream: 2, isKey: true }] });
const media = encoderPacket('D', packet);
const uint32Max = 2 ** 32 - 1;
const headerOf = (...objects: Buffer[]): Buffer => encoderPacket('H', asfHeaderOf(objects));
const file = filePropertiesObject();
const video = streamObject(videoStream);

/** A header with another number in the place of an uint32. */
function headerWith(at: number, value: number): Buffer {
  const changed = Buffer.from(header);
  changed.writeUInt32LE(value, at);
  return encoderPacket('H', changed);
}

const videoAt = header.indexOf(Buffer.from(AsfGuid.streamProperties, 'hex'));

describe('422 with what is wrong, and nothing is published:', () => {
  test.each<{ fault: string; body: Buffer; says: RegExp }>([
    { fault: 'no MMSH', body: Buffer.from('FLV\x01\x05'), says: /begins with 0x46, expected 0x24/ },
    { fault: 'media before the header', body: media, says: /\$D packet before the first \$H/ },
    {
      fault: 'an end, then media',
      body: Buffer.concat([endPacket(1), media]),
      says: /\$D packet before the first \$H/,
    },
    {
      fault: 'a header that is none',
      body: encoderPacket('H', Buffer.alloc(500)),
      says: /does not begin with an ASF header/,
    },
    { fault: 'a header without anything in it', body: headerOf(), says: /no File Properties Object/ },
    { fault: 'a header without streams', body: headerOf(file), says: /no stream/ },
    { fault: 'a stream twice', body: headerOf(file, video, video), says: /a second stream 2/ },
    {
      fault: 'stream 0',
      body: headerOf(file, streamObject({ number: 0, type: 'video' })),
      says: /stream with the number 0/,
    },
    {
      fault: 'packets of 0 bytes',
      body: headerOf(filePropertiesObject({ packetBytes: 0 }), video),
      says: /packets of 0 bytes/,
    },
    {
      fault: 'packets of 99 bytes',
      body: headerOf(filePropertiesObject({ packetBytes: 99 }), video),
      says: /packets of 99 bytes/,
    },
    {
      fault: 'packets of 65,528 bytes',
      body: headerOf(filePropertiesObject({ packetBytes: 65_528 }), video),
      says: /packets of 65528 bytes/,
    },
    {
      fault: 'packets of 4 GiB',
      body: headerOf(filePropertiesObject({ packetBytes: uint32Max }), video),
      says: /packets of 4294967295 bytes/,
    },
    {
      fault: 'packets of two sizes',
      body: headerOf(filePropertiesObject({ maxPacketBytes: 500 }), video),
      says: /expected one size/,
    },
    { fault: 'a header of 0 bytes', body: headerWith(16, 0), says: /a Header Object of 0 bytes/ },
    {
      fault: 'a header of 4 GiB',
      body: headerWith(16, uint32Max),
      says: /a Header Object of 4294967295 bytes/,
    },
    {
      fault: 'a header of 2^64 bytes',
      body: headerWith(20, uint32Max),
      says: /a Header Object of \d{19,20} bytes/,
    },
    {
      fault: 'a header that ends with media',
      body: Buffer.concat([headerWith(16, 4000), media]),
      says: /\$D packet before the last piece/,
    },
    { fault: 'an object of 0 bytes', body: headerWith(videoAt + 16, 0), says: /an object of 0 bytes/ },
    {
      fault: 'an object of 4 GiB',
      body: headerWith(videoAt + 16, uint32Max),
      says: /an object of 4294967295 bytes/,
    },
    {
      fault: 'type-specific data of 4 GiB',
      body: headerWith(videoAt + 64, uint32Max),
      says: /bytes expected, \d+ are there/,
    },
    {
      fault: 'an extension of 4 GiB',
      body: headerOf(file, headerExtension(Buffer.alloc(0), uint32Max), video),
      says: /bytes expected, \d+ are there/,
    },
    {
      fault: '1,025 objects',
      body: headerOf(
        file,
        video,
        ...Array.from({ length: 1023 }, () => asfObject('00'.repeat(16), Buffer.alloc(0))),
      ),
      says: /more than 1024 objects/,
    },
    {
      fault: 'a packet that is longer than the header says',
      body: Buffer.concat([begun, encoderPacket('D', asfPacket({ packetBytes: 401 }))]),
      says: /401 bytes, limit 400/,
    },
    { fault: 'an empty packet', body: Buffer.concat([begun, encoderPacket('D')]), says: /ASF data packet/ },
    {
      fault: 'a packet of zeros that ends early',
      body: Buffer.concat([begun, encoderPacket('D', Buffer.alloc(3))]),
      says: /ASF data packet/,
    },
    {
      fault: 'a data packet header, after none',
      body: Buffer.concat([begun, servedPacket('D', packet)]),
      says: /408 bytes, limit 400/,
    },
    {
      fault: 'no data packet header, after some',
      body: Buffer.concat([servedPacket('H', header, { afFlags: 0x0c }), media]),
      says: /PacketSize \d+ in a packet of 400 bytes/,
    },
    {
      fault: 'a piece of a header that is missing',
      body: Buffer.concat([
        servedPacket('H', header.subarray(0, 50), { afFlags: 0x04 }),
        servedPacket('H', header.subarray(60), { afFlags: 0x08, locationId: 2 }),
      ]),
      says: /piece 2 of an ASF header, expected 1/,
    },
    {
      fault: 'a stream change that holds garbage',
      body: Buffer.concat([begun, changePacket(Buffer.alloc(100))]),
      says: /first piece has not come/,
    },
    {
      fault: 'an end of 3 bytes',
      body: Buffer.concat([begun, encoderPacket('E', Buffer.alloc(3))]),
      says: /\$E packet of 3 bytes/,
    },
  ])('$fault', async ({ body, says }) => {
    const peer = `127.0.0.1:${client.socket.localPort}`;
    client.send(pushStart());
    client.send(body);
    const answer = await client.all();
    expect(answer).toMatch(/^HTTP\/1\.1 422 /);
    expect(answer).toMatch(says);
    expect(answer.match(/^HTTP\/1\.1 /gm)).toHaveLength(1);
    expect((await relay.log.waitFor('protocol-error', { peer })).text).toMatch(says);
    await relay.log.waitFor('unpublish', { stream: key, reason: 'protocol' });
    expect(stateOf(key)).toBeUndefined();
  });
});

describe('once a stream is there:', () => {
  beforeEach(async () => {
    client.send(pushStart());
    client.send(Buffer.concat([begun, media]));
    await expect.poll(() => stateOf(key)).toBe('live');
  });

  test('a header of another packet size holds for what follows, and no longer packet is taken', async () => {
    client.send(Buffer.concat([endPacket(1), changePacket(asfHeader({ packetBytes: 300 }))]));
    client.send(encoderPacket('D', asfPacket({ packetBytes: 300, payloads: [{ stream: 2, isKey: true }] })));
    client.send(media);
    expect(await client.all()).toMatch(/^HTTP\/1\.1 422 [\s\S]*400 bytes, limit 300/);
    expect(relay.log.find('unpublish', { stream: key, reason: 'protocol' })).toHaveLength(1);
  });

  test.each([
    ['zeros', Buffer.alloc(400)],
    ['a count of 63 payloads, none of which is there', asfPacket().fill(0xff, 13, 14)],
    [
      'replicated data of 255 bytes',
      asfPacket({ payloads: [{ stream: 2, replicated: Buffer.alloc(8) }] }).fill(0xff, 20, 21),
    ],
    ['padding of 65,535 bytes', asfPacket().fill(0xff, 5, 7)],
    ['error correction data of an unknown kind', asfPacket().fill(0xe2, 0, 1)],
  ])('a packet of %s costs at most its publication', async (_, bytes) => {
    client.send(encoderPacket('D', bytes));
    client.send(endPacket(0));
    expect(await client.all()).toMatch(/^HTTP\/1\.1 (?:422|204) /);
    expect(relay.log.find('unpublish', { stream: key })).toHaveLength(1);
  });

  test.each([
    ['garbage', Buffer.from('garbage, certainly not MMSH')],
    ['media without a header', media],
    ['a header that is none', encoderPacket('H', Buffer.alloc(500))],
    ['half a header', encoderPacket('H', header).subarray(0, 100)],
    ['nothing', Buffer.alloc(0)],
    ['fillers', filler(100_000)],
  ])('another who pushes %s does not replace it', async (_, body) => {
    await using other = await RawHttp.open(relay.port('http'));
    other.send(pushStart());
    other.send(body);
    const chatter = setInterval(() => client.send(media), 100);
    try {
      expect(await other.all()).toMatch(/^HTTP\/1\.1 4/);
    } finally {
      clearInterval(chatter);
    }
    expect([stateOf(key), relay.log.find('taken-over', { stream: key })]).toEqual(['live', []]);
    client.send(endPacket(0));
    await relay.log.waitFor('unpublish', { stream: key, reason: 'ended' });
  });

  test('another one with an invented push-id is refused', async () => {
    for (const id of ['12', '1'.repeat(29), '9'.repeat(128), '%00', '-1']) {
      await using other = await RawHttp.open(relay.port('http'));
      other.send(pushStart(undefined, `Cookie: push-id=${id}\n`));
      other.send(Buffer.concat([begun, media]));
      expect(await other.all()).toMatch(/^HTTP\/1\.1 4\d\d /);
    }
    expect(relay.log.find('publish', { stream: key })).toHaveLength(1);
  });

  test('silence ends it: 408', async () => {
    expect(await client.all()).toMatch(/^HTTP\/1\.1 408 /);
    expect(relay.log.find('unpublish', { stream: key })).toHaveLength(1);
  });

  test('fillers and packets that nobody knows are no media: 408', async () => {
    const timer = setInterval(
      () => client.send(Buffer.concat([filler(100), encoderPacket('Q', Buffer.alloc(9))])),
      50,
    );
    try {
      expect(await client.all()).toMatch(/^HTTP\/1\.1 408 /);
    } finally {
      clearInterval(timer);
    }
  });
});

test("a push-id of one stream is no good for another's", async () => {
  client.send(
    `POST /${key}_push HTTP/1.1\nHost: x\nContent-Type: application/x-wms-pushsetup\nCookie: push-id=0\nContent-Length: 0\n\n`,
  );
  const [, id] = await client.heard(/^HTTP\/1\.1 204 [\s\S]*set-cookie: push-id=(\d+)/i);
  key = `streams/other${streams}`;
  client.forget();
  client.send(pushStart(undefined, `Cookie: push-id=${id}\n`));
  client.send(Buffer.concat([begun, media]));
  expect(await client.all()).toMatch(/^HTTP\/1\.1 4\d\d /);
  expect(relay.log.find('publish', { stream: key })).toEqual([]);
});

test('a push in pieces of a byte is as good as any', async () => {
  const body = Buffer.concat([
    begun,
    media,
    encoderPacket('Q', Buffer.alloc(5)),
    filler(9),
    media,
    endPacket(0),
  ]);
  client.send(pushStart());
  for (const byte of body) {
    client.send(Buffer.of(byte));
    if (byte % 16 === 0) await new Promise((resolve) => setImmediate(resolve));
  }
  await relay.log.waitFor('unpublish', { stream: key, reason: 'ended' });
});

test('a header that never ends holds no more memory than headers may have', async () => {
  const first = Buffer.from(header);
  first.writeUInt32LE(1_000_000, 16);
  client.send(pushStart());
  client.send(servedPacket('H', first.subarray(0, 30), { afFlags: 0x04 }));
  for (let i = 1; i < 300 && !client.socket.destroyed; i++) {
    client.send(servedPacket('H', Buffer.alloc(4000), { locationId: i }));
    await new Promise((resolve) => setImmediate(resolve));
  }
  expect(await client.all()).toMatch(
    /^HTTP\/1\.1 422 [\s\S]*an ASF header of 1000050 bytes in pieces of \d+/,
  );
});

test('any bytes at any time cost at most their own connection', async () => {
  const own = (): string => `POST /streams/fuzz_push HTTP/1.1\nHost: x\nContent-Length: 2147483647\n`;
  const begin: Readonly<Record<string, string | Buffer>> = {
    nothing: '',
    setup: `${own()}Content-Type: application/x-wms-pushsetup\n\n`,
    start: `${own()}Content-Type: application/x-wms-pushstart\n\n`,
    describe: 'GET /streams/fuzz HTTP/1.0\nUser-Agent: NSPlayer/4\n\n',
    play: 'GET /streams/fuzz HTTP/1.0\nUser-Agent: NSPlayer/4\nPragma: xPlayStrm=1\n\n',
    file: 'PUT /live/fuzz.asf HTTP/1.1\nHost: x\nContent-Length: 2147483647\n\n',
    log: 'POST /streams/fuzz HTTP/1.1\nHost: x\nUser-Agent: NSPlayer/4\nContent-Type: text/plain\nContent-Length: 900\n\n',
  };
  const bytes = fc.uint8Array({ maxLength: 400 }).map((array) => Buffer.from(array));
  const damaged = fc
    .tuple(fc.constantFrom(begun, media, header, packet), fc.nat(), fc.integer({ min: 0, max: 255 }))
    .map(([whole, at, byte]) => Buffer.from(whole).fill(byte, at % whole.length, (at % whole.length) + 1));
  const framed = fc
    .tuple(fc.constantFrom(...'HDECFMPTNQ'), bytes)
    .map(([id, payload]) => encoderPacket(id, payload));
  const whole = fc.constantFrom(
    begun,
    media,
    endPacket(0),
    endPacket(1),
    changePacket(header),
    changePacket(asfHeader({ packetBytes: 100, streams: [audioStream] })),
    filler(70_000),
    servedPacket('H', header, { afFlags: 0x0c }),
    servedPacket('D', packet),
    header,
    packet,
  );
  const pieces = fc.array(fc.oneof({ weight: 4, arbitrary: whole }, framed, damaged, bytes), {
    maxLength: 10,
  });
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...Object.keys(begin)), pieces, async (state, parts) => {
      await using guest = await RawHttp.open(relay.port('http'));
      guest.send(begin[state] ?? '');
      for (const part of parts) guest.send(part);
      guest.socket.end();
      guest.socket.resume();
      await Promise.race([guest.closed, new Promise((resolve) => setImmediate(resolve))]);
    }),
    { numRuns: 400 },
  );
  await expect.poll(() => relay.metric('streampump_partial_bytes')).toBe(0);
}, 30_000);
