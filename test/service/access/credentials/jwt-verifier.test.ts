import { createHmac, generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { JwtRequirement } from '../../../../src/config/access/jwt-requirement.ts';
import { relaySettings } from '../../../../src/config/relay-settings.ts';
import { CredentialFileError } from '../../../../src/credentials/credential-file.ts';
import { QueryParameters } from '../../../../src/credentials/query-parameters.ts';
import { jwtVerifier } from '../../../../src/service/access/credentials/jwt-verifier.ts';
import type { Proof, Verifier } from '../../../../src/service/access/credentials/verifier.ts';
import type { Question } from '../../../../src/service/access/rule.ts';
import { questionOf, verifierParts } from '../../../support/access-question.ts';
import { FakeClock } from '../../../support/fake-clock.ts';

const secret = 'shared-by-the-site-and-the-relay';
const now = 1_800_000_000;
const claims = { sub: 'ann', exp: now + 60 };

function requirement(settings: object): JwtRequirement {
  const rules = [{ verbs: ['play'], require: [{ type: 'jwt', ...settings }] }];
  return relaySettings.parse({ access: { rules } }).access.rules[0]?.require[0] as JwtRequirement;
}

function tokenOf(payload: object = claims, key = secret): string {
  const input = [{ alg: 'HS256' }, payload]
    .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
    .join('.');
  return `${input}.${createHmac('sha256', key).update(input).digest('base64url')}`;
}

/** A verifier whose clock is at 5 seconds, when it is `now`. */
function verifierOf(settings: object = { secret }, wallMs = (): number => now * 1000): Verifier {
  return jwtVerifier(requirement(settings), verifierParts({ clock: new FakeClock(5000), wallMs }));
}

async function ask(verifier: Verifier, query: string, question: Partial<Question> = {}): Promise<Proof> {
  return verifier.verify(questionOf(question), new QueryParameters(query), new AbortController().signal);
}

const proven = { is: 'proven', identity: 'ann', limits: {}, until: 5000 + 65_000 };

test.each([
  { where: '?jwt=', query: `jwt=${tokenOf()}` },
  { where: '?pass=', query: `user=x&pass=${tokenOf()}` },
  { where: 'Authorization: Bearer', credentials: { token: tokenOf() } },
])('a token in $where lets in', async ({ query = '', credentials = {} }) => {
  expect(await ask(verifierOf(), query, { credentials })).toEqual(proven);
});

test.each(['', 'pass=a-password', 'key=a'])('%s shows no token', async (query) => {
  expect(await ask(verifierOf(), query)).toEqual({ is: 'absent' });
});

test('claims say who it is, what may be done with which streams, and how much of it', async () => {
  const rights = { verbs: ['play'], streams: ['vip/*', 'live/a'], limits: { sessions: 2 } };
  const query = `jwt=${tokenOf({ ...claims, streampump: rights })}`;
  const verifier = verifierOf();
  for (const key of ['live/a', 'vip/x'])
    expect(await ask(verifier, query, { key })).toEqual({ ...proven, limits: { sessions: 2 } });
  const unfit = { is: 'wrong', isFailure: false, refused: 'credentials' };
  expect(await ask(verifier, query, { key: 'live/b' })).toEqual({
    ...unfit,
    description: 'the token is not for this stream',
  });
  expect(await ask(verifier, query, { verb: 'publish' })).toEqual({
    ...unfit,
    description: 'the token does not allow to publish',
  });
});

test('a token makes an operator only of whom it names one, whatever its streams', async () => {
  const operating = { verb: 'operate', key: '' } as const;
  const verifier = verifierOf();
  const query = (streampump: object) => `jwt=${tokenOf({ ...claims, streampump })}`;
  expect(await ask(verifier, query({ streams: ['vip/*'], verbs: ['operate'] }), operating)).toEqual(proven);
  expect(await ask(verifier, query({}), operating)).toMatchObject({ is: 'wrong', refused: 'credentials' });
});

test('claims go by other names where the settings say so', async () => {
  const names = { identity: 'email', verbs: 'scope', streams: ['https://example.com/rights', 'streams'] };
  const verifier = verifierOf({ secret, claims: names });
  const token = tokenOf({
    ...claims,
    email: 'ann@example.com',
    scope: 'play',
    'https://example.com/rights': { streams: 'live/*' },
  });
  expect(await ask(verifier, `jwt=${token}`)).toEqual({ ...proven, identity: 'ann@example.com' });
  expect(await ask(verifier, `jwt=${token}`, { key: 'vip/a' })).toMatchObject({ is: 'wrong' });
});

describe('what is refused', () => {
  const unfit = { isFailure: false, refused: 'credentials' };
  test.each([
    {
      what: 'another key',
      token: tokenOf(claims, 'a-guess'),
      says: /^the token is wrong/,
      kind: { isFailure: true },
    },
    { what: 'no token', token: 'a.b.c', says: /not a signed JSON Web Token/, kind: { isFailure: true } },
    {
      what: 'one that has expired',
      token: tokenOf({ exp: now - 6 }),
      says: /expired/,
      kind: { isFailure: false },
    },
    { what: 'one without end', token: tokenOf({ sub: 'ann' }), says: /lacks the claim exp/, kind: unfit },
    {
      what: 'a pattern that is none',
      token: tokenOf({ ...claims, streampump: { streams: ['a//b'] } }),
      says: /by a pattern that makes no sense/,
      kind: unfit,
    },
  ])('$what', async ({ token, says, kind }) => {
    expect(await ask(verifierOf(), `jwt=${token}`)).toEqual({
      is: 'wrong',
      description: expect.stringMatching(says),
      ...kind,
    });
  });
});

test('a token that was checked before is known at once, until its end', async () => {
  let wallMs = now * 1000;
  const verifier = verifierOf({ secret }, () => wallMs);
  const shown = new QueryParameters(`jwt=${tokenOf()}`);
  const verify = () => verifier.verify(questionOf(), shown, new AbortController().signal);
  expect(verify()).toBeInstanceOf(Promise);
  expect(await ask(verifier, `jwt=${tokenOf()}`)).toEqual(proven);
  expect(verify()).toEqual(proven);
  wallMs += 64_999;
  expect(verify()).toEqual({ ...proven, until: 5001 });
  wallMs++;
  expect(await verify()).toEqual({ is: 'wrong', description: 'the token has expired', isFailure: false });
});

test('keys come from files, and a file that is of no use is named', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'streampump-jwt-'));
  try {
    const file = join(folder, 'key');
    writeFileSync(file, `${secret}\n`);
    expect(await ask(verifierOf({ secretFile: file }), `jwt=${tokenOf()}`)).toEqual(proven);
    expect(() => verifierOf({ publicKeyFile: file })).toThrow(
      new CredentialFileError(`${file} cannot be used: it holds no public key in PEM form`),
    );
    expect(() => verifierOf({ jwksFile: file })).toThrow(
      new CredentialFileError(`${file} cannot be used: it is no JSON`),
    );
    const { publicKey } = generateKeyPairSync('ed25519');
    writeFileSync(file, publicKey.export({ type: 'spki', format: 'pem' }));
    expect(await ask(verifierOf({ publicKeyFile: file }), `jwt=${tokenOf()}`)).toMatchObject({
      isFailure: true,
    });
    writeFileSync(file, '');
    expect(() => verifierOf({ secretFile: file })).toThrow(CredentialFileError);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('without keys nobody is let in, and nobody is taken for a guesser', async () => {
  const proof = await ask(verifierOf({ jwksUrl: 'http://127.0.0.1:9/keys' }), `jwt=${tokenOf()}`);
  expect(proof).toEqual({
    ...{ is: 'wrong', isFailure: false, refused: 'credentials' },
    description: 'the server has no keys now that tokens could be checked with',
  });
});

describe('settings', () => {
  const faultOf = (settings: object): string | undefined => {
    const rules = [{ verbs: ['play'], require: [{ type: 'jwt', ...settings }] }];
    return relaySettings.safeParse({ access: { rules } }).error?.issues[0]?.message;
  };
  test.each([
    { settings: { secret }, fault: undefined },
    { settings: { jwksUrl: 'https://id.example/keys' }, fault: undefined },
    { settings: { jwksUrl: 'http://[::1]:8000/keys' }, fault: undefined },
    { settings: {}, fault: 'needs one of secret, secretFile, publicKeyFile, jwksFile and jwksUrl' },
    {
      settings: { secret, jwksFile: 'a' },
      fault:
        'takes one of secret, secretFile, publicKeyFile, jwksFile and jwksUrl, and has secret and jwksFile',
    },
    {
      settings: { jwksUrl: 'http://id.example/keys' },
      fault: 'expected an https:// URL, or an http:// URL on 127.0.0.1, ::1 or localhost',
    },
    {
      settings: { jwksUrl: 'ws://127.0.0.1/keys' },
      fault: 'expected an https:// URL, or an http:// URL on 127.0.0.1, ::1 or localhost',
    },
  ])('$settings', ({ settings, fault }) => {
    expect(faultOf(settings)).toBe(fault);
  });
});
