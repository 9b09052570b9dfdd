import fc from 'fast-check';
import { expect, test } from 'vitest';
import { hashKey } from '../../src/credentials/key-hash.ts';
import { KeyRing, keyLineProblem, parseKeyLine } from '../../src/credentials/key-ring.ts';

/** As printf %s 3f9c | sha256sum says it. */
const hashOf3f9c = 'sha256:0f0ca00f8a922bb5e7d90f74cb1fb807763267a449a99736769f66e6910b107b';

const ring = (...lines: string[]): KeyRing => new KeyRing(lines.flatMap((line) => parseKeyLine(line) ?? []));

test('a key is found by itself, stored as it is or as its hash, with its name if it has one', () => {
  const keys = ring(
    'plain',
    `ann ${hashKey('hashed')}`,
    hashKey('HASHED').toUpperCase().replace('SHA', 'sha'),
  );
  expect(keys.find('plain')).toEqual({ name: undefined });
  expect(keys.find('hashed')).toEqual({ name: 'ann' });
  expect(keys.find('HASHED')).toEqual({ name: undefined });
  expect(keys.find('other')).toBeUndefined();
});

test('a hash is what sha256sum says', () => {
  expect(hashKey('3f9c')).toBe(hashOf3f9c);
  expect(ring(hashOf3f9c).find('3f9c')).toEqual({ name: undefined });
});

test('whoever has read a hash has no key', () => {
  const stored = hashKey('hashed');
  expect(ring(stored).find(stored)).toBeUndefined();
});

test('any key that is on the ring is found, and no other', () => {
  const key = fc.stringMatching(/^[!-~]{1,40}$/).filter((text) => !text.startsWith('sha256:'));
  fc.assert(
    fc.property(fc.uniqueArray(key, { maxLength: 8 }), key, (stored, shown) => {
      const keys = ring(...stored.map((one, index) => (index % 2 === 0 ? one : hashKey(one))));
      expect(keys.find(shown) !== undefined).toBe(stored.includes(shown));
    }),
  );
});

test.each([
  { line: '', problem: 'expected a key of 1 to 512 characters, none of them a space' },
  { line: 'a b c', problem: 'expected a key, or a name, a space and a key' },
  { line: 'sha256:12', problem: 'expected 64 hexadecimal digits after sha256:' },
  { line: 'x'.repeat(513), problem: 'expected a key of 1 to 512 characters, none of them a space' },
  { line: 'ann key', problem: undefined },
  { line: `ann ${hashOf3f9c}`, problem: undefined },
])('of the line "$line" is said: $problem', ({ line, problem }) => {
  expect(keyLineProblem(line)).toBe(problem);
  expect(parseKeyLine(line) === undefined).toBe(problem !== undefined);
});
