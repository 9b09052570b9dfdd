import { generateKeyPairSync } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readKeySet } from '../../../src/credentials/jwt/key-set.ts';
import { KeyError, publicKeys } from '../../../src/credentials/jwt/verifying-key.ts';

const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey.export({ format: 'jwk' });
const ed25519 = generateKeyPairSync('ed25519').publicKey.export({ format: 'jwk' });
const rsaJwk = rsa.publicKey.export({ format: 'jwk' });

const setOf = (...keys: readonly unknown[]) => JSON.stringify({ keys });

test('reads the keys that it can use, with name and algorithms', () => {
  const set = setOf(
    { ...rsaJwk, kid: 'a', alg: 'RS256', use: 'sig' },
    { ...ec, kid: 'b', key_ops: ['verify'] },
    ed25519,
    { ...rsaJwk, kid: 'c', use: 'enc' },
    { kty: 'oct', k: 'c2VjcmV0', kid: 'd' },
    { kty: 'from the future' },
    null,
  );
  expect(readKeySet(set).map(({ kid, algorithms }) => ({ kid, algorithms }))).toEqual([
    { kid: 'a', algorithms: ['RS256'] },
    { kid: 'b', algorithms: ['ES256'] },
    { kid: undefined, algorithms: ['EdDSA', 'Ed25519'] },
  ]);
});

test('of a private key only the public part is kept', () => {
  const [key] = readKeySet(setOf(rsa.privateKey.export({ format: 'jwk' })));
  expect(key?.key.type).toBe('public');
});

describe('of no use', () => {
  const small = generateKeyPairSync('rsa', { modulusLength: 1024 }).publicKey.export({ format: 'jwk' });
  const huge = { kty: 'RSA', e: 'AQAB', n: Buffer.alloc(2048, 0xff).toString('base64url') };
  test.each([
    { what: 'no JSON', set: 'keys', problem: 'it is no JSON' },
    { what: 'no set', set: '[]', problem: 'it is no JSON Web Key Set: it has no list of keys' },
    {
      what: 'a single key',
      set: JSON.stringify(ec),
      problem: 'it is no JSON Web Key Set: it has no list of keys',
    },
    { what: 'an empty set', set: setOf(), problem: 'it holds no key that can be used' },
    {
      what: 'a secret',
      set: setOf({ kty: 'oct', k: 'c2VjcmV0' }),
      problem:
        'it holds no key that can be used: of the first, it is a secret, which does not belong in a key set',
    },
    {
      what: 'a small key',
      set: setOf(small),
      problem: 'it holds no key that can be used: of the first, it has 1024 bits, not 2048 to 8192',
    },
    {
      what: 'a huge key',
      set: setOf(huge),
      problem: 'it holds no key that can be used: of the first, it has 16384 bits, not 2048 to 8192',
    },
    {
      what: 'an algorithm that does not fit',
      set: setOf({ ...ec, alg: 'HS256' }),
      problem:
        'it holds no key that can be used: of the first, its algorithm is not one that this server knows',
    },
    { what: 'many keys', set: setOf(...Array(101).fill(ec)), problem: 'it holds 101 keys, limit 100' },
    {
      what: 'many bytes',
      set: `${setOf(ec)}${' '.repeat(600_000)}`,
      problem: `it has ${setOf(ec).length + 600_000} characters, limit 524288`,
    },
  ])('$what', ({ set, problem }) => {
    expect(() => readKeySet(set)).toThrow(new KeyError(problem));
  });

  test('any members of a key give a key or a KeyError', () => {
    const member = fc.oneof(
      fc.string(),
      fc.base64String(),
      fc.integer(),
      fc.constant(null),
      fc.array(fc.string()),
    );
    const jwk = fc.record(
      {
        kty: fc.constantFrom('RSA', 'EC', 'OKP', 'oct', '', null),
        crv: fc.constantFrom('P-256', 'Ed25519', 'X25519', 'secp256k1', ''),
        ...{
          n: member,
          e: member,
          x: member,
          y: member,
          kid: member,
          alg: member,
          use: member,
          key_ops: member,
        },
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(fc.array(jwk, { maxLength: 3 }), (keys) => {
        try {
          expect(readKeySet(setOf(...keys)).length).toBeGreaterThan(0);
        } catch (error) {
          expect(error).toBeInstanceOf(KeyError);
        }
      }),
    );
  });
});

describe('PEM', () => {
  const pkcs1 = rsa.publicKey.export({ type: 'pkcs1', format: 'pem' }).toString();
  test('a key in either form', () => {
    expect(publicKeys(pkcs1)[0]?.algorithms).toContain('RS256');
  });
  test.each([
    {
      what: 'a private key',
      pem: rsa.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
      problem: 'it holds a private key, which a server that only checks tokens should not have',
    },
    { what: 'no key', pem: 'hello', problem: 'it holds no public key in PEM form' },
    {
      what: 'a broken key',
      pem: pkcs1.replace(/\n.{20}/, '\n'),
      problem: 'it is no key that can be read',
    },
    {
      what: 'a key for something else',
      pem: generateKeyPairSync('x25519').publicKey.export({ type: 'spki', format: 'pem' }).toString(),
      problem: 'it is not of type RSA, EC or Ed25519',
    },
    {
      what: 'a curve that no algorithm is for',
      pem: generateKeyPairSync('ec', { namedCurve: 'secp256k1' })
        .publicKey.export({ type: 'spki', format: 'pem' })
        .toString(),
      problem: 'its curve is not P-256, P-384 or P-521',
    },
  ])('$what', ({ pem, problem }) => {
    expect(() => publicKeys(pem)).toThrow(new KeyError(problem));
  });
});
