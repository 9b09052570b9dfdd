import { describe, expect, test } from 'vitest';
import { asfHeader, asfObject, asfPacket, audioStream, videoStream } from '../../../support/asf-maker.ts';
import { media } from '../../../support/fake-media.ts';
import { loopSeenBy, startLinked } from '../../../support/linked-relays.ts';
import { MmshPlayer } from '../../../support/mmsh-player.ts';
import { MmshServer } from '../../../support/mmsh-server.ts';
import { startPiecemealProxy } from '../../../support/piecemeal-proxy.ts';
import { RawServer } from '../../../support/raw-server.ts';
import { pullAll } from '../../../support/relay-process.ts';
import { startRelay } from '../../../support/start-relay.ts';
import { TestPlayer } from '../../../support/test-player.ts';
import { TestPublisher } from '../../../support/test-publisher.ts';
import { sendTimeOf } from '../../../support/wms/asf-film.ts';
import { filler } from '../../../support/wms/encoder-packets.ts';

const path = '/streams/a';
const padding = '74d40618dfca0945a4ba9aabcb96aae8';

/** What a server sends at a time: the first packet of a group has a key frame in it. */
const packetAt = (time: number, encoder = 0): Buffer =>
  asfPacket({
    sendTimeMs: time,
    payloads: [
      { stream: 2, isKey: time % 200 === 0, object: time / 40, time, data: 40 + encoder + (time % 70) },
      { stream: 1, object: time / 40, time },
    ],
  });

/** The packets from one time to before another. */
const packetsFrom = (from: number, to: number, encoder = 0): Buffer[] =>
  Array.from({ length: (to - from) / 40 }, (_, index) => packetAt(from + 40 * index, encoder));

const hexOf = (buffers: readonly Buffer[]): string[] => buffers.map((buffer) => buffer.toString('hex'));

test('three relays in a row: the header and all packets byte for byte, numbered anew by each', async () => {
  const header = asfHeader({ extra: [asfObject(padding, Buffer.alloc(150_000, 7))] });
  await using stack = new AsyncDisposableStack();
  const encoder = stack.use(await MmshServer.start(header, 2 ** 32 - 2));
  const source = { type: 'pull', urls: [`mmsh://127.0.0.1:${encoder.port}`], start: 'always' };
  const a = stack.use(await startRelay({ streams: [{ match: 'streams/a', source }] }));
  await expect.poll(() => encoder.playerCount).toBe(1);
  encoder.sendGroup(...packetsFrom(0, 200));
  encoder.sendGroup(...packetsFrom(200, 280));
  await a.log.waitFor('upstream');
  const slow = stack.use(await startPiecemealProxy(a.port('http'), 977));
  const b = stack.use(await startRelay({ streams: pullAll([`http://127.0.0.1:${slow.port}/{key}`]) }));
  const c = stack.use(
    await startRelay({ streams: pullAll([`mmsh://127.0.0.1:${b.port('http')}/{key}.asf`]) }),
  );
  const players = [a, c].map(async (relay) => stack.use(await MmshPlayer.play(relay.port('http'), path)));
  const [near, far] = await Promise.all(players);
  await Promise.all([near?.heard('D', 2), far?.heard('D', 2)]);
  encoder.send(...packetsFrom(280, 400));
  encoder.sendGroup(...packetsFrom(400, 480));
  await Promise.all([near?.heard('D', 7), far?.heard('D', 7)]);
  encoder.end();
  for (const [player, first] of [
    [near, 5],
    [far, 0],
  ] as const) {
    await player?.closed;
    expect(player?.payloads('D')).toEqual(hexOf(packetsFrom(200, 480)));
    expect(player?.payloads('H').join('')).toBe(header.toString('hex'));
    expect(player?.payloads('E')).toEqual(['00000000']);
    const seen = player?.packets ?? [];
    const pieces = seen
      .filter(({ id }) => id === 'H')
      .map(({ locationId, afFlags }) => [locationId, afFlags]);
    expect(pieces).toEqual([
      [0, 4],
      [1, 0],
      [2, 8],
    ]);
    const numbers = seen
      .filter(({ id }) => id === 'D')
      .map(({ locationId, afFlags }) => [locationId, afFlags]);
    expect(numbers).toEqual(numbers.map((_, index) => [first + index, first + index]));
  }
  const [status] = (await c.relay.upstreams({ limit: 1 })).items;
  expect(status).toBeUndefined(); // it has ended
});

