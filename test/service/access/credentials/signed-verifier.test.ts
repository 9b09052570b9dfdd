import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { CredentialFileError } from '../../../../src/credentials/credential-file.ts';
import { QueryParameters } from '../../../../src/credentials/query-parameters.ts';
import { type SignedPermit, signPermit } from '../../../../src/credentials/signed-url.ts';
import { signedVerifier } from '../../../../src/service/access/credentials/signed-verifier.ts';
import type { Proof } from '../../../../src/service/access/credentials/verifier.ts';
import type { Question } from '../../../../src/service/access/rule.ts';
import { questionOf, verifierParts } from '../../../support/access-question.ts';
import { FakeClock } from '../../../support/fake-clock.ts';

const joinUntil = 1_800_000_000;
const playUntil = joinUntil + 3600;
const secrets = { k1: 'one-secret', k2: 'another-secret' };
const permit: SignedPermit = { verb: 'play', stream: 'live/a', joinUntil };

interface Asked extends Partial<Question> {
  readonly permit?: Partial<SignedPermit>;
  readonly secretId?: string;
  readonly secret?: string;
  /** Milliseconds since 1970. */
  readonly atMs?: number;
}

/** What comes of showing a signature a minute before it expires, 5 seconds after the relay began. */
function ask({
  permit: bound,
  secretId = 'k1',
  secret = 'one-secret',
  atMs,
  ...question
}: Asked = {}): Proof {
  const signature = signPermit({ ...permit, ...bound }, secretId, secret);
  const parts = verifierParts({
    clock: new FakeClock(5000),
    wallMs: () => atMs ?? (joinUntil - 60) * 1000,
  });
  const verifier = signedVerifier({ type: 'signed', secrets, secretsFile: null }, parts);
  const shown = new QueryParameters(`signature=${signature}`);
  return verifier.verify(questionOf(question), shown, new AbortController().signal) as Proof;
}

test('a signature of either secret lets in', () => {
  expect(ask()).toEqual({ is: 'proven' });
  expect(ask({ secretId: 'k2', secret: 'another-secret' })).toEqual({ is: 'proven' });
});

test('who shows none has shown nothing', () => {
  const verifier = signedVerifier({ type: 'signed', secrets, secretsFile: null }, verifierParts());
  const shown = new QueryParameters('key=signature');
  expect(verifier.verify(questionOf(), shown, new AbortController().signal)).toEqual({ is: 'absent' });
});

test('gives an identity, and an end by the clock of the relay', () => {
  expect(ask({ permit: { playUntil, identity: 'ann' } })).toEqual({
    ...{ is: 'proven', identity: 'ann', until: 5000 + 3_660_000 },
  });
});

describe('what is bound has to be so', () => {
  test.each([
    { bound: { address: '192.0.2.1' } },
    { bound: { address: '192.0.2.0/24' } },
    { bound: { address: '2001:db8::/64' }, question: { address: '2001:db8::5' } },
    { bound: { relay: 'ottawa' } },
    { bound: { verb: 'publish' }, question: { verb: 'publish' } },
    { bound: { verb: 'relay' } },
  ] as const)('$bound', (asked) => {
    expect(ask({ permit: asked.bound, ...('question' in asked ? asked.question : {}) })).toEqual({
      is: 'proven',
    });
  });

  test.each([
    { bound: { verb: 'publish' }, says: 'the signed URL is to publish, not to play' },
    { bound: { stream: 'live/b' }, says: 'the signed URL is for another stream' },
    { bound: { address: '192.0.2.2' }, says: 'the signed URL is for another address than 192.0.2.1' },
    { bound: { address: '2001:db8::/64' }, says: 'the signed URL is for another address than 192.0.2.1' },
    { bound: { address: 'nonsense' }, says: 'the signed URL is for another address than 192.0.2.1' },
    { bound: { relay: 'toronto' }, says: 'the signed URL is for another server' },
  ] as const)('$bound: $says', ({ bound, says }) => {
    const wrong = { is: 'wrong', description: says, isFailure: false, refused: 'credentials' };
    expect(ask({ permit: bound })).toEqual(wrong);
  });
});

