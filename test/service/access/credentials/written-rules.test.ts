import { describe, expect, test } from 'vitest';
import { relaySettings } from '../../../../src/config/relay-settings.ts';
import { hashKey } from '../../../../src/credentials/key-hash.ts';
import { CredentialCheck } from '../../../../src/service/access/credentials/credential-check.ts';
import { RuleBook } from '../../../../src/service/access/credentials/rule-book.ts';
import { writtenRules } from '../../../../src/service/access/credentials/written-rules.ts';
import type { Question, RuleVerdict } from '../../../../src/service/access/rule.ts';
import { questionOf, verifierParts } from '../../../support/access-question.ts';
import { failuresOf } from '../../../support/failures.ts';
import { FakeClock } from '../../../support/fake-clock.ts';

const byLists = { refused: 'access', description: 'the lists decide' } as const;

/** Rules as they stand in a config, and what they say. */
function rulesOf(...rules: object[]): (question?: Partial<Question>) => Promise<RuleVerdict> {
  const settings = relaySettings.parse({ access: { rules } }).access.rules;
  const clock = new FakeClock();
  const lists = { name: 'lists', judge: () => byLists };
  const check = new CredentialCheck({ clock, failures: failuresOf(clock) }, 0);
  const rule = writtenRules(new RuleBook(settings, verifierParts({ clock })), lists, check);
  return async (question) => {
    const verdict = rule.judge(questionOf(question), new AbortController().signal);
    for (let turn = 0; turn < 10; turn++) await undefined;
    clock.advance(0);
    return verdict;
  };
}

/** A yes that goes by what was shown. */
const proven = (terms: object = {}): object => ({ says: 'allow', isProof: true, ...terms });

const key = (...values: string[]): object => ({ type: 'key', values });

describe('which rule decides', () => {
  const ask = rulesOf(
    { match: 'live/a', verbs: ['play'], require: [key('first')] },
    { match: 'live/**', verbs: ['play', 'publish'], require: [key('second')] },
    { match: 'free/*', verbs: ['play'] },
  );
  const accepts = async (question: Partial<Question>): Promise<boolean> => 'says' in (await ask(question));

  test('is the first whose pattern and verb match, alone', async () => {
    expect(await accepts({ query: 'key=first' })).toBe(true);
    expect(await accepts({ query: 'key=second' })).toBe(false);
    expect(await accepts({ verb: 'publish', query: 'key=second' })).toBe(true);
    expect(await accepts({ key: 'live/b', query: 'key=second' })).toBe(true);
    expect(await accepts({ key: 'live/b', query: 'key=first' })).toBe(false);
    expect(await accepts({ key: 'free/b' })).toBe(true);
  });

  test('is another one for having a stream recorded, and for playing its recordings', async () => {
    const asked = rulesOf(
      { match: 'live/**', verbs: ['publish', 'record'], require: [key('encoder')] },
      { match: 'recordings/live/**', verbs: ['playback'], require: [key('viewer')] },
    );
    const recording = { verb: 'playback', key: 'recordings/live/a/1' } as const;
    expect(await asked({ verb: 'record', query: 'key=encoder' })).toEqual(proven());
    expect(await asked({ verb: 'record', query: 'key=viewer' })).toMatchObject({ refused: 'credentials' });
    expect(await asked({ ...recording, query: 'key=viewer' })).toEqual(proven());
    expect(await asked({ ...recording, query: 'key=encoder' })).toMatchObject({ refused: 'credentials' });
    expect(await asked({ ...recording, key: 'recordings/tv/a/1', query: 'key=viewer' })).toBe(byLists);
  });

  test('where none matches, the lists decide, about connecting too', async () => {
    expect(await ask({ key: 'tv/a', query: 'key=first' })).toBe(byLists);
    expect(await ask({ key: 'free/b', verb: 'publish' })).toBe(byLists);
    expect(await ask({ key: '', verb: 'connect' })).toBe(byLists);
  });
});

