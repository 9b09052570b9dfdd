import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { TimedTokens } from '../../src/credentials/timed-token.ts';

const start = 1_800_000_000;
const key = randomBytes(32);

function scene({ label = 'test', with: used = key } = {}): {
  tokens: TimedTokens;
  wait(seconds: number): void;
} {
  let now = start;
  return {
    tokens: new TimedTokens(used, label, 30, () => now),
    wait: (seconds) => {
      now += seconds;
    },
  };
}

test('a token is known again by whoever has the key', () => {
  const token = scene().tokens.issue('alice', '203.0.113.7');
  expect(token).toMatch(/^[\w-]{32}$/);
  expect(scene().tokens.check(token, 'alice', '203.0.113.7')).toBe('fresh');
});

test('two tokens for the same differ', () => {
  const { tokens } = scene();
  expect(tokens.issue('alice')).not.toBe(tokens.issue('alice'));
});

test.each([
  [0, 'fresh'],
  [30, 'fresh'],
  [31, 'expired'],
  [-5, 'fresh'],
  [-6, 'expired'],
])('after %d s it is %s', (seconds, state) => {
  const { tokens, wait } = scene();
  const token = tokens.issue('alice');
  wait(seconds);
  expect(tokens.check(token, 'alice')).toBe(state);
});

test.each([
  ['another user', ['bob', '203.0.113.7']],
  ['another address', ['alice', '203.0.113.8']],
  ['the same text cut elsewhere', ['alice2', '03.0.113.7']],
  ['less', ['alice']],
])('made for one it is not known for %s', (_, bindings) => {
  const { tokens } = scene();
  expect(tokens.check(tokens.issue('alice', '203.0.113.7'), ...bindings)).toBe('foreign');
});

test('another purpose, another key and another process do not know it', () => {
  const token = scene().tokens.issue('alice');
  expect(scene({ label: 'other' }).tokens.check(token, 'alice')).toBe('foreign');
  expect(scene({ with: randomBytes(32) }).tokens.check(token, 'alice')).toBe('foreign');
});

test('no altered token is known', () => {
  const { tokens } = scene();
  const token = tokens.issue('alice');
  fc.assert(
    fc.property(fc.nat(token.length - 1), fc.constantFrom(...'ABCabc019-_ =+%'), (at, character) => {
      const altered = token.slice(0, at) + character + token.slice(at + 1);
      expect(tokens.check(altered, 'alice')).toBe(altered === token ? 'fresh' : 'foreign');
    }),
  );
  fc.assert(fc.property(fc.string(), (text) => tokens.check(text, 'alice') === 'foreign'));
});