/** The setting of `streams/a`, pulled from these servers. */
const pulledFrom = (...servers: readonly { readonly port: number }[]): unknown[] =>
  pullAll(
    servers.map(({ port }) => `mmsh://127.0.0.1:${port}${path}`),
    { silenceMs: 1000 },
  );

describe('when a server is lost', () => {
  const header = asfHeader();

  test('and the next has the same streams, players stay and see one timeline', async () => {
    await using stack = new AsyncDisposableStack();
    const [first, second] = [
      stack.use(await MmshServer.start(header)),
      stack.use(await MmshServer.start(header)),
    ];
    first.sendGroup(...packetsFrom(0, 120));
    second.sendGroup(...packetsFrom(0, 120, 1));
    const edge = stack.use(await startRelay({ streams: pulledFrom(first, second) }));
    const player = stack.use(await MmshPlayer.play(edge.port('http'), path));
    await player.heard('D', 3);
    first.cut();
    await player.heard('D', 6);
    second.send(...packetsFrom(120, 200, 1));
    await player.heard('D', 8);
    const data = player.packets.filter(({ id }) => id === 'D');
    expect(data.map(({ locationId }) => locationId)).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
    const times = data.map(({ payload }) => sendTimeOf(payload));
    expect(times).toEqual(times.toSorted((a, b) => a - b));
    expect(new Set(times).size).toBe(8);
    expect(player.packets.map(({ id }) => id).join('')).toBe('HDDDDDDDD');
  });

  test('and the next has the same programme, players have every packet once, as it is', async () => {
    await using stack = new AsyncDisposableStack();
    const [first, second] = [
      stack.use(await MmshServer.start(header)),
      stack.use(await MmshServer.start(header)),
    ];
    first.sendGroup(...packetsFrom(0, 120));
    second.sendGroup(...packetsFrom(0, 160));
    const edge = stack.use(await startRelay({ streams: pulledFrom(first, second) }));
    const player = stack.use(await MmshPlayer.play(edge.port('http'), path));
    await player.heard('D', 3);
    first.cut();
    await player.heard('D', 4);
    second.send(...packetsFrom(160, 240));
    await player.heard('D', 6);
    expect(player.payloads('D')).toEqual(hexOf(packetsFrom(0, 240)));
    expect(player.packets.map(({ id }) => id).join('')).toBe('HDDDDDD');
  });

  test('and the next has other streams, players end, relays go on, and who comes has the new header', async () => {
    await using stack = new AsyncDisposableStack();
    const first = stack.use(await MmshServer.start(header));
    const other = asfHeader({ streams: [audioStream, { ...videoStream, size: 640 }] });
    const second = stack.use(await MmshServer.start(other));
    first.sendGroup(...packetsFrom(0, 120));
    second.sendGroup(packetAt(0, 1));
    const edge = stack.use(await startRelay({ streams: pulledFrom(first, second) }));
    const player = stack.use(await MmshPlayer.play(edge.port('http'), path));
    const relay = stack.use(await MmshPlayer.play(edge.port('http'), path, 'Streampump-Path: below'));
    await Promise.all([player.heard('D', 3), relay.heard('D', 3)]);
    first.cut();
    await Promise.all([player.closed, relay.heard('D', 4)]);
    expect(player.packets.map(({ id }) => id).join('')).toBe('HDDDE');
    expect(player.payloads('E')).toEqual(['00000000']);
    const late = stack.use(await MmshPlayer.play(edge.port('http'), path));
    await late.heard('D', 1);
    expect(relay.packets.map(({ id }) => id).join('')).toMatch(/^N?HDDDN?CHD$/);
    for (const one of [relay, late]) expect(one.payloads('H').at(-1)).toBe(other.toString('hex'));
  });

  test('and the next has the other family, players of the first end, and those of the other play', async () => {
    await using stack = new AsyncDisposableStack();
    const first = stack.use(await MmshServer.start(header));
    first.sendGroup(...packetsFrom(0, 120));
    const parent = stack.use(await startRelay());
    const urls = [`mmsh://127.0.0.1:${first.port}${path}`, parent.rtmpUrl('streams/a')];
    const edge = stack.use(await startRelay({ streams: pullAll(urls, { silenceMs: 1000 }) }));
    const publisher = stack.use(await TestPublisher.start(parent.port('rtmp'), 'streams/a'));
    await parent.published('streams/a');
    const player = stack.use(await MmshPlayer.play(edge.port('http'), path));
    await player.heard('D', 3);
    first.cut();
    publisher.sendMedia(...media('VH1@0 K1@0'));
    await player.closed;
    expect(player.packets.map(({ id }) => id).join('')).toBe('HDDDE');
    const flv = stack.use(TestPlayer.play(edge.port('rtmp'), 'streams/a'));
    await flv.mediaOf(1);
    const late = await fetch(`http://127.0.0.1:${edge.port('http')}${path}`);
    expect([late.status, await late.text()]).toEqual([406, expect.stringContaining('it is FLV')]);
  });
});

