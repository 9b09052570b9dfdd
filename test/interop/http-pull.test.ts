import { describe, expect, test } from 'vitest';
import { freePort } from '../support/free-port.ts';
import { loopSeenBy, startLinked } from '../support/linked-relays.ts';
import { bbbPath } from '../support/media.ts';
import { contentOf, framesFrom, hashFile, readHashes, startHashing } from '../support/probe.ts';
import { RawServer } from '../support/raw-server.ts';
import { publishWithFfmpeg } from '../support/real-clients.ts';
import { pullAll } from '../support/relay-process.ts';
import { startRelay } from '../support/start-relay.ts';
import { backwardSteps, publishPattern } from '../support/test-pattern.ts';
import { TestPlayer } from '../support/test-player.ts';

/** The URL of every stream of a relay: the scheme says over what. */
const urlFor = (scheme: string, port: number, credentials = ''): string =>
  `${scheme}://${credentials}127.0.0.1:${port}/{key}.flv`;

test.concurrent.for(['http', 'ws'])(
  'what a relay pulls over %s is what was published, frame by frame',
  async (scheme) => {
    await using stack = new AsyncDisposableStack();
    const parent = stack.use(await startRelay());
    const streams = pullAll([urlFor(scheme, parent.port('http'), 'user:sesame-word@')]);
    const child = stack.use(await startRelay({ streams }));
    const grandchild = stack.use(
      await startRelay({ streams: pullAll([urlFor(scheme, child.port('http'))]) }),
    );
    const ffmpeg = stack.use(startHashing(grandchild.rtmpUrl('live/ä+&b')));
    await parent.log.waitFor('play', { stream: 'live/ä+&b' }); // two relays and a player wait
    const publisher = stack.use(
      publishWithFfmpeg(parent.rtmpUrl('live/ä+&b'), { realTime: true, seconds: 4 }),
    );
    await grandchild.log.waitFor('upstream', { stream: 'live/ä+&b' });
    const [status] = (await grandchild.relay.upstreams({ limit: 100 })).items;
    expect(status).toMatchObject({ state: 'flowing', path: [expect.any(String), expect.any(String)] });
    await publisher.output;
    const played = readHashes(await ffmpeg.output); // ends because the stream does
    const source = await hashFile(bbbPath);
    for (const kind of ['video', 'audio'] as const) {
      expect(played[kind].length).toBeGreaterThan(90);
      const expected = framesFrom(played[kind][0], source[kind]); // audio begins with the first picture
      expect(contentOf(played[kind])).toEqual(contentOf(expected).slice(0, played[kind].length));
    }
    expect(played.video.map(({ dtsMs }) => dtsMs)).toEqual(
      source.video.slice(0, played.video.length).map(({ dtsMs }) => dtsMs),
    );
    expect(
      JSON.stringify([child.log.lines, (await child.relay.upstreams({ limit: 100 })).items]),
    ).not.toContain('sesame');
  },
);

test.concurrent.for(['http', 'ws'])(
  'from RTMP to %s and back: the player stays and sees one timeline',
  async (scheme) => {
    await using stack = new AsyncDisposableStack();
    const listen = { rtmp: { host: '127.0.0.1', port: await freePort() } }; // which nobody else gets meanwhile
    const first = await startRelay({ listen });
    stack.defer(() => first.relay.close());
    const second = stack.use(await startRelay());
    const urls = [first.rtmpUrl('{key}'), urlFor(scheme, second.port('http'))];
    const edge = stack.use(await startRelay({ streams: pullAll(urls, { silenceMs: 1500 }) }));
    stack.use(publishPattern(first.rtmpUrl('live/a')));
    stack.use(publishPattern(second.rtmpUrl('live/a')));
    await Promise.all([first.published('live/a'), second.published('live/a')]);
    const player = stack.use(TestPlayer.play(edge.port('rtmp'), 'live/a'));
    await player.mediaOf(20);
    await first.relay.close();
    const secondUrl = `${scheme}://127.0.0.1:${second.port('http')}/live/a.flv`;
    await edge.log.waitFor('upstream', { upstream: secondUrl });
    await player.mediaOf(player.media.length + 20);
    expect((await edge.relay.upstreams({ limit: 100 })).items).toMatchObject([
      { url: secondUrl, state: 'flowing' },
    ]);
    const again = stack.use(await startRelay({ listen }));
    stack.use(publishPattern(again.rtmpUrl('live/a')));
    await again.log.waitFor('play', { stream: 'live/a' });
    while ((await edge.relay.upstreams({ limit: 100 })).items[0]?.url !== again.rtmpUrl('live/a'))
      await player.mediaOf(player.media.length + 1);
    await player.mediaOf(player.media.length + 20);
    expect(backwardSteps(player.media)).toEqual([]);
  },
);

