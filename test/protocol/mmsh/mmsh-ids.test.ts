import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { MmshIds } from '../../../src/protocol/mmsh/mmsh-ids.ts';

const secret = randomBytes(32);
const ids = new MmshIds(secret);
const elsewhere = new MmshIds(randomBytes(32));
const now = 1_800_000_000_000;

describe('a client-id', () => {
  test('is known in every thread with the secret, and nowhere else', () => {
    const given = Array.from({ length: 100 }, () => ids.newClientId(now));
    expect(new Set(given).size).toBeGreaterThan(95);
    for (const id of given) {
      expect(id).toBeGreaterThan(0);
      expect(id).toBeLessThan(2 ** 32);
      expect(new MmshIds(secret).knowsClientId(id, now)).toBe(true);
    }
    expect(given.filter((id) => elsewhere.knowsClientId(id, now)).length).toBeLessThan(12);
  });

  test('is known for ten minutes, and for no more than twenty', () => {
    const given = Array.from(
      { length: 20 },
      (_, i) => [ids.newClientId(now + i * 60_000), now + i * 60_000] as const,
    );
    const known = (afterMs: number): number =>
      given.filter(([id, at]) => ids.knowsClientId(id, at + afterMs)).length;
    expect(known(600_000)).toBe(given.length);
    expect(known(1_200_000)).toBeLessThan(8);
  });

  test('is seldom guessed by luck', () => {
    const guesses = Array.from({ length: 10_000 }, (_, i) => i * 429_496);
    expect(guesses.filter((id) => ids.knowsClientId(id, now)).length).toBeLessThan(200);
  });

  test.each([0, -1, 1.5, 2 ** 32, Number.NaN, Number.POSITIVE_INFINITY])('is never %d', (id) => {
    expect(ids.knowsClientId(id, now)).toBe(false);
  });
});

describe('a push-id', () => {
  test('is known for its stream in every thread with the secret, and nowhere else', () => {
    const id = ids.newPushId('streams/a');
    expect(id).toMatch(/^[1-9]\d{28}$/);
    expect(new MmshIds(secret).knowsPushId(id, 'streams/a')).toBe(true);
    expect(ids.knowsPushId(id, 'streams/b')).toBe(false);
    expect(elsewhere.knowsPushId(id, 'streams/a')).toBe(false);
  });

  test('differs each time', () => {
    expect(new Set(Array.from({ length: 100 }, () => ids.newPushId('streams/a'))).size).toBe(100);
  });

  test('is not known once a digit is another one, is missing, or is written otherwise', () => {
    const id = ids.newPushId('streams/a');
    fc.assert(
      fc.property(fc.nat(id.length - 1), fc.constantFrom(...'0123456789 ax-'), (at, digit) => {
        const altered = id.slice(0, at) + digit + id.slice(at + 1);
        expect(ids.knowsPushId(altered, 'streams/a')).toBe(altered === id);
      }),
    );
    for (const altered of [
      id.slice(1),
      id.slice(0, -1),
      `0${id}`,
      `${id}0`,
      `+${id}`,
      ` ${id}`,
      `${id}n`,
      '0',
      '',
    ])
      expect(ids.knowsPushId(altered, 'streams/a')).toBe(false);
    fc.assert(fc.property(fc.string(), (text) => !ids.knowsPushId(text, 'streams/a')));
  });
});
