import { expect, test } from 'vitest';
import { runLoad } from '../support/load-run.ts';
import { bbbPath } from '../support/media.ts';
import { startRelay } from '../support/start-relay.ts';

const brief = ['--ramp', '40', '--warm-up', '0.2', '--duration', '1'];
const publish = ['--publish', bbbPath];

test('plays real media with players of every kind and measures them', async () => {
  await using relay = await startRelay();
  const { exitCode, report } = await runLoad([
    relay.rtmpUrl('live/a?token=secret'),
    ...publish,
    ...['--players', '20', '--probes', '5', '--slow', '10', '--threads', '2'],
    ...['--ramp', '40', '--warm-up', '0.2', '--duration', '2'],
  ]);
  expect(report.failures).toEqual([]);
  expect(exitCode).toBe(0);
  expect(report).toMatchObject({
    url: relay.rtmpUrl('live/a'),
    players: 20,
    roles: { probe: 5, counter: 13, slow: 2 },
    counts: {
      opened: 20,
      played: 20,
      failed: 0,
      left: 20,
      slowEnded: 0,
      missingMessages: 0,
      strangeStamps: 0,
    },
    broken: [],
  });
  const { connectMs, firstFrameMs, latencyMs, longestGapMs, bitRateMbps } = report.percentiles;
  expect(connectMs.count).toBe(20);
  expect(firstFrameMs.count).toBe(20);
  expect(longestGapMs.count).toBe(18); // those that do not read have no gaps to tell of
  expect(bitRateMbps.count).toBe(18);
  expect(firstFrameMs.min).toBeGreaterThan(connectMs.min ?? Number.POSITIVE_INFINITY);
  expect(latencyMs.min).toBeGreaterThan(0);
  expect(latencyMs.p99).toBeLessThan(1000);
  // 68 messages a second for two seconds at five players
  expect(latencyMs.count).toBeGreaterThan(500);
  expect(latencyMs.count).toBeLessThan(850);
  // the file has 430,172 bytes in 10 s; two seconds of it are at least half of that and at most twice as much
  expect(bitRateMbps.p50).toBeGreaterThan(0.17);
  expect(bitRateMbps.p50).toBeLessThan(0.69);
  expect(report.measuredSeconds).toBeGreaterThan(1.9);
  expect(report.measuredSeconds).toBeLessThan(2.5);
  expect(report.busyPercents).toHaveLength(2);
});

test.concurrent('plays over HTTP-FLV what it publishes over RTMP', async () => {
  await using relay = await startRelay();
  const { exitCode, report } = await runLoad([
    relay.flvUrl('live/a'),
    ...[...publish, '--publish-to', relay.rtmpUrl('live/a')],
    ...[...brief, '--players', '12', '--probes', '4'],
  ]);
  expect(report.failures).toEqual([]);
  expect(exitCode).toBe(0);
  expect(report.counts).toMatchObject({ opened: 12, played: 12, missingMessages: 0, strangeStamps: 0 });
  // 68 messages a second for a second at four players
  expect(report.percentiles.latencyMs.count).toBeGreaterThan(200);
});

test.concurrent('lets players leave and others join', async () => {
  await using relay = await startRelay();
  const { exitCode, report } = await runLoad([
    relay.rtmpUrl('live/a'),
    ...publish,
    ...brief,
    ...['--players', '8', '--churn', '20'],
  ]);
  expect(report.failures).toEqual([]);
  expect(exitCode).toBe(0);
  // 20 a second in 1.2 s
  expect(report.counts.opened).toBeGreaterThanOrEqual(8 + 20);
  expect(report.counts.opened).toBeLessThanOrEqual(8 + 24);
  expect(report.counts.left).toBe(report.counts.opened);
  expect(report.counts.missingMessages).toBe(0);
});

test.concurrent.each([
  { args: ['--max-latency-p99', '5000', '--max-first-frame-p99', '10000'], broken: [] },
  {
    args: ['--max-latency-p99', '0.001'],
    broken: [/^latency: p99 is [\d.]+ ms, over the limit of 0\.001 ms$/],
  },
  {
    args: ['--max-first-frame-p99', '0.01'],
    broken: [/^first frame: p99 is [\d.]+ ms, over the limit of 0\.01 ms$/],
  },
])('$args decides on the exit code', async ({ args, broken }) => {
  await using relay = await startRelay();
  const { exitCode, report } = await runLoad([
    relay.rtmpUrl('live/a'),
    ...publish,
    ...brief,
    ...['--players', '3', ...args],
  ]);
  expect(report.broken).toEqual(broken.map((pattern) => expect.stringMatching(pattern)));
  expect(exitCode).toBe(broken.length === 0 ? 0 : 1);
});

test('counts players that a server refuses by its reason', async () => {
  await using relay = await startRelay({ play: { waitMs: 0 } });
  const args = [relay.rtmpUrl('live/nobody'), ...brief, '--players', '3'];
  const { exitCode, report } = await runLoad(args);
  expect(report.failures).toMatchObject([{ reason: 'refused: NetStream.Play.StreamNotFound', count: 3 }]);
  expect(report.counts).toMatchObject({ opened: 3, played: 0, failed: 3 });
  expect(report.broken).toEqual(['no player got a frame', '3 players failed; --max-failures allows 0']);
  expect(exitCode).toBe(1);
});

test('ends before its time when it is told to, with a report', async () => {
  await using relay = await startRelay();
  const stopping = new AbortController();
  const run = runLoad(
    [relay.rtmpUrl('live/a'), ...publish, '--players', '4', '--duration', '600'],
    stopping.signal,
  );
  await relay.log.waitFor('play', { stream: 'live/a' }, { count: 4 });
  stopping.abort();
  const { report } = await run;
  expect(report.counts).toMatchObject({ opened: 4, failed: 0 });
});

test('fails when its publication is ended', async () => {
  await using relay = await startRelay();
  const run = runLoad([relay.rtmpUrl('live/a'), ...publish, '--players', '2', '--duration', '600']);
  await relay.log.waitFor('play', { stream: 'live/a' }, { count: 2 });
  await relay.relay.close();
  const { exitCode, report } = await run;
  expect(exitCode).toBe(1);
  expect(report.broken[0]).toMatch(/^the publication ended: /);
  expect(report.failures).toMatchObject([{ reason: 'the stream has ended', count: 2 }]);
});

test.each([
  { what: 'a file that is not there', file: '/nowhere/a.flv', error: /cannot publish .*ENOENT/ },
  { what: 'a file that is no FLV', file: import.meta.filename, error: /cannot publish .*no FLV signature/ },
])('cannot run with $what', async ({ file, error }) => {
  const { exitCode, report } = await runLoad(['rtmp://127.0.0.1:1/live/a', '--publish', file]);
  expect(exitCode).toBe(1);
  expect(report).toEqual({ error: expect.stringMatching(error) });
});

test('cannot run when nobody takes the stream that it publishes', async () => {
  await using relay = await startRelay({ access: { publish: [] } });
  const { exitCode, report } = await runLoad([relay.rtmpUrl('live/a'), ...publish]);
  expect(exitCode).toBe(1);
  expect(report).toEqual({ error: expect.stringMatching(/^cannot publish: refused: /) });
});