describe('from where', () => {
  test('networks, deny before them, and origins, each in the refusal by its place in the settings', async () => {
    const ask = rulesOf({
      match: '**',
      verbs: ['play'],
      networks: ['192.0.2.0/24'],
      deny: ['192.0.2.66'],
      origins: ['https://tv.example'],
    });
    const said = async (question: Partial<Question>) => Object(await ask(question)).description;
    expect(await said({ address: '198.51.100.1' })).toBe(
      "playing is not allowed from 198.51.100.1: the server's setting access.rules.0.networks does not list it",
    );
    expect(await said({ address: '192.0.2.66' })).toBe(
      "playing is not allowed from 192.0.2.66: the server's setting access.rules.0.deny lists it",
    );
    expect(await said({ origin: 'https://else.example' })).toBe(
      "playing is not allowed from pages of https://else.example: the server's setting access.rules.0.origins does not list it",
    );
    expect(await ask({ origin: 'https://tv.example' })).toEqual(proven());
    expect(await ask()).toEqual(proven());
  });
});

describe('a key', () => {
  const ask = rulesOf({
    match: '**',
    verbs: ['play'],
    require: [key('plain', `ann ${hashKey('hashed')}`), key('other')],
  });

  test.each([
    { how: 'in the query', question: { query: 'x=1&key=plain' }, said: proven() },
    { how: 'as a bearer', question: { credentials: { token: 'plain' } }, said: proven() },
    { how: 'with a name', question: { query: 'key=hashed' }, said: proven({ identity: 'ann' }) },
    { how: 'of the second requirement', question: { query: 'key=other' }, said: proven() },
    {
      how: 'that is wrong',
      question: { query: 'key=plai' },
      said: { refused: 'credentials', description: 'this key is not known here' },
    },
    {
      how: 'twice, though right',
      question: { query: 'key=plain&key=plain' },
      said: { refused: 'credentials', description: 'the parameter key stands in the URL more than once' },
    },
    {
      how: 'not at all',
      question: {},
      said: { refused: 'credentials', description: 'this needs a key (?key=...)' },
    },
  ])('$how', async ({ question, said }) => {
    expect(await ask(question)).toEqual(said);
  });
});

describe('a secret stream key', () => {
  const ask = rulesOf({
    match: 'live/cam*',
    verbs: ['publish'],
    require: [{ type: 'key', streamKeys: { 'live/cam1': ['3f9c', hashKey('new')] } }],
  });
  const publish = (asked: string) => ask({ verb: 'publish', key: asked });

  test('stands for its public name, by which the rule is found', async () => {
    expect(await publish('live/3f9c')).toEqual(proven({ rename: 'live/cam1' }));
    expect(await publish('live/new')).toEqual(proven({ rename: 'live/cam1' }));
  });

  test('is one in its app only, and becomes no name elsewhere, be it for a log; the public name lets nobody in', async () => {
    for (const misplaced of ['tv/3f9c', 'live/room/3f9c', '3f9c', 'tv/new'])
      expect(await publish(misplaced)).toMatchObject({ refused: 'not-found', stream: '***' });
    expect(await publish('tv/3f9')).toBe(byLists);
    expect(await publish('live/cam1')).toEqual({
      refused: 'credentials',
      description: 'this needs a secret stream key',
      stream: '***',
    });
  });
});

test('a rule before it that decides about the public name decides about the secret one, too', async () => {
  const require = [{ type: 'key', streamKeys: { 'live/cam1': ['3f9c'], 'live/cam2': ['7a7a'] } }];
  const ask = rulesOf(
    { match: 'live/cam1', verbs: ['publish'], deny: ['192.0.2.1'] },
    { match: 'live/7*', verbs: ['publish'] },
    { match: 'live/**', verbs: ['publish', 'play'], require },
  );
  expect(await ask({ verb: 'publish', key: 'live/3f9c' })).toMatchObject({ refused: 'not-found' });
  expect(await ask({ verb: 'publish', key: 'live/7a7a' })).toEqual(proven({ rename: 'live/cam2' }));
});

test('others get a query without what any rule takes, whichever decides', () => {
  const rules = [{ match: 'vip/**', verbs: ['play'], require: [key('a')] }];
  const book = new RuleBook(relaySettings.parse({ access: { rules } }).access.rules, verifierParts());
  expect(book.publicQuery('uid=7&key=a')).toBe('uid=7');
});