describe('a stream on demand', () => {
  test('is fetched for who only wants it to be described, and is there for the play', async () => {
    await using stack = new AsyncDisposableStack();
    const header = asfHeader();
    const server = stack.use(await MmshServer.start(header));
    server.sendGroup(packetAt(0));
    const edge = stack.use(await startRelay({ streams: pulledFrom(server) }));
    const described = stack.use(await MmshPlayer.describe(edge.port('http'), path));
    await described.closed;
    expect(await described.head()).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
    expect(described.payloads('H')).toEqual([header.toString('hex')]);
    const player = stack.use(await MmshPlayer.play(edge.port('http'), path));
    await player.heard('D', 1);
    expect(server.heads).toHaveLength(2);
    expect(server.heads[1]).toMatch(/^pragma: .*, client-id=77, /m);
    expect(server.heads[1]).toMatch(/^pragma: stream-switch-entry=ffff:1:0 ffff:2:0\r$/m);
  });

  test('comes from a server of both families by the URL that can bring it', async () => {
    await using stack = new AsyncDisposableStack();
    const server = stack.use(await MmshServer.start(asfHeader()));
    const parent = stack.use(await startRelay({ streams: pulledFrom(server) }));
    const urls = [parent.rtmpUrl('{key}'), `mmsh://127.0.0.1:${parent.port('http')}/{key}.asf`];
    const edge = stack.use(await startRelay({ streams: pullAll(urls) }));
    server.sendGroup(packetAt(0));
    const player = stack.use(await MmshPlayer.play(edge.port('http'), path));
    await player.heard('D', 1);
    expect(edge.log.find('upstream')[0]?.text).toContain('it is ASF, at');
  });

  test('that a relay does not have is remembered', async () => {
    await using parent = await startRelay({ play: { waitMs: 100 } });
    const streams = pullAll([`mmsh://127.0.0.1:${parent.port('http')}/{key}`]);
    await using child = await startRelay({ streams });
    const url = `http://127.0.0.1:${child.port('http')}/streams/none`;
    expect((await fetch(url)).status).toBe(503);
    expect(await (await fetch(url)).text()).toContain('said so a moment ago');
    expect(parent.log.find('play')).toEqual([]);
  });
});

