import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { media } from '../support/fake-media.ts';
import { type LogRecord, type RelayProcess, startRelayProcess } from '../support/relay-process.ts';
import { runTool } from '../support/run-tool.ts';
import { startRelay } from '../support/start-relay.ts';
import { TestPlayer } from '../support/test-player.ts';
import { TestPublisher } from '../support/test-publisher.ts';

const cli = fileURLToPath(new URL('../../src/cli.ts', import.meta.url));

const drainSoon = { drain: { timeoutMs: 300 } };

/** All lines of a relay that has stopped. */
async function linesOf(relay: RelayProcess): Promise<LogRecord[]> {
  await relay.tool.exited;
  return relay.log
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as LogRecord);
}

/** The lines of an event. */
function of(lines: readonly LogRecord[], event: string): LogRecord[] {
  return lines.filter((line) => line.event === event);
}

describe.concurrent.each([1, 2])('the log of a relay with %i worker(s)', (workers) => {
  test('begins with what runs and ends with why it stopped; what the relay ends itself is no fault', async () => {
    await using relay = await startRelayProcess({ config: { workers, ...drainSoon } });
    const publishers = await Promise.all(
      [1, 2, 3].map((i) => TestPublisher.start(relay.rtmpPort, `live/${i}`)),
    );
    await using players = new AsyncDisposableStack();
    for (const i of [1, 2, 3]) {
      players.use(publishers[i - 1] as TestPublisher);
      publishers[i - 1]?.sendMedia(...media('VH1@0 K1@0'));
      await players.use(TestPlayer.play(relay.rtmpPort, `live/${i}`)).mediaOf(2);
    }
    const played = await fetch(relay.flvUrl('live/1'));
    relay.tool.kill('SIGTERM');
    const lines = await linesOf(relay);
    await played.body?.cancel().catch(() => {});

    const [first, last] = [lines[0], lines.at(-1)];
    expect(first).toMatchObject({
      event: 'start',
      level: 'info',
      version: expect.stringMatching(/^\d+\.\d+\.\d+$/),
      node: process.versions.node,
      config: null,
      workers,
      openFiles: expect.any(Number),
    });
    expect(last).toMatchObject({
      event: 'stopped',
      level: 'info',
      reason: 'drain-timeout',
      signal: 'SIGTERM',
    });
    expect(last?.['sessions']).toBeGreaterThanOrEqual(6);
    expect([of(lines, 'start').length, of(lines, 'stopped').length]).toEqual([1, 1]);

    const keys = (event: string): unknown[] =>
      of(lines, event)
        .map(({ stream }) => stream)
        .sort();
    expect(keys('publish')).toEqual(['live/1', 'live/2', 'live/3']);
    expect(keys('unpublish')).toEqual(keys('publish'));
    expect(keys('play-end')).toEqual(keys('play'));
    for (const { reason } of [...of(lines, 'unpublish'), ...of(lines, 'play-end')])
      expect(reason).toBe('shutdown');
    const afterSignal = lines.slice(lines.findIndex(({ event }) => event === 'signal'));
    expect(afterSignal.filter(({ level }) => level === 'warn' || level === 'error')).toEqual([]);
  });

  test('has one line for each end of a publication that was taken over, whichever worker has which publisher', async () => {
    const log = { level: 'info', format: 'json', linesPerSecondPerAddress: 1000 };
    await using relay = await startRelayProcess({ config: { workers, log, ...drainSoon } });
    await using publishers = new AsyncDisposableStack();
    const keys = Array.from({ length: 8 }, (_, index) => `live/${index}`);
    for (const key of keys) {
      const first = publishers.use(await TestPublisher.start(relay.rtmpPort, key));
      first.sendMedia(...media('VH1@0 K1@0'));
      const second = publishers.use(await TestPublisher.start(relay.rtmpPort, key));
      second.sendMedia(...media('VH2@0 K2@0'));
      expect((await first.refused).description).toContain('taken over');
    }
    relay.tool.kill('SIGTERM');
    const lines = await linesOf(relay);
    const ends = of(lines, 'unpublish');
    for (const key of keys) {
      const own = ends.filter(({ stream }) => stream === key);
      expect(own.map(({ reason }) => reason)).toEqual(['replaced', 'shutdown']);
      expect(of(lines, 'publish').filter(({ stream }) => stream === key)).toHaveLength(2);
      const [takeover, ...more] = of(lines, 'taken-over').filter(({ stream }) => stream === key);
      expect([takeover?.['by'], more]).toEqual([own[1]?.['peer'], []]);
      expect(takeover?.msg).toContain('set publish.onConflict to "reject"');
    }
  });

  test('says of upstreams and forwards that the relay shuts down, not that they are lost', async () => {
    await using parent = await startRelay();
    await using target = await startRelay();
    await using publisher = await TestPublisher.start(parent.port('rtmp'), 'live/a');
    publisher.sendMedia(...media('VH1@0 K1@0'));
    const source = { type: 'pull', urls: [parent.rtmpUrl('{key}')] };
    const streams = [{ match: '**', source, forward: [target.rtmpUrl('{key}')] }];
    await using relay = await startRelayProcess({ config: { workers, streams, ...drainSoon } });
    await using player = TestPlayer.play(relay.rtmpPort, 'live/a');
    await player.mediaOf(2);
    await target.published('live/a');
    await relay.waitForLog(/"event":"forward"/);
    relay.tool.kill('SIGINT');
    const lines = await linesOf(relay);
    for (const event of ['upstream', 'forward']) {
      const ends = of(lines, event).filter(({ reason }) => reason !== undefined);
      expect(ends, event).toMatchObject([
        { level: 'info', stream: 'live/a', protocol: 'rtmp', reason: 'shutdown' },
      ]);
      expect(ends[0]?.['bytes']).toBeGreaterThan(0);
    }
    const afterSignal = lines.slice(lines.findIndex(({ event }) => event === 'signal'));
    expect(afterSignal.filter(({ level }) => level === 'warn' || level === 'error')).toEqual([]);
    expect(lines.at(-1)).toMatchObject({ event: 'stopped', signal: 'SIGINT' });
  });

  test('says at its end how many lines were left out, where there were too many', async () => {
    const log = { format: 'json', linesPerSecondPerAddress: 1 };
    await using relay = await startRelayProcess({ config: { workers, log, ...drainSoon } });
    await using publishers = new AsyncDisposableStack();
    for (let i = 0; i < 30; i++) publishers.use(await TestPublisher.start(relay.rtmpPort, `live/${i}`));
    relay.tool.kill('SIGTERM');
    const lines = await linesOf(relay);
    const leftOut = of(lines, 'log-limited').reduce((sum, { lines: count }) => sum + Number(count), 0);
    const written = of(lines, 'publish').length + of(lines, 'unpublish').length;
    expect([written + leftOut, leftOut > 0]).toEqual([60, true]);
    expect(lines.at(-1)?.event).toBe('stopped');
  });

  test('ends with a second signal as well', async () => {
    await using relay = await startRelayProcess({ config: { workers, drain: { timeoutMs: 60_000 } } });
    await using publisher = await TestPublisher.start(relay.rtmpPort, 'live/a');
    await using player = TestPlayer.play(relay.rtmpPort, 'live/a');
    publisher.sendMedia(...media('VH1@0 K1@0'));
    await player.mediaOf(2);
    relay.tool.kill('SIGTERM');
    await relay.waitForLog(/"event":"draining"/);
    relay.tool.kill('SIGINT');
    const lines = await linesOf(relay);
    expect(of(lines, 'unpublish')).toMatchObject([{ stream: 'live/a', reason: 'shutdown' }]);
    expect(of(lines, 'play-end')).toMatchObject([{ stream: 'live/a', reason: 'shutdown' }]);
    expect(lines.at(-1)).toMatchObject({ event: 'stopped', reason: 'second-signal', signal: 'SIGINT' });
  });

  test('ends with the word that everybody had left', async () => {
    await using relay = await startRelayProcess({ config: { workers } });
    relay.tool.kill('SIGTERM');
    const lines = await linesOf(relay);
    expect(lines.at(-1)).toMatchObject({
      event: 'stopped',
      reason: 'signal',
      signal: 'SIGTERM',
      sessions: 0,
    });
    expect(of(lines, 'draining').map(({ msg }) => msg)).toEqual(Array(workers).fill('no sessions are open'));
    expect(of(lines, 'signal')[0]?.msg).toBe('SIGTERM received: draining; send it again to exit immediately');
  });
});

test.concurrent('a relay that cannot start says so in its last line', async () => {
  await using taken = await startRelay();
  const host = '127.0.0.1';
  const listen = { rtmp: { host, port: taken.port('rtmp') }, http: null, admin: null };
  const env = { STREAMPUMP_LISTEN: JSON.stringify(listen), STREAMPUMP_LOG_FORMAT: 'json' };
  await using relay = runTool(process.execPath, [cli, 'relay'], { env });
  expect((await relay.exited).code).toBe(1);
  const lines = relay.stdoutBuffer
    .toString()
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as LogRecord);
  expect(lines[0]?.event).toBe('start');
  const problem = `cannot listen on rtmp ${host}:${listen.rtmp.port}: another program already uses this port`;
  expect(lines.at(-1)).toMatchObject({ event: 'stopped', level: 'error', reason: 'failure', signal: null });
  expect(lines.at(-1)?.msg).toContain(problem);
  expect(JSON.parse(relay.stderr)).toMatchObject({ level: 'error', event: 'failed', msg: problem });
});
