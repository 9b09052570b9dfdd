import { createHmac, generateKeyPairSync, type KeyObject } from 'node:crypto';
import fc from 'fast-check';
import { SignJWT } from 'jose';
import { describe, expect, test } from 'vitest';
import { checkToken, type TokenTerms } from '../../../src/credentials/jwt/json-web-token.ts';
import { isTokenLike, TokenError } from '../../../src/credentials/jwt/token-error.ts';
import {
  publicKeys,
  sharedKey,
  type VerifyingKey,
  webKey,
} from '../../../src/credentials/jwt/verifying-key.ts';

const nowMs = 1_800_000_000_000;
const now = nowMs / 1000;
const secret = 'a secret of more than thirty-two characters';
const shared = [sharedKey(secret)];
const terms: TokenTerms = {
  issuers: [],
  audiences: [],
  maxAgeMs: null,
  clockToleranceMs: 0,
  requiredClaims: [],
};
const claims = { sub: 'ann', iat: now, exp: now + 60 };

const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
const otherRsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
const p256 = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const p384 = generateKeyPairSync('ec', { namedCurve: 'P-384' });
const p521 = generateKeyPairSync('ec', { namedCurve: 'P-521' });
const ed25519 = generateKeyPairSync('ed25519');

function pemOf(key: KeyObject): string {
  return key.export({ type: 'spki', format: 'pem' }).toString();
}

function sign(
  alg: string,
  key: KeyObject | Uint8Array,
  payload: Record<string, unknown> = claims,
  header: Record<string, unknown> = {},
): Promise<string> {
  return new SignJWT(payload).setProtectedHeader({ ...header, alg }).sign(key);
}

function signShared(payload: Record<string, unknown> = claims, alg = 'HS256'): Promise<string> {
  return sign(alg, Buffer.from(secret), payload);
}

async function kindOf(
  token: string,
  keys: readonly VerifyingKey[] = shared,
  asked: TokenTerms = terms,
): Promise<string> {
  return checkToken(token, keys, asked, nowMs).then(
    () => 'good',
    (error: unknown) => {
      expect(error).toBeInstanceOf(TokenError);
      return (error as TokenError).kind;
    },
  );
}

describe('every algorithm, and no other for its key', () => {
  const pairs = [
    { algs: ['HS256', 'HS384', 'HS512'], key: Buffer.from(secret), keys: shared },
    {
      algs: ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'],
      key: rsa.privateKey,
      keys: publicKeys(pemOf(rsa.publicKey)),
    },
    { algs: ['ES256'], key: p256.privateKey, keys: publicKeys(pemOf(p256.publicKey)) },
    { algs: ['ES384'], key: p384.privateKey, keys: publicKeys(pemOf(p384.publicKey)) },
    { algs: ['ES512'], key: p521.privateKey, keys: publicKeys(pemOf(p521.publicKey)) },
    { algs: ['EdDSA', 'Ed25519'], key: ed25519.privateKey, keys: publicKeys(pemOf(ed25519.publicKey)) },
  ];

  test.each(pairs)('$algs', async ({ algs, key, keys }) => {
    for (const alg of algs) {
      const token = await sign(alg, key);
      expect(await checkToken(token, keys, terms, nowMs)).toEqual({ claims, untilMs: (now + 60) * 1000 });
      for (const other of pairs)
        if (other.keys !== keys) expect([alg, await kindOf(token, other.keys)]).toEqual([alg, 'broken']);
    }
  });

  test.each([
    { what: 'its PEM form', text: pemOf(rsa.publicKey) },
    { what: 'its PEM form without the last newline', text: pemOf(rsa.publicKey).trim() },
    { what: 'its DER form', text: rsa.publicKey.export({ type: 'spki', format: 'der' }) },
    { what: 'its JSON form', text: JSON.stringify(rsa.publicKey.export({ format: 'jwk' })) },
  ])('a public key is no secret: $what', async ({ text }) => {
    const token = handMade({ alg: 'HS256' }, claims, (input) =>
      createHmac('sha256', text).update(input).digest(),
    );
    expect(await kindOf(token, publicKeys(pemOf(rsa.publicKey)))).toBe('broken');
    expect(await kindOf(token, [webKey({ ...rsa.publicKey.export({ format: 'jwk' }), kid: 'r' })])).toBe(
      'broken',
    );
  });

  test.each(['none', 'None', 'NONE', 'nOnE', '', 'HS1', 'RS1', 'ES256K', 'dir', null, 1, ['HS256']])(
    'alg %j',
    async (alg) => {
      const bare = handMade({ alg }, claims, () => Buffer.alloc(0));
      const signed = handMade({ alg }, claims, (input) =>
        createHmac('sha256', secret).update(input).digest(),
      );
      for (const token of [bare, signed])
        for (const keys of [shared, publicKeys(pemOf(rsa.publicKey))])
          expect(await kindOf(token, keys)).toBe('broken');
    },
  );

  test('a key that a token brings along is not used', async () => {
    const jwk = otherRsa.publicKey.export({ format: 'jwk' });
    const headers = [{ jwk }, { jku: 'http://127.0.0.1:1/keys' }, { x5u: 'http://127.0.0.1:1/cert' }];
    for (const header of headers)
      expect(
        await kindOf(
          await sign('RS256', otherRsa.privateKey, claims, header),
          publicKeys(pemOf(rsa.publicKey)),
        ),
      ).toBe('broken');
  });

  test('what a header says is critical has to be known', async () => {
    const token = handMade({ alg: 'HS256', crit: ['exp'], exp: 1 }, claims, (input) =>
      createHmac('sha256', secret).update(input).digest(),
    );
    expect(await kindOf(token)).toBe('broken');
  });
});

