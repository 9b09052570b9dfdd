import { createHash } from 'node:crypto';
import { beforeAll, describe, expect, test } from 'vitest';
import { relaySettings } from '../../../../src/config/relay-settings.ts';
import { digestHa1, hashPassword, rtmpHash } from '../../../../src/credentials/password-verifiers.ts';
import type { Authmod } from '../../../../src/protocol/rtmp/dialogue/authmod.ts';
import { connectRule } from '../../../../src/service/access/credentials/connect-rule.ts';
import { CredentialCheck } from '../../../../src/service/access/credentials/credential-check.ts';
import { RuleBook } from '../../../../src/service/access/credentials/rule-book.ts';
import { writtenRules } from '../../../../src/service/access/credentials/written-rules.ts';
import type { Question, RuleVerdict } from '../../../../src/service/access/rule.ts';
import { type Credentials, isChallenge, isRefusal } from '../../../../src/session/access.ts';
import { systemClock } from '../../../../src/stream/clock.ts';
import { questionOf, verifierParts } from '../../../support/access-question.ts';
import { failuresOf } from '../../../support/failures.ts';
import type { FakeClock } from '../../../support/fake-clock.ts';

let alice: string;
let bob: string;
beforeAll(async () => {
  alice = await hashPassword('alice', 's3cret', ['rtmp', 'digest'], 'streampump');
  bob = await hashPassword('bob', 'other');
});

type Ask = (question: Partial<Question>) => Promise<RuleVerdict>;

interface Scene {
  readonly clock: FakeClock;
  /** Asks for a stream. */
  readonly ask: Ask;
  readonly connect: Ask;
}

/** A relay with these rules, or with passwords for all that is done. */
function scene(rules?: object[], parts = verifierParts()): Scene {
  const usual = { match: '**', verbs: ['publish', 'play'], require: [passwords()] };
  const settings = relaySettings.parse({ access: { rules: rules ?? [usual] } }).access.rules;
  const book = new RuleBook(settings, parts);
  const check = new CredentialCheck({ clock: systemClock, failures: failuresOf(parts.clock) }, 0);
  const rule = writtenRules(book, { name: 'lists', judge: () => ({ says: 'allow' }) }, check);
  const { signal } = new AbortController();
  return {
    clock: parts.clock as FakeClock,
    ask: async (question) => rule.judge(questionOf(question), signal),
    connect: async (question) =>
      connectRule(book, check).judge(
        questionOf({ verb: 'connect', key: '', application, ...question }),
        signal,
      ),
  };
}

const application = { name: 'live', seeks: 'publish' } as const;

function passwords(more: object = {}): object {
  return { type: 'password', users: [alice, bob], ...more };
}

const wrong = { refused: 'credentials', description: 'the user or the password is wrong' };

describe('a password that is sent', () => {
  test.each([
    ['in the query', { query: 'user=alice&pass=s3cret' }],
    ['encoded', { query: 'user=alice&pass=%733cret' }],
    ['by HTTP Basic', { credentials: { user: 'alice', password: 's3cret' } }],
  ])('%s gives the user as identity', async (_, question) => {
    expect(await scene().ask(question)).toMatchObject({ says: 'allow', identity: 'alice' });
  });

  test.each([
    ['a wrong one', 'user=alice&pass=S3cret'],
    ["another user's", 'user=bob&pass=s3cret'],
    ['an unknown user', 'user=eve&pass=s3cret'],
    ['a user in other letters', 'user=Alice&pass=s3cret'],
    ['an empty one', 'user=alice&pass='],
    ['what is stored of it', () => `user=alice&pass=${encodeURIComponent(alice.slice(6))}`],
    ['a huge user', `user=${'a'.repeat(5000)}&pass=s3cret`],
    ['a huge password', `user=alice&pass=${'a'.repeat(5000)}`],
    ['a NUL behind it', 'user=alice%00&pass=s3cret'],
    ['a NUL behind the password', 'user=alice&pass=s3cret%00'],
    ['broken UTF-8', 'user=%ff%fe&pass=%c3'],
  ])('%s is refused', async (_, query) => {
    expect(await scene().ask({ query: typeof query === 'string' ? query : query() })).toEqual(wrong);
  });

  test.each(['user=alice&user=bob&pass=s3cret', 'user=alice&pass=s3cret&pass=x'])(
    'a parameter twice is refused: %s',
    async (query) => {
      expect(await scene().ask({ query })).toMatchObject({ refused: 'credentials' });
    },
  );

  test.each(['user=alice', 'pass=s3cret', ''])('half of it is nothing: %j', async (query) => {
    const description = 'this needs a user and a password (?user=...&pass=...)';
    expect(await scene().ask({ query })).toEqual({ refused: 'credentials', description });
  });
});

