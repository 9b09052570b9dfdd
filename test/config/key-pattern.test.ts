import fc from 'fast-check';
import { expect, test } from 'vitest';
import { KeyPattern } from '../../src/config/key-pattern.ts';

test.each([
  { pattern: 'tv/news', yes: ['tv/news'], no: ['tv/New', 'tv/news/hd', 'tv', 'TV/news'] },
  { pattern: 'live/*', yes: ['live/a'], no: ['live', 'live/a/b', 'live2/a'] },
  { pattern: '*/cam', yes: ['live/cam'], no: ['cam', 'a/b/cam'] },
  { pattern: 'live/cam*', yes: ['live/cam', 'live/cam1'], no: ['live/ca', 'live/cam/1'] },
  { pattern: 'live/*-hd', yes: ['live/a-hd', 'live/-hd'], no: ['live/hd', 'live/a-hd2'] },
  { pattern: 'a*b*c', yes: ['abc', 'axbyc', 'abbcc'], no: ['ac', 'acb', 'abcd'] },
  { pattern: 'aa*aa', yes: ['aaaa', 'aaxaa'], no: ['aa', 'aaa'] },
  { pattern: '**', yes: ['live', 'live/a', 'a/b/c/d'], no: [] },
  { pattern: 'live/**', yes: ['live', 'live/a', 'live/a/b'], no: ['live2', 'alive/a'] },
  { pattern: '**/cam', yes: ['cam', 'a/cam', 'a/b/cam', 'cam/cam'], no: ['cam/a', 'a/cam2'] },
  { pattern: 'a/**/z', yes: ['a/z', 'a/b/z', 'a/z/z', 'a/b/c/z'], no: ['a', 'a/z/b'] },
  { pattern: 'a/**/b/**/c', yes: ['a/b/c', 'a/x/b/y/c', 'a/b/b/c'], no: ['a/c', 'a/c/b'] },
  { pattern: 'a.c/(x)', yes: ['a.c/(x)'], no: ['abc/(x)', 'a.c/x'] },
])('$pattern', ({ pattern, yes, no }) => {
  const keys = new KeyPattern(pattern);
  expect(yes.filter((key) => !keys.matches(key))).toEqual([]);
  expect(no.filter((key) => keys.matches(key))).toEqual([]);
});

test.each([
  { pattern: '', problem: 'expected a pattern of stream keys, such as live/**' },
  { pattern: 'live/\u0007', problem: 'expected a pattern without control characters' },
  { pattern: '/live', problem: 'expected a pattern without leading, trailing or doubled slashes' },
  { pattern: 'live/', problem: 'expected a pattern without leading, trailing or doubled slashes' },
  { pattern: 'live//a', problem: 'expected a pattern without leading, trailing or doubled slashes' },
  { pattern: 'live/a**', problem: 'expected ** as a segment of its own' },
  { pattern: '***', problem: 'expected ** as a segment of its own' },
  { pattern: 'ä'.repeat(513), problem: 'expected a pattern of at most 1024 bytes' },
])('refuses $pattern', ({ pattern, problem }) => {
  expect(KeyPattern.problem(pattern)).toBe(problem);
  expect(() => new KeyPattern(pattern)).toThrow(new RangeError(problem));
});

test('knows a pattern of one key', () => {
  expect(new KeyPattern('tv/news').isExact).toBe(true);
  expect(new KeyPattern('tv/*').isExact).toBe(false);
});

test('agrees with an obvious matcher', () => {
  const segment = (letters: readonly string[]) =>
    fc.array(fc.constantFrom(...letters), { minLength: 1, maxLength: 4 }).map((parts) => parts.join(''));
  const path = (part: fc.Arbitrary<string>) =>
    fc.array(part, { minLength: 1, maxLength: 6 }).map((parts) => parts.join('/'));
  const pattern = path(fc.oneof(fc.constant('**'), segment(['a', 'b', '*'])));
  fc.assert(
    fc.property(pattern, path(segment(['a', 'b'])), (text, key) => {
      fc.pre(KeyPattern.problem(text) === undefined);
      expect(new KeyPattern(text).matches(key)).toBe(matchesSlowly(text.split('/'), key.split('/')));
    }),
    { numRuns: 5_000 },
  );
});

test('takes no longer for a hostile key', () => {
  const startedAt = performance.now();
  expect(new KeyPattern(`${'**/*a*a*a/'.repeat(90)}b`).matches(`${'a/'.repeat(500)}aaaa`)).toBe(false);
  expect(new KeyPattern(`${'*a'.repeat(400)}*b`).matches('a'.repeat(1000))).toBe(false);
  expect(performance.now() - startedAt).toBeLessThan(2_000);
});