test.concurrent('a relay that is killed is a cut, one that has ended its stream is not', async () => {
  await using stack = new AsyncDisposableStack();
  const parent = await startRelay();
  stack.defer(() => parent.relay.close());
  const streams = ['http', 'ws'].map((scheme) => ({
    match: `${scheme}/*`,
    source: { type: 'pull', urls: [`${scheme}://127.0.0.1:${parent.port('http')}/live/{name}.flv`] },
  }));
  const child = stack.use(await startRelay({ streams }));
  const publisher = stack.use(publishPattern(parent.rtmpUrl('live/a'), 3));
  const players = ['http/a', 'ws/a'].map((key) => stack.use(TestPlayer.play(child.port('rtmp'), key)));
  await Promise.all(players.map((player) => player.mediaOf(20)));
  await publisher.output;
  await Promise.all(players.map(({ ended }) => ended));
  expect((await child.relay.upstreams({ limit: 100 })).items).toEqual([]);

  stack.use(publishPattern(parent.rtmpUrl('live/b')));
  const others = ['http/b', 'ws/b'].map((key) => stack.use(TestPlayer.play(child.port('rtmp'), key)));
  await Promise.all(others.map((player) => player.mediaOf(20)));
  await parent.relay.close();
  for (const key of ['http/b', 'ws/b']) await child.log.waitFor('upstream', { stream: key }, { count: 2 });
  expect((await child.relay.upstreams({ limit: 100 })).items.map(({ reconnects }) => reconnects)).toEqual([
    1, 1,
  ]);
});

test.concurrent.for(['http', 'ws'])('a stream that is not there over %s is remembered', async (scheme) => {
  await using parent = await startRelay({ play: { waitMs: 100 } });
  await using child = await startRelay({ streams: pullAll([urlFor(scheme, parent.port('http'))]) });
  await using player = TestPlayer.play(child.port('rtmp'), 'live/none');
  expect(await player.refused).toMatchObject({ code: 'NetStream.Play.StreamNotFound' });
  await using next = TestPlayer.play(child.port('rtmp'), 'live/none');
  expect((await next.refused).description).toContain('said so a moment ago');
  expect(parent.log.find('play')).toHaveLength(1);
});

describe.concurrent('loops', () => {
  test.for(['http', 'ws'])('a relay that pulls from itself over %s is refused', async (scheme) => {
    await using stack = new AsyncDisposableStack();
    const [relay] = await startLinked(stack, ([self]) => [[urlFor(scheme, self?.http ?? 0)]], 1);
    if (relay === undefined) throw new Error('no relay');
    await using _player = TestPlayer.play(relay.port('rtmp'), 'live/a');
    expect(await loopSeenBy(relay, 'refused')).toBe('0 -> 0');
    expect(await loopSeenBy(relay, 'upstream')).toBe('0 -> 0');
  });

  test.for([
    ['http', 'ws'],
    ['rtmp', 'http'],
  ] as const)('two relays that pull from each other over %s are refused', async ([one, other]) => {
    await using stack = new AsyncDisposableStack();
    const url = (scheme: string, ports: { rtmp: number; http: number } | undefined): string =>
      scheme === 'rtmp' ? `rtmp://127.0.0.1:${ports?.rtmp}/{key}` : urlFor(scheme, ports?.http ?? 0);
    const [a, b] = await startLinked(
      stack,
      ([portsA, portsB]) => [[url(one, portsB)], [url(other, portsA)]],
      2,
    );
    if (a === undefined || b === undefined) throw new Error('no relays');
    await using _player = TestPlayer.play(a.port('rtmp'), 'live/a');
    expect(await loopSeenBy(a, 'refused')).toBe('0 -> 1 -> 0');
    expect(await loopSeenBy(b, 'upstream')).toBe('0 -> 1 -> 0');
  });

  test.for(['http', 'ws'])('that only closes on the way down is seen by its path over %s', async (scheme) => {
    await using stack = new AsyncDisposableStack();
    const origin = stack.use(await startRelay());
    stack.use(publishPattern(origin.rtmpUrl('live/a')));
    const [a, b, c] = await startLinked(
      stack,
      ([portsA, portsB, portsC]) => [
        [origin.rtmpUrl('{key}'), urlFor(scheme, portsC?.http ?? 0)],
        [origin.rtmpUrl('{key}'), urlFor(scheme, portsA?.http ?? 0)],
        [urlFor(scheme, portsB?.http ?? 0)],
      ],
      3,
    );
    if (a === undefined || b === undefined || c === undefined) throw new Error('no relays');
    const players = [a, c].map((relay) => stack.use(TestPlayer.play(relay.port('rtmp'), 'live/a')));
    await Promise.all(players.map((player) => player.mediaOf(20)));
    // C knows of B and the origin; that B goes over to A it hears in the midst of the stream
    const [before] = (await c.relay.upstreams({ limit: 100 })).items;
    expect(before?.path).toHaveLength(2);
    await origin.relay.close();
    const seen = await Promise.race([loopSeenBy(a, 'upstream'), loopSeenBy(b, 'upstream')]);
    expect(seen).toMatch(/^0 -> (?:\d -> )+0\b/);
  });
});

