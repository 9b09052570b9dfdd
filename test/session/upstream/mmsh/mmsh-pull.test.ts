import { describe, expect, test } from 'vitest';
import {
  encodeMmshChange,
  encodeMmshEnd,
  encodeMmshHeader,
} from '../../../../src/protocol/mmsh/mmsh-packet.ts';
import { MmshPull } from '../../../../src/session/upstream/mmsh/mmsh-pull.ts';
import { ServerConnector } from '../../../../src/session/upstream/server-connector.ts';
import { systemClock } from '../../../../src/stream/clock.ts';
import { asfHeader, audioStream, videoStream } from '../../../support/asf-maker.ts';
import { httpUrl } from '../../../support/http-url.ts';
import {
  data,
  described,
  header,
  lastChunk,
  ok,
  packets,
  played,
  pullMmsh,
} from '../../../support/mmsh-upstream.ts';
import { UpstreamNotes } from '../../../support/upstream-notes.ts';
import { encoderPacket, servedPacket } from '../../../support/wms/encoder-packets.ts';

test('asks for the header, then for all streams in it, and tells path, header, packets and end', async () => {
  await using scene = await pullMmsh([
    [described(encodeMmshHeader(header), 'Pragma: no-cache', 'Pragma: client-id=4123, features="broadcast"')],
    [...played(encodeMmshHeader(header), ...data, encodeMmshEnd(0)), lastChunk],
  ]);
  expect(await scene.notes.end()).toEqual({ kind: 'ended', description: 'the server has ended the stream' });
  const [describe, play] = [await scene.server.connection(1), await scene.server.connection(2)];
  for (const { heard } of [describe, play]) {
    expect(heard).toMatch(/^GET \/streams\/a\?token=x HTTP\/1\.1\r\n/);
    expect(heard).toContain(`host: 127.0.0.1:${scene.server.port}\r\n`);
    expect(heard).toContain('user-agent: NSPlayer/9.0.0.2980\r\n');
    expect(heard).toContain('streampump-path: me, child\r\n');
    expect(heard).toContain(`authorization: Basic ${btoa('me:pass')}\r\n`);
    expect(heard).toMatch(/^pragma: .*, version11-enabled=1[,\r]/m);
    expect(heard).toMatch(/^pragma: .*, xClientGUID=\{3300AD50-2C39-46C0-AE0A-[0-9A-F]{12}\}, /m);
  }
  expect(describe.heard).not.toMatch(/xPlayStrm|stream-switch|client-id/);
  expect(play.heard).toContain(', xPlayStrm=1, ');
  expect(play.heard).toContain(', client-id=4123, ');
  expect(play.heard).toContain(', stream-switch-count=2\r\n');
  expect(play.heard).toContain('\r\npragma: stream-switch-entry=ffff:1:0 ffff:2:0\r\n');
  const guid = /xClientGUID=\S+/;
  expect(guid.exec(play.heard)?.[0]).toBe(guid.exec(describe.heard)?.[0]);
  expect(scene.notes.told).toEqual([
    ['start', ['b', 'origin']],
    ['media', expect.any(Number), 0, header.toString('hex')],
    ['media', expect.any(Number), 40, packets[0]?.toString('hex')],
    ['media', expect.any(Number), 80, packets[1]?.toString('hex')],
    ['end', expect.anything()],
  ]);
  await Promise.all([describe.closed, play.closed]);
  expect(scene.pull.receivedBytes).toBeGreaterThan(2 * header.length + 2 * 400);
});

test('streams are asked for by their hexadecimal numbers', async () => {
  const many = asfHeader({
    streams: [
      { ...audioStream, number: 10 },
      { ...videoStream, number: 127 },
    ],
  });
  await using scene = await pullMmsh([[described(encodeMmshHeader(many))], []]);
  await scene.notes.end();
  expect((await scene.server.connection(2)).heard).toContain('stream-switch-entry=ffff:a:0 ffff:7f:0\r\n');
});