describe('time', () => {
  const expired = (at: string) => ({
    ...{ is: 'wrong', description: `the signed URL has expired at ${at}`, isFailure: false },
  });
  const late = { atMs: joinUntil * 1000 };

  test('it is good for the last millisecond, and not for the next', () => {
    expect(ask({ atMs: joinUntil * 1000 - 1 })).toEqual({ is: 'proven' });
    expect(ask(late)).toEqual(expired('2027-01-15T08:00:00Z'));
  });

  test('who has begun in time goes on until the other time', () => {
    expect(ask({ ...late, intent: 'again' })).toEqual({ is: 'proven' });
    const bound = { permit: { playUntil }, intent: 'again' } as const;
    expect(ask({ ...bound, atMs: playUntil * 1000 - 1 })).toMatchObject({ is: 'proven', until: 5001 });
    expect(ask({ ...bound, atMs: playUntil * 1000 })).toEqual(expired('2027-01-15T09:00:00Z'));
  });

  test('what is over cannot be begun', () => {
    const over = joinUntil - 3600;
    expect(ask({ permit: { playUntil: over } })).toEqual(expired('2027-01-15T07:00:00Z'));
  });
});

test('what was made with another secret says nothing of what it is for', () => {
  const guess = { is: 'wrong', isFailure: true };
  const wrong = ask({ secret: 'a-guess' });
  expect(wrong).toMatchObject(guess);
  expect(ask({ secret: 'a-guess', key: 'live/b', verb: 'publish', address: '192.0.2.9' })).toEqual(wrong);
  expect(ask({ secretId: 'k3' })).toEqual(wrong);
});

test('secrets of a file hold besides those of the config', () => {
  const folder = mkdtempSync(join(tmpdir(), 'streampump-signed-'));
  try {
    const secretsFile = join(folder, 'secrets');
    const open = () => signedVerifier({ type: 'signed', secrets, secretsFile }, verifierParts());
    expect(open).toThrow(CredentialFileError);
    writeFileSync(secretsFile, 'k1\n');
    expect(open).toThrow(
      new CredentialFileError(`${secretsFile}: line 1: expected an id, a space and a secret`),
    );
    writeFileSync(secretsFile, '# for tests\nk7 of-the-file\n');
    const verifier = open();
    const until = Math.floor(Date.now() / 1000) + 60;
    for (const [id, secret] of [...Object.entries(secrets), ['k7', 'of-the-file'] as const]) {
      const shown = new QueryParameters(
        `signature=${signPermit({ ...permit, joinUntil: until }, id, secret)}`,
      );
      const proof = verifier.verify(questionOf(), shown, new AbortController().signal);
      expect(proof).toEqual({ is: 'proven' });
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('a recording has a signature of its own, and that for another one does not open it', () => {
  const key = 'recordings/live/a/20270115T080000Z-AAAAAAAAAAAAAAAAAAAAAA';
  const recorded = { verb: 'playback', stream: key } as const;
  expect(ask({ permit: recorded, verb: 'playback', key })).toEqual({ is: 'proven' });
  const refused = { is: 'wrong', isFailure: false, refused: 'credentials' };
  expect(ask({ permit: recorded, verb: 'playback', key: `${key}B` })).toMatchObject(refused);
  expect(ask({ permit: recorded, verb: 'play', key })).toMatchObject(refused);
  expect(ask({ permit: { stream: key }, verb: 'playback', key })).toMatchObject(refused);
});

test('who may have a stream recorded may publish it; who may publish need not', () => {
  expect(ask({ permit: { verb: 'record' }, verb: 'publish' })).toEqual({ is: 'proven' });
  expect(ask({ permit: { verb: 'record' }, verb: 'record' })).toEqual({ is: 'proven' });
  expect(ask({ permit: { verb: 'publish' }, verb: 'record' })).toMatchObject({ refused: 'credentials' });
});