describe.concurrent('redirects', () => {
  test('lead to where the configuration allows, over HTTP and WebSocket', async () => {
    await using stack = new AsyncDisposableStack();
    const parent = stack.use(await startRelay());
    stack.use(publishPattern(parent.rtmpUrl('live/a')));
    await parent.published('live/a');
    const location = `http://127.0.0.1:${parent.port('http')}/live/a.flv`;
    const answer = `HTTP/1.1 302 Found\r\nLocation: ${location}\r\nContent-Length: 0\r\n\r\n`;
    const server = stack.use(await RawServer.start((socket) => socket.end(answer)));
    const source = (scheme: string) => ({
      type: 'pull',
      urls: [`${scheme}://127.0.0.1:${server.port}/x.flv`],
    });
    const streams = ['http', 'ws'].map((scheme) => ({ match: `${scheme}/*`, source: source(scheme) }));
    const child = stack.use(await startRelay({ streams }));
    for (const scheme of ['http', 'ws']) {
      const player = stack.use(TestPlayer.play(child.port('rtmp'), `${scheme}/a`));
      await player.mediaOf(20);
    }
  });

  test.for([
    {
      it: 'elsewhere',
      to: 'http://user:sesame@evil.example/x?sesame',
      says: 'redirected to http://evil.example/x, which is not in redirectHosts',
    },
    { it: 'in a circle', to: '/x.flv', says: 'the last of too many redirects' },
    { it: 'to another protocol', to: 'rtmp://127.0.0.1/x', says: 'which is another protocol' },
  ])('$it end the try', async ({ to, says }) => {
    const answer = `HTTP/1.1 307 x\r\nLocation: ${to}\r\nContent-Length: 0\r\n\r\n`;
    await using server = await RawServer.start((socket) => socket.end(answer));
    await using child = await startRelay({ streams: pullAll([`http://127.0.0.1:${server.port}/{key}.flv`]) });
    await using _player = TestPlayer.play(child.port('rtmp'), 'live/a');
    for (let count = 1; ; count++) {
      const { text } = await child.log.waitFor('upstream', {}, { count });
      expect(text).not.toContain('sesame');
      if (text.includes(says)) break;
    }
    expect(server.connections.length).toBeLessThanOrEqual(4);
  });
});

describe.concurrent('a server that brings nothing is left for the next after the silence', () => {
  const drip = (start: string, more: string) => (socket: import('node:net').Socket) => {
    socket.write(start);
    const timer = setInterval(() => socket.write(more), 20);
    socket.once('close', () => clearInterval(timer));
  };
  const ok = 'HTTP/1.1 200 OK\r\n\r\n';
  test.for([
    { it: 'says nothing', act: () => {} },
    { it: 'drips a head', act: drip('HTTP/1.1 200 OK\r\nX-Y: ', 'z') },
    {
      it: 'drips a body',
      act: drip(`${ok}FLV\u0001\u0005\0\0\0\u0009\0\0\0\0\u0009\0\u00ff\u00ff\0\0\0\0\0\0\0`, 'z'),
    },
    { it: 'only says who it is', act: drip(`${ok}FLV\u0001\u0005\0\0\0\u0009\0\0\0\0`, '') },
    { it: 'drips a refusal', act: drip('HTTP/1.1 500 x\r\nContent-Type: text/plain\r\n\r\n', 'z') },
  ])('$it', async ({ act }) => {
    await using stack = new AsyncDisposableStack();
    const good = stack.use(await startRelay());
    stack.use(publishPattern(good.rtmpUrl('live/a')));
    const bad = stack.use(await RawServer.start(act));
    const urls = [`http://127.0.0.1:${bad.port}/{key}.flv`, urlFor('http', good.port('http'))];
    const child = stack.use(await startRelay({ streams: pullAll(urls, { silenceMs: 1000 }) }));
    const player = stack.use(TestPlayer.play(child.port('rtmp'), 'live/a'));
    await player.mediaOf(10);
    await (await bad.connection()).closed;
  });
});
