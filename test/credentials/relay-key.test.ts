import { hash } from 'node:crypto';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  isRelayKey,
  isRelayKeyHash,
  relayKeyProblem,
  saltedRelayKey,
} from '../../src/credentials/relay-key.ts';

const key = 'correct-horse-battery';
const posted = `sha256:${hash('sha256', key)}`;

test('a key is found to be itself, in whatever form it is stored', () => {
  for (const stored of [
    key,
    posted,
    posted.toUpperCase().replace('SHA', 'sha'),
    saltedRelayKey(key),
    saltedRelayKey(posted),
  ]) {
    expect(isRelayKey(stored, key), stored).toBe(true);
    expect(isRelayKey(stored, `${key}.`), stored).toBe(false);
    expect(isRelayKey(stored, ''), stored).toBe(false);
  }
});

test('a hash that somebody has read is no key, and where nothing is stored none fits', () => {
  for (const stored of [posted, saltedRelayKey(key)]) expect(isRelayKey(stored, stored)).toBe(false);
  expect(isRelayKey(undefined, key)).toBe(false);
  expect(isRelayKey(undefined, '')).toBe(false);
});

test('the same key has another hash with another salt, and the documented one with a given salt', () => {
  expect(saltedRelayKey(key)).not.toBe(saltedRelayKey(key));
  const salt = Buffer.alloc(16, 7);
  const inner = hash('sha256', key, 'buffer');
  const outer = hash('sha256', Buffer.concat([salt, inner]));
  expect(saltedRelayKey(key, salt)).toBe(`sha256:${salt.toString('base64url')}:${outer}`);
});

test('any key fits its own hash and no other', () => {
  const keys = fc
    .string({ unit: 'binary', minLength: 1, maxLength: 100 })
    .filter((one) => !isRelayKeyHash(one));
  fc.assert(
    fc.property(keys, keys, (one, other) => {
      expect(isRelayKey(saltedRelayKey(one), other)).toBe(one === other);
      expect(isRelayKey(one, other)).toBe(one === other);
    }),
    { numRuns: 30 },
  );
});

test.each([
  { stored: 'short', problem: 'expected a key of 16 to 512 characters' },
  { stored: 'k'.repeat(513), problem: 'expected a key of 16 to 512 characters' },
  { stored: 'with a space in between', problem: 'expected a key without spaces and control characters' },
  { stored: `sha256:${'0'.repeat(63)}`, problem: /^expected sha256:, a salt and a hash/ },
  { stored: `sha256:short:${'0'.repeat(64)}`, problem: /^expected sha256:/ },
  { stored: key, problem: undefined },
  { stored: posted, problem: undefined },
  { stored: saltedRelayKey(key), problem: undefined },
])('$stored: $problem', ({ stored, problem }) => {
  const found = relayKeyProblem(stored);
  if (problem === undefined) expect(found).toBeUndefined();
  else expect(found).toEqual(expect.stringMatching(problem));
  expect(found ?? '').not.toContain(stored);
});