test('a header in pieces, a byte at a time, is one header', async () => {
  const [first, last] = [header.subarray(0, 100), header.subarray(100)];
  const pieces = Buffer.concat([
    servedPacket('H', first, { afFlags: 4 }),
    servedPacket('H', last, { locationId: 1, afFlags: 8 }),
  ]);
  const bytes = Buffer.concat([pieces, ...data, encodeMmshEnd(0)]);
  const singly = [...bytes].map((byte) => Buffer.of(byte));
  await using scene = await pullMmsh([[described(pieces)], [...played(...singly), lastChunk]]);
  expect(await scene.notes.end()).toMatchObject({ kind: 'ended' });
  expect(scene.told.filter((what) => what !== 'slowed')).toEqual(['start', 0, 40, 80, 'end']);
  const [, packet] = scene.notes.told.filter(([what]) => what !== 'slowed');
  expect(packet?.[3]).toBe(header.toString('hex'));
});

describe('the header may come', () => {
  const type = 'application/vnd.ms.wms-hdr.asfv1';
  test.each([
    { how: 'without a length', answer: [ok(type), encodeMmshHeader(header)] },
    {
      how: 'from HTTP/1.0',
      answer: [ok(type).replace('HTTP/1.1', 'HTTP/1.0'), encodeMmshHeader(header)],
    },
    {
      how: 'with all that is said to come still missing',
      answer: [ok(type, 'Content-Length: 4294967296'), encodeMmshHeader(header)],
    },
    {
      how: 'behind metadata, and with packets behind it',
      answer: [ok(type), servedPacket('M', Buffer.alloc(20)), encodeMmshHeader(header), ...data],
    },
    { how: 'of another type', answer: [ok('application/octet-stream'), encodeMmshHeader(header)] },
  ])('$how', async ({ answer }) => {
    await using scene = await pullMmsh([answer, played(encodeMmshHeader(header), ...data)], { stays: true });
    await scene.notes.until('media', 3);
    expect(scene.told).toEqual(['start', 0, 40, 80]);
    await (await scene.server.connection(1)).closed;
  });
});

describe('another header', () => {
  const other = asfHeader({ streams: [audioStream] });
  test.each([
    { how: 'behind $E and $C', parts: [encodeMmshEnd(1), encodeMmshChange(), encodeMmshHeader(other)] },
    { how: 'behind $C', parts: [encodeMmshChange(), encodeMmshHeader(other)] },
    { how: 'by itself', parts: [encodeMmshHeader(other)] },
  ])('$how is told, and the stream goes on', async ({ parts }) => {
    const bytes = [
      encodeMmshHeader(header),
      ...data.slice(0, 1),
      ...parts,
      ...data.slice(1),
      encodeMmshEnd(0),
    ];
    await using scene = await pullMmsh([[described()], [...played(...bytes), lastChunk]]);
    expect(await scene.notes.end()).toMatchObject({ kind: 'ended' });
    expect(scene.told).toEqual(['start', 0, 40, 0, 80, 'end']);
    expect(scene.notes.told[3]?.[3]).toBe(other.toString('hex'));
  });
});

test('a path that changes comes in a notice', async () => {
  const notice = encoderPacket('N', Buffer.from('b elsewhere'));
  const parts = played(encodeMmshHeader(header), notice, encodeMmshEnd(0));
  await using scene = await pullMmsh([[described()], parts]);
  await scene.notes.end();
  expect(scene.notes.told.map(([name, first]) => (name === 'path' ? first : name))).toEqual([
    'start',
    'media',
    ['b', 'elsewhere'],
    'end',
  ]);
});

describe('ASF as it is', () => {
  const asf = ok('video/x-ms-asf', 'Streampump-Path: b');
  test('plays from the first answer', async () => {
    await using scene = await pullMmsh([[asf, Buffer.concat([header, ...packets])]]);
    expect(await scene.notes.end()).toEqual({
      kind: 'lost',
      description: 'the server closed the connection',
    });
    expect(scene.told).toEqual(['start', 0, 40, 80, 'end']);
    expect(scene.notes.told[0]).toEqual(['start', ['b']]);
    expect(scene.server.connections).toHaveLength(1);
  });

  test('plays from the second answer', async () => {
    const length = `Content-Length: ${header.length + 800}`;
    const file = [ok('video/x-ms-asf', length), Buffer.concat([header, ...packets])];
    await using scene = await pullMmsh([[described()], file]);
    expect(await scene.notes.end()).toMatchObject({ kind: 'ended' });
    expect(scene.told).toEqual(['start', 0, 40, 80, 'end']);
  });
});