describe('a server that answers a request for ASF', () => {
  test.each([
    {
      it: 'with FLV',
      answer: 'Content-Type: video/x-flv\r\n\r\nFLV\u0001\u0005\0\0\0\u0009\0\0\0\0xxxx',
      says: 'answered with FLV',
    },
    {
      it: 'with a page',
      answer: 'Content-Type: text/html\r\n\r\n<!doctype html><p>hello',
      says: '"text/html" (it was asked for ASF and answered with a page or a list)',
    },
  ])('$it is refused, and the log says why', async ({ answer, says }) => {
    await using server = await RawServer.start((socket) =>
      socket.end(`HTTP/1.1 200 OK\r\n${answer}`, 'latin1'),
    );
    await using edge = await startRelay({ streams: pulledFrom(server) });
    await using _player = await MmshPlayer.play(edge.port('http'), path);
    expect((await edge.log.waitFor('upstream')).text).toContain(says);
  });

  test('with a description that never ends is left for the next', async () => {
    await using stack = new AsyncDisposableStack();
    const endless = stack.use(
      await RawServer.start((socket) => {
        socket.write('HTTP/1.1 200 OK\r\nContent-Type: application/vnd.ms.wms-hdr.asfv1\r\n\r\n');
        const more = (): void => {
          if (socket.writable) socket.write(filler(60_000), more);
        };
        more();
      }),
    );
    const server = stack.use(await MmshServer.start(asfHeader()));
    server.sendGroup(packetAt(0));
    const urls = [endless, server].map(({ port }) => `mmsh://127.0.0.1:${port}${path}`);
    const edge = stack.use(await startRelay({ streams: pullAll(urls, { silenceMs: 300 }) }));
    const player = stack.use(await MmshPlayer.play(edge.port('http'), path));
    await player.heard('D', 1);
    expect(edge.log.find('upstream')[0]?.text).toContain('no frame for 300 ms');
    await (await endless.connection()).closed;
  });

  test.each([
    { it: 'in a circle', to: '/streams/a', says: 'the last of too many redirects' },
    { it: 'elsewhere', to: 'mmsh://evil.example/a', says: 'which is not in redirectHosts' },
    { it: 'to another protocol', to: 'rtmp://127.0.0.1/live/a', says: 'which is another protocol' },
  ])('by leading $it is refused', async ({ to, says }) => {
    const answer = `HTTP/1.1 302 Found\r\nLocation: ${to}\r\nContent-Length: 0\r\n\r\n`;
    await using server = await RawServer.start((socket) => socket.end(answer));
    await using edge = await startRelay({ streams: pulledFrom(server) });
    await using _player = await MmshPlayer.play(edge.port('http'), path);
    const texts = async (count: number): Promise<string> =>
      (await edge.log.waitFor('upstream', {}, { count })).text;
    let text = await texts(1);
    for (let count = 2; !text.includes('cannot get'); count++) text = await texts(count);
    expect(text).toContain(says);
    expect(server.connections.length).toBeLessThanOrEqual(4);
  });

  test('by leading to a stream of the other family is refused', async () => {
    await using stack = new AsyncDisposableStack();
    const parent = stack.use(await startRelay());
    const publisher = stack.use(await TestPublisher.start(parent.port('rtmp'), 'live/a'));
    publisher.sendMedia(...media('VH1@0 K1@0'));
    await parent.published('live/a');
    const answer = `HTTP/1.1 302 Found\r\nLocation: ${parent.flvUrl('live/a')}\r\nContent-Length: 0\r\n\r\n`;
    const server = stack.use(await RawServer.start((socket) => socket.end(answer)));
    const edge = stack.use(await startRelay({ streams: pulledFrom(server) }));
    stack.use(await MmshPlayer.play(edge.port('http'), path));
    expect((await edge.log.waitFor('upstream', {}, { count: 2 })).text).toContain('answered with FLV');
  });
});

test('a relay that pulls from itself is refused, and so are two that pull from each other', async () => {
  await using stack = new AsyncDisposableStack();
  const urlOf = (ports: { readonly http: number } | undefined): string =>
    `mmsh://127.0.0.1:${ports?.http}/{key}`;
  const [self] = await startLinked(stack, ([own]) => [[urlOf(own)]], 1);
  const [a] = await startLinked(stack, ([portsA, portsB]) => [[urlOf(portsB)], [urlOf(portsA)]], 2);
  for (const [relay, loop] of [
    [self, '0 -> 0'],
    [a, '0 -> 1 -> 0'],
  ] as const) {
    if (relay === undefined) throw new Error('no relay');
    stack.use(await MmshPlayer.play(relay.port('http'), path));
    expect(await loopSeenBy(relay, 'refused')).toBe(loop);
  }
});

test('a loop that only closes on the way down is seen by its path', async () => {
  await using stack = new AsyncDisposableStack();
  const origin = await MmshServer.start(asfHeader());
  stack.defer(() => origin[Symbol.asyncDispose]());
  origin.sendGroup(packetAt(0));
  const urlOf = (ports: { readonly http: number } | undefined): string =>
    `mmsh://127.0.0.1:${ports?.http}/{key}`;
  const first = `mmsh://127.0.0.1:${origin.port}/{key}`;
  const [a, b, c] = await startLinked(
    stack,
    ([portsA, portsB, portsC]) => [[first, urlOf(portsC)], [first, urlOf(portsA)], [urlOf(portsB)]],
    3,
  );
  if (a === undefined || b === undefined || c === undefined) throw new Error('no relays');
  for (const relay of [a, c]) {
    const player = stack.use(await MmshPlayer.play(relay.port('http'), path));
    await player.heard('D', 1);
  }
  // C knows of B; that B goes over to A it hears in the midst of the stream
  expect((await c.relay.upstreams({ limit: 100 })).items[0]?.path).toHaveLength(1);
  origin.cut();
  await origin[Symbol.asyncDispose]();
  const seen = await Promise.race([loopSeenBy(a, 'upstream'), loopSeenBy(b, 'upstream')]);
  expect(seen).toMatch(/^0 -> (?:\d -> )+0\b/);
});
