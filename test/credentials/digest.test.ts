import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { digestChallenges, isDigestOf } from '../../src/credentials/digest.ts';
import { parseDigestCredentials, parseParameters } from '../../src/credentials/digest-header.ts';
import { digestAlgorithms, digestHa1 } from '../../src/credentials/password-verifiers.ts';

/** RFC 7616 section 3.9.1 */
const rfc = (algorithm: string, response: string) =>
  `username="Mufasa", realm="http-auth@example.org", uri="/dir/index.html", algorithm=${algorithm},
   nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", nc=00000001,
   cnonce="f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ", qop=auth, response="${response}",
   opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"`;
const md5 = rfc('MD5', '8ca523f5e9506fed4657c9700eebdbec');
const sha256 = rfc('SHA-256', '753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1');

describe('the examples of RFC 7616', () => {
  test.each([
    ['MD5', md5],
    ['SHA-256', sha256],
  ])('%s', (_, text) => {
    const credentials = parseDigestCredentials(text);
    if (credentials === undefined) throw new Error('it is not read');
    const { user, realm, algorithm } = credentials;
    expect(isDigestOf(credentials, 'GET', digestHa1(algorithm, user, realm, 'Circle of Life'))).toBe(true);
    expect(isDigestOf(credentials, 'PUT', digestHa1(algorithm, user, realm, 'Circle of Life'))).toBe(false);
    expect(isDigestOf(credentials, 'GET', digestHa1(algorithm, user, realm, 'Circle of life'))).toBe(false);
  });

  test('a name in the extended notation', () => {
    const text = md5.replace('username="Mufasa"', "username*=UTF-8''J%C3%A4s%C3%B8n%20Doe");
    expect(parseDigestCredentials(text)?.user).toBe('Jäsøn Doe');
  });
});

test('a name as its bytes', () => {
  const text = md5.replace('Mufasa', Buffer.from('Jäsøn').toString('latin1'));
  expect(parseDigestCredentials(text)?.user).toBe('Jäsøn');
});

test.each([
  ['no algorithm is MD5', md5.replace('algorithm=MD5,', ''), 'MD5'],
  ['quoted values', md5.replace('qop=auth', 'qop="auth"').replace('=MD5', '="md5"'), 'MD5'],
])('%s', (_, text, algorithm) => {
  expect(parseDigestCredentials(text)?.algorithm).toBe(algorithm);
});

test.each([
  ['a parameter twice', md5.replace('uri=', 'uri="/other", uri=')],
  ['no nonce', md5.replace('nonce="7', 'x="7')],
  ['no qop', md5.replace('qop=auth, ', '')],
  ['another algorithm', md5.replace('=MD5', '=SHA-512-256')],
  ['a session algorithm', md5.replace('=MD5', '=MD5-sess')],
  ['a count of nine digits', md5.replace('nc=0', 'nc=00')],
  ['a hashed name', md5.replace('qop=auth', 'qop=auth, userhash=true')],
  ['two names', md5.replace('qop=auth', "qop=auth, username*=UTF-8''Mufasa")],
  ['a name that is no UTF-8', md5.replace('Mufasa', '\u00ff')],
  ['an encoded name that is no UTF-8', md5.replace('username="Mufasa"', "username*=UTF-8''%ff")],
  ['a string that does not end', md5.replace(/"$/, '')],
  ['no comma', md5.replace('qop=auth,', 'qop=auth')],
  ['25 parameters', `${md5}${Array.from({ length: 16 }, (_, i) => `, x${i}=1`).join('')}`],
  ['more than 8,192 characters', `${md5}, x="${'a'.repeat(8192)}"`],
  ['a quadratic search', `username="${'\\'.repeat(8000)}`],
])('does not read credentials with %s', (_, text) => {
  expect(parseDigestCredentials(text)).toBeUndefined();
});

test('asks for the better algorithm first', () => {
  expect(digestChallenges(digestAlgorithms, 'the "realm"', 'n0nce', true)).toEqual([
    'Digest realm="the \\"realm\\"", qop="auth", algorithm=SHA-256, nonce="n0nce", charset=UTF-8, stale=true',
    'Digest realm="the \\"realm\\"", qop="auth", algorithm=MD5, nonce="n0nce", charset=UTF-8, stale=true',
  ]);
});

test('what is quoted is read as it was', () => {
  fc.assert(
    fc.property(fc.string(), (realm) => {
      const [challenge = ''] = digestChallenges(digestAlgorithms, realm, 'n');
      expect(parseParameters(challenge.slice('Digest '.length))?.get('realm')).toBe(realm);
    }),
  );
});

test('any text is read or not, and nothing else', () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 200 }), (text) => {
      expect(() => parseDigestCredentials(text)).not.toThrow();
      expect(() => parseDigestCredentials(md5.replace('Mufasa', text))).not.toThrow();
    }),
  );
});
