import fc from 'fast-check';
import { expect, test } from 'vitest';
import { didYouMean, nearestNames } from '../../../src/config/sources/near-names.ts';

const known = [['host'], ['port'], ['maxDelayMs'], ['maxBytes'], ['certFile'], ['url'], ['log', 'level']];

test.each([
  { wrong: 'hots', meant: ['host'], how: 'two letters are swapped' },
  { wrong: 'maxdelayms', meant: ['maxDelayMs'], how: 'capitals are missing' },
  { wrong: 'max_delay_ms', meant: ['maxDelayMs'], how: 'it is written as elsewhere' },
  { wrong: 'max-bites', meant: ['maxBytes'], how: 'a letter is wrong' },
  { wrong: 'maxDelay', meant: ['maxDelayMs'], how: 'the unit is missing' },
  { wrong: 'cert', meant: ['certFile'], how: 'its end is missing' },
  { wrong: 'max', meant: ['maxDelayMs', 'maxBytes'], how: 'two names begin so' },
  { wrong: 'urls', meant: ['url'], how: 'a letter is too many' },
  { wrong: 'log_levle', meant: ['log.level'], how: 'it is a path' },
  { wrong: 'loglevel', meant: ['log.level'], how: 'it is a path in one word' },
])('$wrong is meant for $meant: $how', ({ wrong, meant }) => {
  expect(nearestNames(wrong, known).map((names) => names.join('.'))).toEqual(meant);
});

test.each(['', '_', 'h', 'portal', 'user', 'path', 'lo', 'log', 'level', 'maxDelayMsMsMs', 'x'.repeat(1e6)])(
  '%s is meant for none',
  (wrong) => {
    expect(nearestNames(wrong, [['host'], ['level', 'log'], ['maxDelayMs']])).toEqual([]);
  },
);

test('nothing is near where nothing is known', () => {
  expect(nearestNames('host', [])).toEqual([]);
});

test('a name is nearest to itself, however it is written', () => {
  fc.assert(
    fc.property(fc.constantFrom(...known), (names) => {
      expect(nearestNames(names.join('_').toUpperCase(), known)).toEqual([names]);
    }),
  );
});

test('says what can be meant', () => {
  expect(didYouMean([])).toBe('');
  expect(didYouMean(['a', 'b'])).toBe(' (did you mean a or b?)');
});