describe('over HTTP', () => {
  const http = { protocol: 'http-flv' };

  async function challengesOf(ask: Ask, question: Partial<Question> = {}): Promise<readonly string[]> {
    const verdict = await ask({ ...http, ...question });
    if (!('challenges' in verdict) || verdict.challenges === undefined)
      throw new Error('nothing is asked for');
    return verdict.challenges;
  }

  function digestFor(challenge: string, changes: Record<string, string> = {}): Credentials {
    const [algorithm, hash] = challenge.includes('SHA-256')
      ? (['SHA-256', 'sha256'] as const)
      : (['MD5', 'md5'] as const);
    const nonce = /nonce="([^"]+)"/.exec(challenge)?.[1] ?? '';
    const {
      password = 's3cret',
      user = 'alice',
      method = 'GET',
      target = '/live/a.flv',
      nc = '00000001',
    } = changes;
    const h = (text: string): string => createHash(hash).update(text).digest('hex');
    const ha1 = digestHa1(algorithm, user, 'streampump', password);
    const response = h(`${ha1}:${nonce}:${nc}:c:auth:${h(`GET:/live/a.flv`)}`);
    const value = `username="${user}", realm="streampump", nonce="${nonce}", uri="/live/a.flv", algorithm=${algorithm}, qop=auth, nc=${nc}, cnonce="c", response="${response}"`;
    return { digest: { value, method, target } };
  }

  test('Digest is asked for, the better algorithm first, and Basic', async () => {
    const challenges = await challengesOf(scene().ask);
    expect(challenges).toEqual([
      expect.stringMatching(
        /^Digest realm="streampump", qop="auth", algorithm=SHA-256, nonce="[\w-]{32}", charset=UTF-8$/,
      ),
      expect.stringMatching(
        /^Digest realm="streampump", qop="auth", algorithm=MD5, nonce="[\w-]{32}", charset=UTF-8$/,
      ),
      'Basic realm="streampump", charset="UTF-8"',
    ]);
  });

  test('Digest is not asked for where nobody can do it', async () => {
    const rules = [{ match: '**', verbs: ['play'], require: [{ type: 'password', users: [bob] }] }];
    expect(await challengesOf(scene(rules).ask)).toEqual(['Basic realm="streampump", charset="UTF-8"']);
    const realm = [{ match: '**', verbs: ['play'], require: [passwords({ realm: 'another' })] }];
    expect(await challengesOf(scene(realm).ask)).toEqual(['Basic realm="another", charset="UTF-8"']);
  });

  test('a wrong password is asked for again, and counts as refused', async () => {
    const verdict = await scene().ask({ ...http, credentials: { user: 'alice', password: 'guess' } });
    expect(verdict).toMatchObject({ ...wrong, challenges: expect.anything() });
  });

  test.each([0, 1])('Digest %i lets in, once', async (which) => {
    const { ask } = scene();
    const [challenge = ''] = (await challengesOf(ask)).slice(which);
    const credentials = digestFor(challenge);
    const allowed = { says: 'allow', identity: 'alice' };
    expect(await ask({ ...http, credentials })).toMatchObject(allowed);
    expect(await ask({ ...http, credentials, intent: 'again' })).toMatchObject(allowed); // the same request
    const replayed = await ask({ ...http, credentials: digestFor(challenge) });
    expect(isChallenge(replayed) && replayed.challenges[0]).toContain('stale=true');
    expect(await ask({ ...http, credentials: digestFor(challenge, { nc: '00000002' }) })).toMatchObject(
      allowed,
    );
  });

  test('after five minutes a right Digest is asked for again', async () => {
    const { ask, clock } = scene();
    const [challenge = ''] = await challengesOf(ask);
    clock.advance(301_000);
    const late = await ask({ ...http, credentials: digestFor(challenge) });
    expect(isChallenge(late) && late.challenges[0]).toContain('stale=true');
  });

  test('from another address a right Digest is asked for again', async () => {
    const { ask } = scene();
    const [challenge = ''] = await challengesOf(ask);
    const verdict = await ask({ ...http, address: '192.0.2.2', credentials: digestFor(challenge) });
    expect(isChallenge(verdict) && verdict.challenges[0]).toContain('stale=true');
  });

  test.each([
    ['a wrong password', { password: 'guess' }],
    ['an unknown user', { user: 'eve' }],
    ['a user that has none', { user: 'bob', password: 'other' }],
    ['another method', { method: 'PUT' }],
    ['another target', { target: '/live/b.flv' }],
  ])('a Digest with %s is refused', async (_, changes) => {
    const { ask } = scene();
    const [challenge = ''] = await challengesOf(ask);
    expect(await ask({ ...http, credentials: digestFor(challenge, changes) })).toMatchObject(wrong);
  });

  test('what is no Digest is refused', async () => {
    const digest = { value: 'username="alice"', method: 'GET', target: '/live/a.flv' };
    expect(await scene().ask({ ...http, credentials: { digest } })).toMatchObject(wrong);
  });
});

