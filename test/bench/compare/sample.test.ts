import { expect, test } from 'vitest';
import { type PlayersReport, sampleOfPlayback, sampleOfPlayers } from '../../../bench/compare/sample.ts';

const good: PlayersReport = {
  players: 3000,
  playing: 3000,
  failed: 0,
  closed: 0,
  fault: '',
  seconds: 8,
  bits_per_second: 6.54e9,
  cpu_seconds: 2.4,
  resident_bytes: 100 * 2 ** 20,
  most_resident_bytes: 110 * 2 ** 20,
  first_frame_ms: { p50: 1, p99: 30 },
  latency_ms: { p50: 60, p99: 125 },
  corrupt: 0,
  lost: 0,
  failed_handshakes: 0,
  handshake_ms: null,
  own_cpu_seconds: 0.8,
};

test('what players say becomes shares of a core, milliseconds and MiB', () => {
  expect(sampleOfPlayers(good)).toEqual({
    core: 2.4 / 8,
    latencyMs: { p50: 60, p99: 125 },
    firstFrameMs: { p50: 1, p99: 30 },
    residentMiB: 100,
    mostResidentMiB: 110,
    megabitsPerSecond: 6540,
    generatorCore: 0.1,
    handshakeMs: null,
  });
});

test.each([
  {
    fault: { playing: 2998, failed: 2, fault: 'cannot connect' },
    refused: '2 players failed (cannot connect)',
  },
  { fault: { closed: 1, playing: 2999 }, refused: '1 players were closed' },
  { fault: { playing: 2990 }, refused: '10 players got nothing' },
  { fault: { lost: 7 }, refused: '7 messages lost' },
  { fault: { corrupt: 1 }, refused: '1 messages corrupt or out of order' },
  { fault: { failed_handshakes: 3 }, refused: '3 handshakes failed' },
])('a measurement with $refused does not count', ({ fault, refused }) => {
  expect(sampleOfPlayers({ ...good, ...fault }).refused).toBe(refused);
});

test('players of a recording say besides how late it came, and what the store took', () => {
  const late_ms = { p50: -2900, p99: -1800, max: 120, count: 9 };
  const longest_gap_ms = { p50: 900, p99: 1100, max: 1200, count: 500 };
  const report = { ...good, latency_ms: null, late_ms, late_players: 1, longest_gap_ms };
  expect(sampleOfPlayback(report, 0.02)).toEqual({
    ...sampleOfPlayers({ ...good, latency_ms: null }),
    playback: {
      lateMs: { p50: -2900, p99: -1800, max: 120 },
      latePlayers: 1,
      longestGapMs: { p50: 900, p99: 1100, max: 1200 },
      storeCore: 0.02,
    },
  });
  expect(sampleOfPlayback({ ...report, late_ms: null }, 0).refused).toBe('players got nothing');
});
