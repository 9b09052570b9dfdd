import { expect, test } from 'vitest';
import type { Phase, ReturnRound } from '../../../bench/faults/return-round.ts';
import { readReturningOptions } from '../../../bench/faults/returning-options.ts';
import { brokenBy, formatReturning, type ReturningReport } from '../../../bench/faults/returning-report.ts';

function phase(p99: number): Phase {
  return { seconds: 5, latencyMs: { p50: 10, p99 }, core: 0.25, mostResidentMiB: 130, playersCore: 0.05 };
}

function round(p99: number, relays: Partial<ReturnRound['relays']> = {}): ReturnRound {
  const times = { p50: 2000, p99: 3000, max: 3100 };
  const counts = { lost: 0, repeated: 0, elsewhere: 0, received: 9000, compared: 900, differing: 0 };
  const all = { relays: 1000, live: 1000, failed: 0, closed: 0, fault: '' };
  return {
    ...{ before: phase(60), away: phase(25), returning: phase(p99), after: phase(60), relaysCore: 0.15 },
    relays: { ...all, first_ms: times, live_ms: times, ...counts, own_cpu_seconds: 1, ...relays },
  };
}

function report(rounds: readonly ReturnRound[], ...args: string[]): ReturningReport {
  const options = readReturningOptions(args, '/tmp');
  return {
    machine: 'a machine',
    commit: 'abc',
    date: '2026-01-01',
    options,
    runs: [{ players: 500, rounds }],
  };
}

test('the latency of players may grow to 1.3 times that from before, in the median of the rounds', () => {
  expect(brokenBy(report([round(78), round(300), round(50)]))).toEqual([]);
  expect(brokenBy(report([round(79), round(300), round(50)]))).toEqual([
    '500 players: latency is 1.32 times that from before',
  ]);
});

test('every relay is to have every message once, and to be live', () => {
  const faulty = round(60, { live: 999, lost: 3, repeated: 2, elsewhere: 1, differing: 4 });
  const ofRelays = [
    'round 2: 1 relays are not live',
    'round 2: 2 messages out of order',
    'round 2: 4 messages differ',
  ];
  expect(brokenBy(report([round(60), faulty]))).toEqual([
    ...ofRelays,
    'round 2: 3 messages lost',
    'round 2: 1 relays began anew',
  ]);
  expect(brokenBy(report([round(60), faulty], '--empty'))).toEqual(ofRelays);
});

test('the report has a row for each part of the rounds, and one for the relays', () => {
  const lines = formatReturning(report([round(78), round(54)])).split('\n');
  expect(lines).toContain(
    '| 500 | come back | 10.0 (10.0-10.0) | 66.0 (54.0-78.0) | 1.10 (0.90-1.30) | 25.0 (25.0-25.0) | 130 (130-130) |',
  );
  expect(lines).toContain(
    '| 500 | 3100 (3100-3100) | 2000 (2000-2000) | 3000 (3000-3000) | 0 | 0 | 0 | 900 | 0 |',
  );
  expect(lines.at(-2)).toBe('return passed');
});

test('what cannot be read is told', () => {
  expect(readReturningOptions(['--players', '5,10'], '/tmp').players).toEqual([5, 10]);
  expect(() => readReturningOptions(['--relays', '0'], '/tmp')).toThrow(
    "--relays is to be a whole number from 1 to 20000, not '0'",
  );
});
