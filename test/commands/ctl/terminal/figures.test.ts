import { expect, test } from 'vitest';
import {
  age,
  bitRate,
  briefTime,
  bytes,
  clockTime,
  count,
  span,
} from '../../../../src/commands/ctl/terminal/figures.ts';

test.for([
  [0, '0 bit/s'],
  [999, '999 bit/s'],
  [999.6, '1.00 kbit/s'],
  [3_104_522, '3.10 Mbit/s'],
  [99_960_000, '100 Mbit/s'],
  [999_600_000, '1.00 Gbit/s'],
  [12_345_678_900, '12.3 Gbit/s'],
  [null, '-'],
] as const)('%s bits per second are %s', ([value, text]) => {
  expect(bitRate(value)).toBe(text);
});

test('bytes count in powers of 1024, numbers have their thousands apart', () => {
  expect([0, 1023, 1536, 2 ** 20, 5 * 2 ** 40].map(bytes)).toEqual([
    '0 B',
    '1023 B',
    '1.50 KiB',
    '1.00 MiB',
    '5.00 TiB',
  ]);
  expect([0, 12_345, null, undefined].map(count)).toEqual(['0', '12,345', '-', '-']);
});

test.for([
  [0, '0s'],
  [59.9, '59s'],
  [61, '1m 01s'],
  [3600, '1h 00m'],
  [90_000, '1d 01h'],
  [-5, '0s'],
] as const)('%s seconds are %s', ([seconds, text]) => {
  expect(span(seconds)).toBe(text);
});

test('short times have decimals, and ages are counted from now', () => {
  expect([1.968, 12.34, 130, null].map(briefTime)).toEqual(['1.97 s', '12.3 s', '2m 10s', '-']);
  expect(age('2026-03-01T18:00:00Z', Date.parse('2026-03-01T18:02:03Z'))).toBe('2m 03s');
  expect(age(null, 0)).toBe('-');
});

test('a moment of another day has its date', () => {
  const now = new Date(2026, 2, 1, 18, 30).getTime();
  expect(clockTime(new Date(2026, 2, 1, 9, 5, 7).toISOString(), now)).toBe('09:05:07');
  expect(clockTime(new Date(2026, 1, 28, 9, 5, 7).toISOString(), now)).toBe('2026-02-28 09:05:07');
  expect(clockTime('soon', now)).toBe('-');
});
