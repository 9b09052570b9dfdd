import { generateKeyPairSync } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  makePermit,
  maxPermitLength,
  type Permit,
  PermitError,
  PermitKeys,
  permitKeyId,
  permitKeyProblem,
  permitVerbs,
  publicKeyText,
  urlWithoutPermit,
  withoutPermit,
} from '../../src/credentials/permit.ts';

const { privateKey } = generateKeyPairSync('ed25519');
const { privateKey: another } = generateKeyPairSync('ed25519');
const publicKey = publicKeyText(privateKey);
const keys = new PermitKeys({ k1: publicKey, k2: publicKeyText(another) });
const permit: Permit = { verb: 'play', stream: 'vip/a', joinUntil: 1_800_000_000, relay: 'ottawa' };

const text = (maxLength: number) =>
  fc.string({ unit: 'grapheme', minLength: 1, maxLength: Math.floor(maxLength / 8) });
const moment = fc.integer({ min: 0, max: 999_999_999_999 });
const permits: fc.Arbitrary<Permit> = fc.record({
  verb: fc.constantFrom(...permitVerbs),
  stream: text(1024),
  joinUntil: moment,
  sessionUntil: fc.option(moment, { nil: undefined }),
  address: fc.option(text(64), { nil: undefined }),
  identity: fc.option(text(255), { nil: undefined }),
  relay: text(64),
});

/** A permit over any texts, signed rightly. */
function sealed(...texts: readonly string[]): string {
  const [keyId = '', verb = '', stream = '', joinUntil = '', sessionUntil = '', address, identity, relay] =
    texts;
  const said = { verb, stream, joinUntil, sessionUntil: sessionUntil || undefined, address, identity, relay };
  return makePermit(said as unknown as Permit, keyId, privateKey);
}

test('what was signed is read as it was, with the key of its id', () => {
  fc.assert(
    fc.property(permits, fc.constantFrom('k1', 'k2'), (made, id) => {
      const written = makePermit(made, id, id === 'k1' ? privateKey : another);
      expect(keys.open(written)).toEqual(made);
      expect(written.length).toBeLessThanOrEqual(maxPermitLength);
    }),
    { numRuns: 50 },
  );
});

test('any text is a PermitError, and nothing else', () => {
  const likely = fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes).toString('base64url'));
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.string({ unit: 'binary' }), likely), (shown) => {
      expect(() => keys.open(shown)).toThrow(PermitError);
    }),
  );
});

test('a permit with any character changed, added or left out is refused', () => {
  const written = makePermit(permit, 'k1', privateKey);
  for (let at = 0; at <= written.length; at++) {
    const without = written.slice(0, at) + written.slice(at + 1);
    if (at < written.length) expect(() => keys.open(without)).toThrow(PermitError);
    for (const sign of 'Ab1-=') {
      expect(() => keys.open(written.slice(0, at) + sign + written.slice(at))).toThrow(PermitError);
      const changed = written.slice(0, at) + sign + written.slice(at + 1);
      if (changed !== written) expect(() => keys.open(changed)).toThrow(PermitError);
    }
  }
});

describe('sentences', () => {
  const nonsense = 'the permit says nothing that makes sense: its maker has a fault';
  test.each([
    {
      what: 'a wrong signature',
      shown: makePermit(permit, 'k1', another),
      is: 'the permit is wrong: it was altered, or made by somebody else',
      isForged: true,
    },
    {
      what: 'an unknown key',
      shown: makePermit(permit, 'k3', privateKey),
      is: 'the permit was made with a key that this server does not know',
      isForged: false,
    },
    { what: 'nothing', shown: '', is: 'the permit is not whole: it was cut or altered', isForged: true },
    {
      what: 'another verb',
      shown: sealed('k1', 'watch', 'a', '1', '', '', '', 'r'),
      is: nonsense,
      isForged: true,
    },
    {
      what: 'no stream to play',
      shown: sealed('k1', 'play', '', '1', '', '', '', 'r'),
      is: nonsense,
      isForged: true,
    },
    { what: 'no time', shown: sealed('k1', 'play', 'a', '', '', '', '', 'r'), is: nonsense, isForged: true },
    {
      what: 'a time that is no number',
      shown: sealed('k1', 'play', 'a', '1', '-1', '', '', 'r'),
      is: nonsense,
      isForged: true,
    },
    { what: 'no relay', shown: sealed('k1', 'play', 'a', '1', '', '', '', ''), is: nonsense, isForged: true },
  ])('$what', ({ shown, is, isForged }) => {
    expect(() => keys.open(shown)).toThrow(expect.objectContaining({ message: is, isForged }));
  });

  test('a long text is not looked at', () => {
    expect(() => keys.open('A'.repeat(maxPermitLength + 1))).toThrow(
      `the permit has ${maxPermitLength + 1} characters, and no permit has more than ${maxPermitLength}`,
    );
  });
});

test('of a relay it may be for every stream', () => {
  const any: Permit = { ...permit, verb: 'relay', stream: '' };
  expect(keys.open(makePermit(any, 'k1', privateKey))).toEqual(any);
});

test('what is too long for a permit is not signed', () => {
  expect(() => makePermit({ ...permit, stream: 'a'.repeat(1025) }, 'k1', privateKey)).toThrow(RangeError);
  expect(() => makePermit({ ...permit, relay: 'r'.repeat(65) }, 'k1', privateKey)).toThrow(RangeError);
});

test('keys have an id that follows from them, and what is no key is none', () => {
  expect(publicKey).toMatch(/^[\w-]{43}$/);
  expect(permitKeyId(publicKey)).toMatch(/^[0-9a-f]{16}$/);
  expect(permitKeyProblem(publicKey)).toBeUndefined();
  for (const wrong of [
    '',
    'short',
    `${publicKey}A`,
    `${publicKey.slice(0, -1)}=`,
    publicKey.slice(0, -1).concat('/'),
  ])
    expect(permitKeyProblem(wrong)).toContain('expected an Ed25519 public key');
  const shown = makePermit(permit, 'k1', privateKey);
  expect(() => new PermitKeys({ k1: 'none' }).open(shown)).toThrow('does not know');
});

test.each([
  { query: 'permit=abc', left: '' },
  { query: 'uid=7&permit=abc&start=live', left: 'uid=7&start=live' },
  { query: 'per%6Dit=abc&permit=d&permits=e', left: 'permits=e' },
])('$query without permits', ({ query, left }) => {
  expect(withoutPermit(query)).toBe(left);
  expect(urlWithoutPermit(`rtmp://a/b/c?${query}`)).toBe(`rtmp://a/b/c${left === '' ? '' : `?${left}`}`);
});

test('one that was right is right again, and one like it is not', () => {
  const both = new PermitKeys({ k1: publicKey });
  const written = makePermit(permit, 'k1', privateKey);
  for (let i = 0; i < 3; i++) expect(both.open(written)).toEqual(permit);
  const forged = makePermit(permit, 'k1', another);
  for (let i = 0; i < 3; i++) expect(() => both.open(forged)).toThrow('the permit is wrong');
});