describe('the challenge of RTMP', () => {
  const address = '192.0.2.1';

  /** What a client is asked for in its second connection. */
  async function challenged(connect: Ask, user = 'alice'): Promise<{ salt: string; opaque: string }> {
    const verdict = await connect({ credentials: { authmod: { user, answer: undefined } } });
    if (!isChallenge(verdict) || verdict.authmod === undefined) throw new Error('nothing is asked for');
    return verdict.authmod;
  }

  function answerTo(
    { salt, opaque }: { salt: string; opaque: string },
    password = 's3cret',
    user = 'alice',
  ): Authmod {
    const challenge = '0badcafe';
    const response = createHash('md5')
      .update(rtmpHash(user, salt, password) + opaque + challenge)
      .digest('base64');
    return { user, answer: { challenge, response, opaque } };
  }

  test('a publisher that has shown nothing is asked', async () => {
    const { connect } = scene();
    const description = 'this needs a user and a password (?user=...&pass=...)';
    expect(await connect({})).toEqual({ challenges: [], description });
  });

  test('the right answer counts for the connection', async () => {
    const { connect, ask, clock } = scene();
    const credentials = { authmod: answerTo(await challenged(connect)) };
    expect(await connect({ credentials })).toEqual({ says: 'nothing', identity: 'alice' });
    clock.advance(3_600_000);
    for (const verb of ['publish', 'play'] as const)
      expect(await ask({ verb, credentials })).toMatchObject({ says: 'allow', identity: 'alice' });
  });

  test('every thread knows the challenges of the others, and what was used there', async () => {
    const parts = verifierParts();
    const [one, other] = [scene(undefined, parts), scene(undefined, parts)];
    const challenge = await challenged(one.connect);
    expect(await other.connect({ credentials: { authmod: answerTo(challenge) } })).toMatchObject({
      says: 'nothing',
    });
    const replayed = await one.connect({ credentials: { authmod: answerTo(challenge) } });
    expect(replayed).toEqual({ refused: 'credentials', description: 'this answer was given before' });
  });

  test('after 30 s the right answer is too late', async () => {
    const { connect, clock } = scene();
    const authmod = answerTo(await challenged(connect));
    clock.advance(31_000);
    const description = 'the answer came too late: connect again';
    expect(await connect({ credentials: { authmod } })).toEqual({ refused: 'expired', description });
  });

  test('a right answer to the challenge of another address is no good', async () => {
    const { connect } = scene();
    const authmod = answerTo(await challenged(connect));
    const verdict = await connect({ credentials: { authmod }, address: '192.0.2.2' });
    expect(verdict).toMatchObject({ refused: 'expired' });
  });

  test.each<[string, (challenge: { salt: string; opaque: string }) => Authmod]>([
    ['a wrong password', (challenge) => answerTo(challenge, 'guess')],
    [
      'an altered challenge',
      (challenge) => {
        const authmod = answerTo(challenge);
        return {
          ...authmod,
          answer: { challenge: '', response: '', ...authmod.answer, opaque: `A${challenge.opaque.slice(1)}` },
        };
      },
    ],
    ['nothing', () => ({ user: 'alice', answer: { challenge: '', response: '', opaque: '' } })],
    ['a huge user', (challenge) => ({ ...answerTo(challenge), user: 'a'.repeat(100_000) })],
    ['a NUL in the user', (challenge) => ({ ...answerTo(challenge), user: 'alice\u0000' })],
  ])('an answer with %s is refused', async (_, answer) => {
    const { connect } = scene();
    const verdict = await connect({ credentials: { authmod: answer(await challenged(connect)) } });
    expect(verdict).toEqual(wrong);
  });

  test('a challenge that the client made itself is no good, though the answer fits', async () => {
    const { connect } = scene();
    const { salt } = await challenged(connect);
    const authmod = answerTo({ salt, opaque: 'A'.repeat(32) });
    expect(await connect({ credentials: { authmod } })).toMatchObject({ refused: 'expired' });
  });

  test('nobody learns which users there are', async () => {
    const [one, afterRestart] = [scene(), scene()];
    const { salt, opaque } = await challenged(one.connect, 'eve');
    expect((await challenged(afterRestart.connect, 'eve')).salt).toBe(salt);
    const known = await challenged(one.connect);
    expect([salt.length, opaque.length]).toEqual([known.salt.length, known.opaque.length]);
    expect(salt).not.toBe((await challenged(one.connect, 'bob')).salt);
    const verdict = await one.connect({
      credentials: { authmod: answerTo({ salt, opaque }, 's3cret', 'eve') },
    });
    expect(verdict).toEqual(wrong);
  });

  test('what was answered counts only where the user is known by that password', async () => {
    const vip = await hashPassword('alice', 'vip', ['rtmp']);
    const { connect, ask } = scene([
      { match: 'live/vip', verbs: ['publish'], require: [{ type: 'password', users: [vip] }] },
      { match: '**', verbs: ['publish'], require: [passwords()] },
    ]);
    const verdict = await connect({ credentials: { authmod: { user: 'alice', answer: undefined } } });
    expect(isChallenge(verdict)).toBe(true);
    const credentials = { authmod: answerTo({ ...(await challenged(connect)), salt: saltOf(vip) }, 'vip') };
    expect(await connect({ credentials })).toMatchObject({ says: 'nothing' });
    expect(await ask({ verb: 'publish', key: 'live/vip', credentials })).toMatchObject({ says: 'allow' });
    expect(isRefusal(await ask({ verb: 'publish', key: 'live/a', credentials }))).toBe(true);
  });

  describe('who is asked', () => {
    const asks = async (rules: object[], question: Partial<Question> = {}): Promise<boolean> =>
      isChallenge(await scene(rules).connect({ address, ...question }));
    const rule = (match: string, verb: string, ...require: object[]): object => ({
      match,
      verbs: [verb],
      require,
    });
    const key = { type: 'key', values: ['k'] };

    test.each(['**', 'live/*', 'live/**', '*/*', 'l*/**'])(
      'publishers, where only passwords will do: %s',
      async (match) => {
        expect(await asks([rule(match, 'publish', passwords())])).toBe(true);
      },
    );

    test.each<[string, () => object[], Partial<Question>?]>([
      ['players', () => [rule('**', 'play', passwords())], { application: { name: 'live', seeks: 'play' } }],
      ['those of another application', () => [rule('vip/**', 'publish', passwords())]],
      ['those who may show a key', () => [rule('**', 'publish', key, passwords())]],
      ['where it depends on the stream', () => [rule('live/cam1', 'publish', passwords())]],
      [
        'where another rule lets some in',
        () => [rule('live/free*', 'publish'), rule('**', 'publish', passwords())],
      ],
      [
        'whoever has shown something',
        () => [rule('**', 'publish', passwords())],
        { query: 'user=alice&pass=x' },
      ],
      ['where nobody can answer', () => [rule('**', 'publish', { type: 'password', users: [bob] })]],
      ['where the settings say so', () => [rule('**', 'publish', passwords({ rtmpChallenge: ['play'] }))]],
      [
        'an application that has no streams',
        () => [rule('**', 'publish', passwords())],
        { application: { name: 'api', seeks: 'publish' } },
      ],
    ])('not %s', async (_, rules, question) => {
      expect(await asks(rules(), question)).toBe(false);
    });

    test('but all of them where the settings say so', async () => {
      const seeks = { application: { name: 'live/_definst_', seeks: 'play' } } as const;
      const asking = passwords({ rtmpChallenge: ['play'] });
      expect(await asks([rule('live/cam1', 'play', key, asking)], seeks)).toBe(true);
    });
  });
});

function saltOf(line: string): string {
  return /\$rtmp\$([\w-]+)/.exec(line)?.[1] ?? '';
}