describe('which key', () => {
  const one = webKey({ ...rsa.publicKey.export({ format: 'jwk' }), kid: 'one' });
  const two = webKey({ ...otherRsa.publicKey.export({ format: 'jwk' }), kid: 'two', alg: 'RS256' });
  test.each([
    { kid: 'one', key: rsa, kind: 'good' },
    { kid: 'two', key: rsa, kind: 'broken' },
    { kid: 'three', key: rsa, kind: 'unknown-key' },
    { kid: undefined, key: rsa, kind: 'good' },
    { kid: undefined, key: otherRsa, kind: 'good' },
    { kid: 'x'.repeat(4000), key: rsa, kind: 'unknown-key' },
  ])('kid $kid', async ({ kid, key, kind }) => {
    const token = await sign('RS256', key.privateKey, claims, kid === undefined ? {} : { kid });
    expect(await kindOf(token, [one, two])).toBe(kind);
  });

  test('the algorithm of a key set holds', async () => {
    const token = await sign('PS256', otherRsa.privateKey, claims, { kid: 'two' });
    expect(await kindOf(token, [one, two])).toBe('broken');
  });

  test('several keys of one file hold at once, so that they can be replaced', async () => {
    const keys = publicKeys(`${pemOf(rsa.publicKey)}\n${pemOf(otherRsa.publicKey)}`);
    for (const { privateKey } of [rsa, otherRsa])
      expect(await kindOf(await sign('RS256', privateKey, claims, { kid: 'any' }), keys)).toBe('good');
  });

  test('a token that names no key is not tried with many', async () => {
    const token = await sign('RS256', rsa.privateKey);
    expect(
      await kindOf(
        token,
        Array.from({ length: 5 }, () => one),
      ),
    ).toBe('broken');
  });
});

