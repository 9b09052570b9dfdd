import fc from 'fast-check';
import { expect, test } from 'vitest';
import { KeyPattern } from '../../../../src/config/key-pattern.ts';
import { commonPattern } from '../../../../src/service/house/directing/common-pattern.ts';

test.each([
  ['**', 'live/*', 'live/*'],
  ['live/**', 'live/a', 'live/a'],
  ['live/*', '*/a', 'live/a'],
  ['live/**', '*/a', 'live/a'],
  ['live/**', '*/a/**', 'live/a/**'],
  ['live/**', 'tv/**', undefined],
  ['live/a', 'live/b', undefined],
  ['live/*', 'live', undefined],
  ['live/*', 'live/a/b', undefined],
  ['live/cam*', 'live/c*', 'live/cam*'],
])('%s and %s have %s in common', (one, other, common) => {
  expect(commonPattern(one, other)).toBe(common);
  expect(commonPattern(other, one)).toBe(common);
});

test('a common pattern matches what both match, and nothing else', () => {
  const segment = fc.constantFrom('a', 'b', '*', 'a*', '**');
  const pattern = fc.array(segment, { minLength: 1, maxLength: 3 }).map((parts) => parts.join('/'));
  const key = fc
    .array(fc.constantFrom('a', 'b', 'ab'), { minLength: 1, maxLength: 4 })
    .map((parts) => parts.join('/'));
  fc.assert(
    fc.property(pattern, pattern, key, (one, other, any) => {
      const common = commonPattern(one, other);
      if (common === undefined) return;
      const both = new KeyPattern(one).matches(any) && new KeyPattern(other).matches(any);
      expect(new KeyPattern(common).matches(any)).toBe(both);
    }),
    { numRuns: 2000 },
  );
});
