import fc from 'fast-check';
import { expect, test } from 'vitest';
import { QueryParameters, withoutParameters } from '../../src/credentials/query-parameters.ts';

test.each([
  { query: '', key: undefined },
  { query: 'key=abc', key: 'abc' },
  { query: 'a=1&key=abc&b=2', key: 'abc' },
  { query: 'key', key: '' },
  { query: 'key=', key: '' },
  { query: 'key=a=b', key: 'a=b' },
  { query: 'k%65y=a%2Bb+c%20d', key: 'a+b+c d' },
  { query: 'key=100%', key: '100%' },
  { query: 'Key=abc&keys=abc', key: undefined },
  { query: '&&key=abc&', key: 'abc' },
])('in $query the key is $key', ({ query, key }) => {
  const parameters = new QueryParameters(query);
  expect([parameters.get('key'), parameters.has('key')]).toEqual([key, key !== undefined]);
});

test('a parameter that stands there twice is seen, however it is spelled; the first value is its value', () => {
  const parameters = new QueryParameters('key=a&b=1&%6Bey=a');
  expect([parameters.isDuplicated('key'), parameters.isDuplicated('b')]).toEqual([true, false]);
  expect(parameters.get('key')).toBe('a');
});

test('what goes to others lacks the named parameters, and is else as it was sent', () => {
  const query = 'uid=7&key=a&x=%20+&k%65y=b&key&last';
  expect(withoutParameters(query, new Set(['key']))).toBe('uid=7&x=%20+&last');
});

test('no spelling of a parameter gets past its removal', () => {
  const spelling = fc
    .array(fc.boolean(), { minLength: 3, maxLength: 3 })
    .map((escaped) =>
      [...'key'].map((c, i) => (escaped[i] ? `%${c.charCodeAt(0).toString(16)}` : c)).join(''),
    );
  fc.assert(
    fc.property(fc.array(fc.tuple(spelling, fc.webQueryParameters())), (pairs) => {
      const query = pairs.map(([name, more]) => `${name}=secret&${more}`).join('&');
      expect(new QueryParameters(withoutParameters(query, new Set(['key']))).has('key')).toBe(false);
    }),
  );
});
