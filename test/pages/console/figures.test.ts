import { expect, test } from 'vitest';

interface Figures {
  bitRate(rate: number | null): string;
  bytes(number: number): string;
  count(number: number): string;
  counted(text: string): string;
  countOf(number: number, one: string): string;
  duration(seconds: number): string;
}

const file = new URL('../../../src/pages/console/figures.js', import.meta.url).href;
const figures = (await import(file)) as Figures;

test.each([
  [null, '–'],
  [0, '0 bit/s'],
  [999, '999 bit/s'],
  [1500, '1.5 kbit/s'],
  [3_104_522, '3.1 Mbit/s'],
  [620_904_400, '621 Mbit/s'],
  [14e9, '14.0 Gbit/s'],
  [5e13, '50,000 Gbit/s'],
])('a bit rate of %d is %s', (rate, text) => {
  expect(figures.bitRate(rate)).toBe(text);
});

test('bytes, counts and times are short', () => {
  expect([0, 1536, 256 * 2 ** 20].map(figures.bytes)).toEqual(['0 B', '1.5 KiB', '256 MiB']);
  expect([1, 5000].map((number) => figures.countOf(number, 'session'))).toEqual([
    '1 session',
    '5,000 sessions',
  ]);
  expect([-1, 59, 61, 3723, 200_000].map(figures.duration)).toEqual([
    '0 s',
    '59 s',
    '1 min 1 s',
    '1 h 2 min',
    '2 d 7 h',
  ]);
});

test('cam2 comes before cam10, and 10.0.0.9 before 10.0.0.10', () => {
  const inOrder = ['10.0.0.9', '10.0.0.10', 'live/cam2', 'live/cam10'];
  expect([...inOrder].reverse().sort((a, b) => (figures.counted(a) < figures.counted(b) ? -1 : 1))).toEqual(
    inOrder,
  );
});
