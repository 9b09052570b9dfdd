import { expect, test } from 'vitest';
import type { Percentiles } from '../../../load-tester/report/distribution.ts';
import { formatReport, rate, whole } from '../../../load-tester/report/format-report.ts';
import { ProgressLine } from '../../../load-tester/report/progress-line.ts';
import type { Report } from '../../../load-tester/report/report.ts';
import { emptyCounts } from '../../../load-tester/report/tally.ts';
import { parseLoad } from '../../support/load-run.ts';

function percentiles(min: number, p50: number, p90: number, p99: number, max: number): Percentiles {
  return { count: 5000, min, p50, p90, p99, max };
}

const good: Report = {
  url: 'rtmp://relay.example/live/cam1',
  players: 5000,
  roles: { probe: 50, counter: 4700, slow: 250 },
  rampPerSecond: 500,
  warmUpSeconds: 5,
  measuredSeconds: 30.012,
  counts: {
    ...emptyCounts(),
    opened: 6500,
    played: 6498,
    slowEnded: 248,
    audioMessages: 64_600,
    videoMessages: 45_000,
    stampedMessages: 109_500,
    packets: null,
  },
  receivedMbps: 10_355.4,
  percentiles: {
    connectMs: percentiles(0.08, 0.21, 0.55, 3.412, 12.3),
    firstFrameMs: percentiles(0.9, 2.4, 12.345, 98.7, 210.4),
    latencyMs: percentiles(0.1, 84.2, 131.9, 158.4, 1204.6),
    longestGapMs: percentiles(101.2, 140, 151.3, 162.8, 170),
    bitRateMbps: percentiles(2.12, 2.18, 2.18, 2.19, 2.19),
  },
  failures: [],
  busyPercents: [31.4],
  broken: [],
};

test('shows a test that has passed', () => {
  expect(formatReport(good)).toMatchInlineSnapshot(`
    "rtmp://relay.example/live/cam1

                      min   p50   p90   p99    max
    connect, ms      0.08  0.21  0.55  3.41   12.3
    first frame, ms  0.90  2.40  12.3  98.7    210
    latency, ms      0.10  84.2   132   158  1,205
    longest gap, ms   101   140   151   163    170
    bit rate, Mb/s   2.12  2.18  2.18  2.19   2.19

    players      5,000, joining at 500 a second, 1,500 replaced; 6,498 got a frame, 250 slow (248 let go)
    measured     30.0 s, from 5 s after the last player joined
    received     10.36 Gb/s by all players together
    checked      45,000 video and 64,600 audio messages at 50 players, 0 missing
    load tester  1 thread, 31 % busy
    failures     none
    "
  `);
});

test('shows a test that has failed, and what is not known', () => {
  const none = { count: 0, min: null, p50: null, p90: null, p99: null, max: null };
  const bad: Report = {
    ...good,
    roles: { probe: 50, counter: 4950, slow: 0 },
    counts: {
      ...good.counts,
      ...{ opened: 5000, played: 4000, failed: 1003, slowEnded: null },
      ...{ stampedMessages: 0, missingMessages: null, strangeStamps: null },
    },
    percentiles: { ...good.percentiles, latencyMs: none },
    busyPercents: [91, 40],
    failures: [
      { reason: 'cannot connect: ECONNREFUSED', count: 1000, example: 'connect ECONNREFUSED 127.0.0.1:1935' },
      { reason: 'timestamp goes back', count: 3, example: 'avc1 at 79 ms behind 80 ms' },
    ],
    broken: ['1003 players failed; --max-failures allows 0'],
  };
  expect(formatReport(bad)).toMatchInlineSnapshot(`
    "rtmp://relay.example/live/cam1

                      min   p50   p90   p99   max
    connect, ms      0.08  0.21  0.55  3.41  12.3
    first frame, ms  0.90  2.40  12.3  98.7   210
    latency, ms      not measured
    longest gap, ms   101   140   151   163   170
    bit rate, Mb/s   2.12  2.18  2.18  2.19  2.19

    players      5,000, joining at 500 a second; 4,000 got a frame
    measured     30.0 s, from 5 s after the last player joined
    received     10.36 Gb/s by all players together
    checked      45,000 video and 64,600 audio messages at 50 players; without stamps, latency and missing messages are unknown
    load tester  2 threads, 91 %, 40 % busy: these figures include its own delay; use more --threads
    failures     1,003 of 5,000 players
          1,000  cannot connect: ECONNREFUSED (connect ECONNREFUSED 127.0.0.1:1935)
              3  timestamp goes back (avc1 at 79 ms behind 80 ms)
    FAILED       1003 players failed; --max-failures allows 0
    "
  `);
});

