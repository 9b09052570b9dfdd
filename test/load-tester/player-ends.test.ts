import { once } from 'node:events';
import { type AddressInfo, connect, createServer } from 'node:net';
import { describe, expect, test } from 'vitest';
import { media } from '../support/fake-media.ts';
import { freePort } from '../support/free-port.ts';
import { type LoadRun, runLoad } from '../support/load-run.ts';
import { startRelayProcess } from '../support/relay-process.ts';
import { startRelay } from '../support/start-relay.ts';
import { TestPlayer } from '../support/test-player.ts';
import { TestPublisher } from '../support/test-publisher.ts';

const all = 8;
const none = { count: 0, min: null, p50: null, p90: null, p99: null, max: null };
const cases = ['rtmp', 'http', 'ws'].flatMap((protocol) =>
  [1, 2].map((threads) => ({ protocol, threads: String(threads) })),
);

/** What a load test finds whose players are probes for a quarter. */
function loadTest(url: string, threads: string, ...more: readonly string[]): Promise<LoadRun> {
  const players = ['--players', String(all), '--probes', '2', '--ramp', '500', '--threads', threads];
  return runLoad([url, ...players, '--warm-up', '0', ...more]);
}

function urlOf(protocol: string, ports: { readonly rtmp: number; readonly http: number }): string {
  return protocol === 'rtmp'
    ? `rtmp://127.0.0.1:${ports.rtmp}/live/a`
    : `${protocol}://127.0.0.1:${ports.http}/live/a.flv`;
}

/** Publishes a keyframe, and some frames that a witness gets when all others play: by then they have read the first one. */
async function publishToAll(port: number): Promise<TestPublisher> {
  const publisher = await TestPublisher.start(port, 'live/a');
  publisher.sendMedia(...media('VH1@0 AH1@0 K1@0:400'));
  return publisher;
}

async function sendMore(publisher: TestPublisher, port: number): Promise<void> {
  await using witness = TestPlayer.play(port, 'live/a');
  for (let count = 1; count < 20; count++) {
    publisher.sendMedia(...media(`P${count}@${count * 40}:300`));
    await witness.mediaOf(count + 1);
  }
}

describe.each(cases)('over $protocol, with $threads threads', ({ protocol, threads }) => {
  test('a stream that ends half way is told alike by every player', async () => {
    await using relay = await startRelay({ publish: { graceMs: 0 } });
    const ports = { rtmp: relay.port('rtmp'), http: relay.port('http') };
    await using publisher = await publishToAll(ports.rtmp);
    const run = loadTest(urlOf(protocol, ports), threads, '--duration', '60');
    await relay.log.waitFor('play', { stream: 'live/a' }, { count: all });
    await sendMore(publisher, ports.rtmp);
    await publisher.finish();
    const { exitCode, report } = await run;
    expect(report.failures).toEqual([
      { reason: 'the stream has ended', count: all, example: expect.any(String) },
    ]);
    expect(report).toMatchObject({
      counts: { opened: all, played: all, failed: all },
      broken: [`${all} players failed; --max-failures allows 0`],
    });
    expect(exitCode).toBe(1);
  });

  test('a relay that is killed half way closes the connection of every player', async () => {
    await using relay = await startRelayProcess();
    const ports = { rtmp: relay.rtmpPort, http: relay.httpPort };
    await using publisher = await publishToAll(ports.rtmp);
    const run = loadTest(urlOf(protocol, ports), threads, '--duration', '60');
    await relay.waitForLog(new RegExp(`("event":"play"[^]*){${all}}`));
    await sendMore(publisher, ports.rtmp);
    relay.tool.kill('SIGKILL');
    const { exitCode, report } = await run;
    expect(report.failures).toEqual([
      { reason: 'closed by the server', count: all, example: expect.stringMatching(/^after \d+ bytes$/) },
    ]);
    expect(exitCode).toBe(1);
  });

  test.each([
    { why: 'the timeout', args: ['--timeout', '0.4', '--duration', '60'] },
    { why: 'the end of the test', args: ['--duration', '0.4'] },
  ])('a server that accepts and says nothing serves nobody until $why', async ({ args }) => {
    await using silent = await serveNothing();
    const { exitCode, report } = await loadTest(
      urlOf(protocol, { rtmp: silent.port, http: silent.port }),
      threads,
      ...args,
    );
    expect(report.failures).toMatchObject([{ reason: 'no first frame', count: all }]);
    expect(report).toMatchObject({
      counts: { opened: all, played: 0, failed: all, missingMessages: null, slowEnded: null },
      percentiles: { firstFrameMs: none, latencyMs: none, longestGapMs: none, bitRateMbps: none },
      broken: ['no player got a frame', `${all} players failed; --max-failures allows 0`],
    });
    expect(exitCode).toBe(1);
  });

  test('nothing listens: nobody is served, and nothing was measured', async () => {
    const port = await freePort();
    const { exitCode, report } = await loadTest(
      urlOf(protocol, { rtmp: port, http: port }),
      threads,
      ...['--warm-up', '1', '--max-failures', '100', '--max-latency-p99', '100'],
    );
    expect(report.failures).toMatchObject([{ reason: 'cannot connect: ECONNREFUSED', count: all }]);
    expect(report).toMatchObject({
      measuredSeconds: null,
      receivedMbps: null,
      counts: { played: 0, failed: all, measuredBytes: null, missingMessages: null, strangeStamps: null },
      percentiles: { connectMs: none, firstFrameMs: none, latencyMs: none },
      busyPercents: Array.from({ length: Number(threads) }, () => null),
      broken: ['no player got a frame', 'latency: not measured, so the limit of 100 ms is not met'],
    });
    expect(exitCode).toBe(1);
  });
});

