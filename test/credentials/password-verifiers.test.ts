import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  digestHa1,
  hashPassword,
  parseVerifiers,
  passwordProblem,
  rtmpHash,
  userProblem,
} from '../../src/credentials/password-verifiers.ts';
import { matchesScrypt, parseScryptHash, scryptHash } from '../../src/credentials/scrypt-hash.ts';

const cheap = '$scrypt$ln=1,r=1,p=1$c2FsdHNhbHQ$AAAAAAAAAAAAAAAAAAAAAA';

test('hashes as RFC 7914 does', async () => {
  const cost = { costExponent: 14, blockSize: 8, parallelism: 1, salt: Buffer.from('SodiumChloride') };
  const { key } = await scryptHash('pleaseletmein', cost, 64);
  expect(Buffer.from(key).toString('hex')).toBe(
    '7023bdcb3afd7348461c06cd81fd38ebfda8fbba904f8e3ea9b543f6545da1f2d5432955613f0fcf62d49705242a9af9e61e85dc0d651e40dfcf017b45575887',
  );
});

test('takes hashes that other programs write', async () => {
  // from the documentation of passlib.hash.scrypt
  const text = '$scrypt$ln=16,r=8,p=1$aM15713r3Xsvxbi31lqr1Q$nFNh2CVHVjNldFVKDHDlm4CbdRSCdEBsjjJxD+iCs5E';
  const hash = parseScryptHash(text);
  if (hash === undefined) throw new Error('it is not read');
  expect(await matchesScrypt('password', hash)).toBe(true);
  expect(await matchesScrypt('Password', hash)).toBe(false);
});

test.each([
  ['too much memory', '$scrypt$ln=18,r=8,p=1$c2FsdHNhbHQ$AAAAAAAAAAAAAAAAAAAAAA'],
  ['too much work', '$scrypt$ln=15,r=8,p=17$c2FsdHNhbHQ$AAAAAAAAAAAAAAAAAAAAAA'],
  ['no cost', '$scrypt$ln=0,r=8,p=1$c2FsdHNhbHQ$AAAAAAAAAAAAAAAAAAAAAA'],
  ['a short key', '$scrypt$ln=15,r=8,p=1$c2FsdHNhbHQ$AAAA'],
  ['another algorithm', '$2b$12$GhvMmNVjRW29ulnudl.LbuAnUtN/LRfe1JsBm1Xu6LE3059z5Tr8m'],
])('reads no hash with %s', (_, text) => {
  expect(parseScryptHash(text)).toBeUndefined();
});

test('writes only what is asked for, and reads it', async () => {
  const plain = await hashPassword('alice', 'secret');
  expect(plain).toMatch(/^alice:\$scrypt\$ln=15,r=8,p=1\$[\w+/]{22}\$[\w+/]{43}$/);
  const line = await hashPassword('alice', 'secret', ['rtmp', 'digest'], 'my realm');
  const verifiers = parseVerifiers(line);
  if (typeof verifiers === 'string') throw new Error(verifiers);
  expect(await matchesScrypt('secret', verifiers.scrypt)).toBe(true);
  expect(verifiers.rtmp?.hash).toBe(rtmpHash('alice', verifiers.rtmp?.salt ?? '', 'secret'));
  const ha1 = createHash('sha256').update('alice:my realm:secret').digest('hex');
  expect(verifiers.digest['SHA-256']).toEqual({ realm: 'my realm', ha1 });
  expect(verifiers.digest.MD5).toEqual({
    realm: 'my realm',
    ha1: digestHa1('MD5', 'alice', 'my realm', 'secret'),
  });
});

test('the same password typed in another form of Unicode is the same', async () => {
  const verifiers = parseVerifiers(await hashPassword('zoë', 'caf\u00e9'));
  if (typeof verifiers === 'string') throw new Error(verifiers);
  expect(await matchesScrypt('cafe\u0301', verifiers.scrypt)).toBe(true);
});

test.each([
  ['alice', 'expected USER:VERIFIER'],
  ['', 'expected USER:VERIFIER'],
  [':$scrypt$', 'expected a user of 1 to 128 bytes'],
  [`${'a'.repeat(129)}:${cheap}`, 'expected a user of 1 to 128 bytes'],
  [`a\u0000b:${cheap}`, 'expected a user without control characters'],
  [`a&b:${cheap}`, 'expected a user without ":" and "&"'],
  ['alice:secret', 'expected verifiers as streampump hash-password prints them'],
  ['alice:$rtmp$abc$AAAAAAAAAAAAAAAAAAAAAA==', 'expected a verifier that begins with $scrypt$'],
  [`alice:${cheap} $digest-md5$realm$abc`, 'expected verifiers'],
  [`alice:${cheap} $digest-md5$%zz$${'0'.repeat(32)}`, 'expected verifiers'],
  [`alice:${cheap} $rtmp$a&b$AAAAAAAAAAAAAAAAAAAAAA==`, 'expected verifiers'],
  [`alice:${cheap}${' '.repeat(4096)}`, 'expected at most 4096 characters'],
])('says what is wrong with %j', (line, problem) => {
  expect(parseVerifiers(line)).toContain(problem);
});

test('whatever stands in a line, it is read or a problem is told that does not repeat it', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.string().map((text) => `bob:${cheap} $${text}`),
      ),
      (line) => {
        const result = parseVerifiers(line);
        if (typeof result === 'string') expect(result).toMatch(/^expected /);
        else expect(userProblem(result.user)).toBeUndefined();
      },
    ),
  );
});

test.each([
  ['', 'expected a password of 1 to 1024 bytes'],
  ['é'.repeat(513), 'expected a password of 1 to 1024 bytes'],
  ['a\nb', 'expected a password without control characters'],
  ['\ud800', 'expected a password without control characters'],
])('says what is wrong with the password %j', (password, problem) => {
  expect(passwordProblem(password)).toBe(problem);
});