describe('claims', () => {
  test.each([
    { what: 'expired', payload: { exp: now }, kind: 'expired' },
    {
      what: 'expired within the tolerance',
      payload: { exp: now - 4 },
      asked: { clockToleranceMs: 5000 },
      kind: 'good',
    },
    { what: 'not yet valid', payload: { exp: now + 9, nbf: now + 1 }, kind: 'unfit' },
    { what: 'without end', payload: {}, kind: 'unfit' },
    { what: 'an end that is no number', payload: { exp: '9999999999' }, kind: 'unfit' },
    { what: 'young enough', payload: { iat: now - 60 }, asked: { maxAgeMs: 60_000 }, kind: 'good' },
    {
      what: 'too old',
      payload: { iat: now - 61, exp: now + 60 },
      asked: { maxAgeMs: 60_000 },
      kind: 'expired',
    },
    {
      what: 'of an age that nobody knows',
      payload: { exp: now + 60 },
      asked: { maxAgeMs: 60_000 },
      kind: 'unfit',
    },
    {
      what: 'from another issuer',
      payload: { ...claims, iss: 'b' },
      asked: { issuers: ['a'] },
      kind: 'unfit',
    },
    {
      what: 'from one of the issuers',
      payload: { ...claims, iss: 'b' },
      asked: { issuers: ['a', 'b'] },
      kind: 'good',
    },
    {
      what: 'for another audience',
      payload: { ...claims, aud: ['b', 'c'] },
      asked: { audiences: ['a'] },
      kind: 'unfit',
    },
    {
      what: 'for this audience too',
      payload: { ...claims, aud: ['b', 'a'] },
      asked: { audiences: ['a'] },
      kind: 'good',
    },
    { what: 'for no audience', payload: claims, asked: { audiences: ['a'] }, kind: 'unfit' },
    {
      what: 'without what is required',
      payload: claims,
      asked: { requiredClaims: ['rights'] },
      kind: 'unfit',
    },
  ])('$what: $kind', async ({ payload, asked, kind }) => {
    expect(await kindOf(await signShared(payload), shared, { ...terms, ...asked })).toBe(kind);
  });

  test('it is good until the earlier of both ends, and the tolerance longer', async () => {
    const asked = { ...terms, maxAgeMs: 30_000, clockToleranceMs: 2000 };
    const { untilMs } = await checkToken(await signShared(), shared, asked, nowMs);
    expect(untilMs).toBe(nowMs + 32_000);
  });
});

test('any text is a TokenError, and nothing else', async () => {
  const part = fc.oneof(
    fc.base64String(),
    fc.json().map((json) => Buffer.from(json).toString('base64url')),
    fc.constant(Buffer.from('{"alg":"HS256"}').toString('base64url')),
  );
  const tokens = fc.oneof(
    fc.string(),
    fc.array(part, { maxLength: 6 }).map((parts) => parts.join('.')),
  );
  await fc.assert(
    fc.asyncProperty(tokens, async (token) => {
      expect(await kindOf(token)).not.toBe('good');
    }),
  );
});

test('a token with a byte of it changed is refused', async () => {
  const token = await signShared();
  for (let at = 0; at < token.length; at++) {
    const changed = `${token.slice(0, at)}${token[at] === 'A' ? 'B' : 'A'}${token.slice(at + 1)}`;
    expect([at, await kindOf(changed)]).not.toEqual([at, 'good']);
  }
});

test('depth and length cost nothing', async () => {
  const hmac = (input: string) => createHmac('sha256', secret).update(input).digest();
  const deep = `${'['.repeat(2500)}${']'.repeat(2500)}`;
  const part = (json: string) => Buffer.from(json).toString('base64url');
  const head = part('{"alg":"HS256"}');
  const inPayload = `${head}.${part(`{"exp":9999999999,"deep":${deep}}`)}`;
  expect(await kindOf(`${inPayload}.${hmac(inPayload).toString('base64url')}`)).toBe('good');
  const inHeader = `${part(`{"alg":"HS256","deep":${deep}}`)}.${part('{"exp":9999999999}')}`;
  expect(await kindOf(`${inHeader}.${hmac(inHeader).toString('base64url')}`)).toBe('good');
  expect(await kindOf(`${head}.${'A'.repeat(9000)}.AAAA`)).toBe('broken');
});

test.each([
  { text: 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhIn0.AAAA', is: true },
  { text: 'a password. with. dots', is: false },
  { text: 'eyJ', is: false },
  { text: 'eyJ.a.b.c', is: false },
])('$text looks like a token: $is', ({ text, is }) => {
  expect(isTokenLike(text)).toBe(is);
});

function handMade(header: object, payload: object, mac: (input: string) => Buffer): string {
  const input = [header, payload]
    .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
    .join('.');
  return `${input}.${mac(input).toString('base64url')}`;
}