test.each([
  { protocol: 'rtmp', reason: 'refused: NetStream.Play.Failed' },
  { protocol: 'http', reason: 'closed by the server' }, // cut, which HTTP has no words for
  { protocol: 'ws', reason: 'refused: WebSocket 4403' },
])('over $protocol, players that the server lets go are told alike', async ({ protocol, reason }) => {
  await using relay = await startRelay();
  const ports = { rtmp: relay.port('rtmp'), http: relay.port('http') };
  const elsewhere = connect({ port: ports.rtmp, host: '127.0.0.1', localAddress: '127.0.66.1' });
  await using publisher = new TestPublisher(ports.rtmp, 'publish', 'live/a', elsewhere);
  await publisher.started;
  publisher.sendMedia(...media('VH1@0 AH1@0 K1@0:400'));
  const run = loadTest(urlOf(protocol, ports), '1', '--duration', '60');
  await relay.log.waitFor('play', { stream: 'live/a' }, { count: all });
  await sendMore(publisher, ports.rtmp);
  void relay.relay.changes.kick({ address: '127.0.0.1' });
  const { report } = await run;
  expect(report.failures).toMatchObject([{ reason, count: all }]);
});

test.each([
  { url: '/live/none.flv', example: /^HTTP\/1\.1 404 Not Found: there is no stream live\/none, / },
  {
    url: '/live/none',
    example: /^HTTP\/1\.1 404 Not Found: there is nothing here: the stream live\/none would be at /,
  },
])('a 404 of $url is told in the words of the server', async ({ url, example }) => {
  await using relay = await startRelay({ play: { waitMs: 0 } });
  const { report } = await loadTest(`http://127.0.0.1:${relay.port('http')}${url}`, '1');
  expect(report.failures).toEqual([
    { reason: 'refused: HTTP 404', count: all, example: expect.stringMatching(example) },
  ]);
});

test.concurrent.each(cases)(
  'a relay that serves some and refuses others, over $protocol, with $threads threads',
  async ({ protocol, threads }) => {
    const served = 5;
    await using relay = await startRelay({ limits: { sessionsPerAddress: 1 + served } });
    const ports = { rtmp: relay.port('rtmp'), http: relay.port('http') };
    await using _publisher = await publishToAll(ports.rtmp);
    const { exitCode, report } = await loadTest(urlOf(protocol, ports), threads, '--duration', '2');
    expect(report.counts).toMatchObject({ opened: all, played: served, failed: all - served });
    expect(report.failures).toMatchObject([
      { reason: expect.stringMatching(/^refused: /), count: all - served },
    ]);
    expect(report.percentiles.firstFrameMs.count).toBe(served);
    expect(exitCode).toBe(1);
  },
);

test.concurrent('a thread whose players have all gone does not shorten the measurement of the others', async () => {
  await using relay = await startRelay({ limits: { sessionsPerAddress: 2 } });
  await using _publisher = await publishToAll(relay.port('rtmp'));
  const { report } = await runLoad([
    relay.flvUrl('live/a'),
    ...['--players', '2', '--threads', '2', '--ramp', '100', '--warm-up', '1', '--duration', '2'],
  ]);
  expect(report.failures).toMatchObject([{ reason: 'refused: HTTP 429', count: 1 }]);
  expect(report.measuredSeconds).toBeGreaterThan(0.5);
  expect(report.busyPercents.filter((percent) => percent === null)).toHaveLength(1);
});

test.concurrent('without probes nothing is checked', async () => {
  await using relay = await startRelay();
  await using _publisher = await publishToAll(relay.port('rtmp'));
  const { exitCode, report } = await runLoad([
    relay.rtmpUrl('live/a'),
    ...['--players', '3', '--probes', '0', '--ramp', '100', '--warm-up', '0', '--duration', '2'],
  ]);
  expect(report.counts).toMatchObject({
    played: 3,
    videoMessages: null,
    audioMessages: null,
    mediaBytes: null,
  });
  expect(exitCode).toBe(0);
});

/** A server that takes connections and says nothing. */
async function serveNothing(): Promise<AsyncDisposable & { port: number }> {
  const sockets = new Set<{ destroy(): unknown }>();
  const server = createServer((socket) => sockets.add(socket.on('error', () => {}))).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