describe('the end', () => {
  const stream = [encodeMmshHeader(header), ...data];
  test.each([
    { it: 'is told by the last chunk', parts: [...played(...stream), lastChunk], kind: 'ended' },
    {
      it: 'is told by $E, whatever comes',
      parts: played(...stream, encodeMmshEnd(0), ...data),
      kind: 'ended',
    },
    { it: 'is a cut without the last chunk', parts: played(...stream), kind: 'lost' },
    { it: 'is a cut behind $E(1)', parts: played(...stream, encodeMmshEnd(1)), kind: 'lost' },
    {
      it: 'is a fault inside of a packet',
      parts: [...played(...stream, Buffer.from('24440d', 'hex')), lastChunk],
      kind: 'lost',
    },
    { it: 'is unclear where the connection is the body', parts: [ok('x'), ...stream], kind: 'lost' },
    { it: 'is a cut before the head', parts: ['HTTP/1.1 200 OK\r\n'], kind: 'lost' },
  ])('$it', async ({ parts, kind }) => {
    await using scene = await pullMmsh([[described()], parts]);
    expect(await scene.notes.end()).toMatchObject({ kind });
    expect(scene.notes.told.filter(([name]) => name === 'end')).toHaveLength(1);
  });

  test.each([
    { it: 'an empty description', parts: [described(Buffer.alloc(0))], says: /sent nothing/ },
    {
      it: 'one without a header',
      parts: [described(encoderPacket('F', Buffer.alloc(9)))],
      says: /described no/,
    },
    {
      it: 'half a header',
      parts: [described(encodeMmshHeader(header).subarray(0, 99))],
      says: /inside a packet/,
    },
    {
      it: 'a first piece alone',
      parts: [described(servedPacket('H', header.subarray(0, 99), { afFlags: 4 }))],
      says: /inside an ASF header/,
    },
  ])('is $it', async ({ parts, says }) => {
    await using scene = await pullMmsh([parts]);
    const { kind, description } = await scene.notes.end();
    expect([kind, description]).toEqual(['lost', expect.stringMatching(says)]);
    expect(scene.server.connections).toHaveLength(1);
  });
});

describe('who leaves', () => {
  test('is told nothing more, whatever has come', async () => {
    const all = Buffer.concat([encodeMmshHeader(header), ...data, encodeMmshEnd(0)]);
    for (const leaveAt of ['start', 'media']) {
      await using scene = await pullMmsh([[described()], played(all)]);
      scene.notes.react = (name) => name === leaveAt && scene.pull.close();
      await scene.notes.until(leaveAt);
      await (await scene.server.connection(2)).closed;
      expect(scene.notes.told.map(([name]) => name)).toEqual(
        leaveAt === 'start' ? ['start'] : ['start', 'media'],
      );
    }
  });

  test('during a description that never ends costs the server its connection, and asks for nothing more', async () => {
    await using scene = await pullMmsh([[ok('x'), encoderPacket('F', Buffer.alloc(60_000))]], {
      stays: true,
    });
    const { closed } = await scene.server.connection(1);
    await expect.poll(() => scene.pull.receivedBytes).toBeGreaterThan(60_000);
    scene.pull.ping();
    scene.pull.close();
    await closed;
    expect([scene.notes.told, scene.pull.signsOfLife, scene.server.connections.length]).toEqual([[], 0, 1]);
  });
});

test('a server that cannot be reached is named', async () => {
  await using scene = await pullMmsh([[described()]]);
  const { port } = scene.server;
  await scene.notes.end();
  await scene.server[Symbol.asyncDispose]();
  const notes = new UpstreamNotes();
  const connector = new ServerConnector(systemClock, { proxy: { url: null, bypass: [] } });
  new MmshPull({ url: httpUrl(`mmsh://127.0.0.1:${port}/a`), waiting: [] }, connector, notes);
  const { kind, description } = await notes.end();
  expect([kind, description]).toEqual(['refused', expect.stringMatching(/^cannot reach 127\.0\.0\.1 port/)]);
});