test('shows that nothing was measured where nobody was served', () => {
  const none = { count: 0, min: null, p50: null, p90: null, p99: null, max: null };
  const nobody: Report = {
    ...good,
    players: 2,
    roles: { probe: 0, counter: 2, slow: 0 },
    measuredSeconds: null,
    receivedMbps: null,
    counts: {
      ...{ opened: 2, played: 0, failed: 2, left: 0, receivedBytes: 0, slowEnded: null, measuredBytes: null },
      ...{ audioMessages: null, videoMessages: null, mediaBytes: null, mediaMs: null },
      ...{ stampedMessages: null, packets: null },
      ...{ missingMessages: null, strangeStamps: null },
    },
    percentiles: {
      connectMs: none,
      firstFrameMs: none,
      latencyMs: none,
      longestGapMs: none,
      bitRateMbps: none,
    },
    busyPercents: [null],
    failures: [{ reason: 'refused: HTTP 404', count: 2, example: 'HTTP/1.1 404 Not Found' }],
    broken: ['no player got a frame'],
  };
  expect(formatReport(nobody)).toMatchInlineSnapshot(`
    "rtmp://relay.example/live/cam1

                     min  p50  p90  p99  max
    connect, ms      not measured
    first frame, ms  not measured
    latency, ms      not measured
    longest gap, ms  not measured
    bit rate, Mb/s   not measured

    players      2, joining at 500 a second; 0 got a frame
    measured     nothing: the test ended before the measurement began
    received     not measured
    checked      nothing: no player was a probe
    load tester  1 thread, load not measured
    failures     2 of 2 players
              2  refused: HTTP 404 (HTTP/1.1 404 Not Found)
    FAILED       no player got a frame
    "
  `);
});

test('says that there was nothing to check where no probe got a message', () => {
  const silent = {
    ...good,
    counts: { ...good.counts, videoMessages: 0, audioMessages: 0, missingMessages: null },
  };
  expect(formatReport(silent)).toContain('checked      nothing: no probe got a message\n');
});

test('names the packets that messages of ASF came in', () => {
  const asf = { ...good, counts: { ...good.counts, packets: 38_400 } };
  expect(formatReport(asf)).toContain(
    'checked      45,000 video and 64,600 audio messages in 38,400 packets at 50 players, 0 missing\n',
  );
});

test.each([
  [0, '0.00 Mb/s'],
  [999.994, '999.99 Mb/s'],
  [17_300, '17.30 Gb/s'],
])('writes a rate of %d Mb/s as %s', (mbps, text) => {
  expect(rate(mbps)).toBe(text);
});

test.each([
  [0, '0'],
  [999, '999'],
  [1000, '1,000'],
  [1_234_567.8, '1,234,568'],
])('writes %d as %s', (value, text) => {
  expect(whole(value)).toBe(text);
});

/** All that a progress line writes for a test that goes its way, looked at every second. */
async function progressOf(terminal: { isTTY: boolean; columns?: number }): Promise<string[]> {
  const args = ['--players', '20', '--ramp', '10', '--warm-up', '2', '--duration', '8'];
  const { plan } = await parseLoad(['rtmp://host/live/a', ...args]);
  const written: string[] = [];
  const line = new ProgressLine(plan, { write: (text) => written.push(text), ...terminal });
  for (let second = 0; second <= 11; second++) {
    const playing = Math.min(20, second * 10);
    const counts = { ...emptyCounts(), playing, played: playing, receivedBytes: second * 5_000_000 };
    line.show({ elapsedMs: second * 1000, counts, latencyP99Ms: second < 5 ? null : 12.4 });
  }
  line.clear();
  return written;
}

test('without a terminal, a line says now and then how the test stands', async () => {
  expect(await progressOf({ isTTY: false })).toEqual([
    'joining: 0 of 20 play, 0 got a frame, 0 failed\n',
    'measuring, 1 of 8 s: 20 of 20 play, 20 got a frame, 0 failed, 40.00 Mb/s, latency p99 12 ms\n',
    'measuring, 6 of 8 s: 20 of 20 play, 20 got a frame, 0 failed, 40.00 Mb/s, latency p99 12 ms\n',
  ]);
});

test('on a terminal, one line changes and goes in the end', async () => {
  const written = await progressOf({ isTTY: true, columns: 40 });
  expect(written).toHaveLength(13);
  expect(written[2]).toBe('\r\x1b[2Kwarming up: 20 of 20 play, 20 got a fra');
  expect(written.at(-1)).toBe('\r\x1b[2K');
  expect(written.join('')).not.toContain('\n');
});