test.each([
  { pattern: 'live/a', by: ['live/*'], isCovered: true },
  { pattern: 'live/a', by: ['live/b', 'tv/*', 'live/a'], isCovered: true },
  { pattern: 'live/a', by: ['live/b', 'tv/*'], isCovered: false },
  { pattern: 'live/*', by: ['**'], isCovered: true },
  { pattern: 'live/*', by: ['live/**'], isCovered: true },
  { pattern: 'live/**', by: ['live/*'], isCovered: false },
  { pattern: 'live/**', by: ['live', 'live/*/**'], isCovered: true },
  { pattern: 'live/**', by: ['live', 'live/*', 'live/*/*'], isCovered: false },
  { pattern: 'live/cam*', by: ['live/c*'], isCovered: true },
  { pattern: 'live/c*', by: ['live/cam*'], isCovered: false },
  { pattern: 'live/c*m1', by: ['live/*m*'], isCovered: true },
  { pattern: 'live/*', by: ['live/a*', 'live/b*'], isCovered: false },
  { pattern: '**', by: ['*/**'], isCovered: true },
  { pattern: '**', by: ['*', '*/*', '*/*/**'], isCovered: true },
  { pattern: '**/*', by: ['*/**'], isCovered: true },
  { pattern: '**/a/**', by: ['**/*/**'], isCovered: true },
  { pattern: '**/a/**/b', by: ['**/a/**', 'c'], isCovered: true },
  { pattern: '**/a/**/b', by: ['**/a/b'], isCovered: false },
  { pattern: '*', by: [], isCovered: false },
])('that $by cover $pattern: $isCovered', ({ pattern, by, isCovered }) => {
  expect(isCoveredBy(pattern, by)).toBe(isCovered);
});

test('a pattern is covered by others if and only if they match every key that it matches', () => {
  const part = fc.constantFrom('**', '*', 'a', 'a*', 'b');
  const pattern = fc.array(part, { minLength: 1, maxLength: 3 }).map((parts) => parts.join('/'));
  const keys = keysOf(['a', 'b', 'c', 'ac'], 6);
  fc.assert(
    fc.property(pattern, fc.array(pattern, { maxLength: 3 }), (text, by) => {
      const own = new KeyPattern(text);
      const others = by.map((other) => new KeyPattern(other));
      const isOutside = (key: string): boolean =>
        own.matches(key) && !others.some((other) => other.matches(key));
      expect(isCoveredBy(text, by)).toBe(!keys.some(isOutside));
    }),
    { numRuns: 1_000 },
  );
});

test('takes no longer for patterns that nobody would write, and then claims nothing', () => {
  const startedAt = performance.now();
  const hostile = `${'**/a*a/'.repeat(100)}b`;
  expect(isCoveredBy(hostile, [`${'**/*a/'.repeat(100)}c`, `${'**/a*/*/'.repeat(100)}c`])).toBe(false);
  expect(isCoveredBy(`${'*/**/'.repeat(200)}a`, [`${'**/*/'.repeat(100)}*b`])).toBe(false);
  expect(isCoveredBy(hostile, ['**/b'])).toBe(true);
  expect(performance.now() - startedAt).toBeLessThan(2_000);
});

function isCoveredBy(pattern: string, by: readonly string[]): boolean {
  return new KeyPattern(pattern).isCoveredBy(by.map((other) => new KeyPattern(other)));
}

/** Every key of these segments, up to so many of them. */
function keysOf(segments: readonly string[], most: number): readonly string[] {
  const longer = most === 1 ? [] : keysOf(segments, most - 1);
  return [...segments, ...longer.flatMap((key) => segments.map((segment) => `${segment}/${key}`))];
}

function matchesSlowly(pattern: readonly string[], key: readonly string[]): boolean {
  const [first, ...rest] = pattern;
  if (first === undefined) return key.length === 0;
  if (first === '**')
    return matchesSlowly(rest, key) || (key.length > 0 && matchesSlowly(pattern, key.slice(1)));
  const [segment, ...others] = key;
  return segment !== undefined && matchesTextSlowly(first, segment) && matchesSlowly(rest, others);
}

function matchesTextSlowly(pattern: string, text: string): boolean {
  if (pattern === '') return text === '';
  if (pattern[0] === '*')
    return (
      matchesTextSlowly(pattern.slice(1), text) || (text !== '' && matchesTextSlowly(pattern, text.slice(1)))
    );
  return pattern[0] === text[0] && matchesTextSlowly(pattern.slice(1), text.slice(1));
}
