import { describe, expect, test } from 'vitest';
import type { PermitSettings } from '../../../../src/config/access/access-settings.ts';
import { relaySettings } from '../../../../src/config/relay-settings.ts';
import type { Permit } from '../../../../src/credentials/permit.ts';
import { CredentialCheck } from '../../../../src/service/access/credentials/credential-check.ts';
import { RuleBook } from '../../../../src/service/access/credentials/rule-book.ts';
import { writtenRules } from '../../../../src/service/access/credentials/written-rules.ts';
import { networkRule } from '../../../../src/service/access/network-rule.ts';
import { PermitCheck } from '../../../../src/service/access/permits/permit-check.ts';
import {
  permitRule,
  unpermitted,
  withoutPermits,
} from '../../../../src/service/access/permits/permit-rule.ts';
import { noOpinion, type Question, type RuleVerdict } from '../../../../src/service/access/rule.ts';
import { questionOf, verifierParts } from '../../../support/access-question.ts';
import { failuresOf } from '../../../support/failures.ts';
import { FakeClock } from '../../../support/fake-clock.ts';
import { permitQuery, permitSettings } from '../../../support/permits.ts';

const joinUntil = 1_800_000_000;
const sessionUntil = joinUntil + 3600;
const open = ['0.0.0.0/0', '::/0'];
const refused = (description: string, why = 'credentials') => ({ refused: why, description });
const allowed = { says: 'allow', isProof: true };
const askTheHouse = refused('this server takes only whom its house sends: ask the house for this stream');

interface Situation {
  readonly settings?: Partial<PermitSettings>;
  readonly access?: object;
  /** Milliseconds since 1970; else a minute before the permit has to be used. */
  readonly atMs?: number;
}

/** A relay that has run for 5 seconds, and lets nobody in by its lists. */
class PermitScene {
  readonly clock = new FakeClock(5000);
  readonly failures = failuresOf(this.clock, { attempts: 3 });
  readonly #rule: ReturnType<typeof permitRule>;

  constructor({ settings = {}, access = {}, atMs = (joinUntil - 60) * 1000 }: Situation = {}) {
    const own = relaySettings.parse({ access: { play: [], publish: [], ...access } }).access;
    const book = new RuleBook(own.rules, verifierParts({ clock: this.clock }), ['permit']);
    const check = new CredentialCheck(this, 1000);
    const permits = new PermitCheck(permitSettings(settings), { clock: this.clock, wallMs: () => atMs });
    this.#rule = permitRule(permits, book, writtenRules(book, networkRule(own), check), check);
  }

  async ask(question: Partial<Question>): Promise<RuleVerdict> {
    const asked = this.#rule.judge(questionOf(question), new AbortController().signal);
    for (let turn = 0; turn < 10; turn++) await undefined;
    if (this.clock.pending > 0) this.clock.advance(1000);
    return asked;
  }
}

/** What comes of showing a permit. */
function show(
  permit: Partial<Permit> = {},
  { question = {}, ...situation }: Situation & { question?: Partial<Question> } = {},
): Promise<RuleVerdict> {
  return new PermitScene(situation).ask({ query: permitQuery({ joinUntil, ...permit }), ...question });
}

describe('a permit that is right', () => {
  test('lets in whom nothing else would, and says who it is and until when', async () => {
    expect(await show()).toEqual(allowed);
    expect(await show({ sessionUntil, identity: 'ann' })).toEqual({
      ...allowed,
      identity: 'ann',
      until: 5000 + 3_660_000,
    });
    expect(await show({ verb: 'publish' }, { question: { verb: 'publish' } })).toEqual(allowed);
  });

  test('can be used again within its time', async () => {
    const scene = new PermitScene();
    const query = permitQuery({ joinUntil });
    for (let i = 0; i < 2; i++) expect(await scene.ask({ query })).toEqual(allowed);
  });

  test('of a relay lets it play every stream, and is believed where it says that it is one', async () => {
    const relay = { verb: 'relay', stream: '' } as const;
    expect(await show(relay)).toEqual(allowed);
    expect(await show(relay, { question: { claimsPath: true } })).toEqual({ ...allowed, believesPath: true });
    expect(await show({}, { question: { claimsPath: true } })).toEqual(allowed);
    expect(await show(relay, { question: { verb: 'publish' } })).toMatchObject({ refused: 'credentials' });
  });

  test.each(['192.0.2.1', '192.0.2.0/24'])('bound to %s holds from there', async (address) => {
    expect(await show({ address })).toEqual(allowed);
  });
});

describe('a permit that is of no use here', () => {
  test.each([
    { bound: { verb: 'publish' }, says: 'the permit is to publish, not to play' },
    { bound: { stream: 'live/b' }, says: 'the permit is for another stream' },
    { bound: { relay: 'toronto' }, says: 'the permit is for another server' },
    { bound: { address: '192.0.2.2' }, says: 'the permit is for another address than 192.0.2.1' },
    { bound: { address: 'nonsense' }, says: 'the permit is for another address than 192.0.2.1' },
  ] as const)('$says', async ({ bound, says }) => {
    expect(await show(bound)).toEqual(refused(says));
  });

  test('has expired, and who has begun in time goes on until the other time', async () => {
    const late = { atMs: joinUntil * 1000 };
    const again = { question: { intent: 'again' } } as const;
    expect(await show({}, { atMs: late.atMs - 1 })).toEqual(allowed);
    expect(await show({}, late)).toEqual(refused('the permit has expired: ask the house again', 'expired'));
    expect(await show({}, { ...late, ...again })).toEqual(allowed);
    expect(await show({ sessionUntil }, { atMs: sessionUntil * 1000, ...again })).toMatchObject({
      refused: 'expired',
    });
  });

  test('stands there twice', async () => {
    const query = `${permitQuery({ joinUntil })}&${permitQuery({ joinUntil })}`;
    expect(await show({}, { question: { query } })).toEqual(
      refused('a permit stands in the URL more than once'),
    );
  });

  test('was made with a key that is not known any more: who is in goes, and nobody was guessing', async () => {
    const scene = new PermitScene({ settings: { keys: {} } });
    const query = permitQuery({ joinUntil });
    for (let i = 0; i < 5; i++)
      expect(await scene.ask({ query, intent: 'again' })).toMatchObject({ refused: 'credentials' });
    for (let i = 0; i < 5; i++)
      expect(await scene.ask({ query })).toEqual(
        refused('the permit was made with a key that this server does not know'),
      );
  });
});

test('who makes permits up waits for each answer, and is not looked at any more after a few', async () => {
  const scene = new PermitScene();
  const query = permitQuery({ joinUntil }, 'stranger');
  for (let i = 0; i < 3; i++) {
    const since = scene.clock.now();
    expect(await scene.ask({ query })).toMatchObject({ refused: 'credentials' });
    expect(scene.clock.now() - since).toBe(1000);
  }
  expect(await scene.ask({ query: permitQuery({ joinUntil }) })).toMatchObject({ refused: 'blocked' });
});

describe('who shows no permit', () => {
  test('is sent to the house where there is no other way in', async () => {
    for (const verb of ['play', 'publish'] as const)
      expect(await new PermitScene({ access: { play: open } }).ask({ verb })).toEqual(askTheHouse);
    expect(await new PermitScene().ask({ verb: 'connect', key: '' })).toEqual({ says: 'allow' });
  });

  test('is judged as ever where a permit is one way of several', async () => {
    const settings = { only: false };
    expect(await new PermitScene({ settings, access: { play: open } }).ask({})).toEqual({ says: 'allow' });
    expect(await new PermitScene({ settings }).ask({})).toMatchObject({ refused: 'access' });
  });

  test('or none that is good is judged as ever; where that says no, too, what is wrong with the permit is said', async () => {
    const settings = { only: false };
    const query = permitQuery({ joinUntil: joinUntil - 3600 });
    expect(await new PermitScene({ settings, access: { play: open } }).ask({ query })).toEqual({
      says: 'allow',
    });
    expect(await new PermitScene({ settings }).ask({ query })).toMatchObject({ refused: 'expired' });
    const rules = [{ verbs: ['play'], require: [{ type: 'key', values: ['right'] }] }];
    const scene = new PermitScene({ settings, access: { rules } });
    expect(await scene.ask({ query: `${query}&key=right` })).toEqual(allowed);
  });
});

describe('rules of the operator', () => {
  test('are satisfied by a permit, whatever they ask for', async () => {
    const rules = [{ verbs: ['play'], require: [{ type: 'key', values: ['right'] }] }];
    expect(await show({}, { access: { rules } })).toEqual(allowed);
  });

  test.each([
    {
      deny: ['192.0.2.0/24'],
      says: "playing is not allowed from 192.0.2.1: the server's setting access.rules.0.deny lists it",
    },
    {
      networks: ['10.0.0.0/8'],
      says: "playing is not allowed from 192.0.2.1: the server's setting access.rules.0.networks does not list it",
    },
  ])('keep out whom they keep out: $says', async ({ says, ...rule }) => {
    expect(await show({}, { access: { rules: [{ verbs: ['play'], ...rule }] } })).toEqual(
      refused(says, 'access'),
    );
  });

  test('keep the secret name of a stream secret', async () => {
    const rules = [{ verbs: ['publish'], require: [{ type: 'key', streamKeys: { 'live/a': ['s3cret'] } }] }];
    const question = { verb: 'publish', key: 'live/s3cret' } as const;
    const permit = { verb: 'publish', stream: 'live/s3cret' } as const;
    expect(await show(permit, { access: { rules }, question })).toEqual(askTheHouse);
  });
});

test('a list of streams is not opened by the permit for one of them', async () => {
  const list = { intent: 'look', session: '' } as const;
  expect(await show({}, { question: list })).toEqual(askTheHouse);
  expect(await show({}, { settings: { only: false }, access: { play: open }, question: list })).toEqual({
    says: 'allow',
  });
});

test('where a permit is the only way in, who is there without one goes', () => {
  const question = { key: 'live/a', address: '192.0.2.1' };
  const { judge } = unpermitted(networkRule({ publish: [], play: [] }));
  expect(judge({ ...question, verb: 'play' })).toEqual(askTheHouse);
  expect(judge({ ...question, verb: 'pull' })).toEqual(noOpinion);
  expect(judge({ ...question, verb: 'playback' })).toMatchObject({ refused: 'access' });
});

test('other rules are told nothing of permits', () => {
  const heard: string[] = [];
  const rule = withoutPermits({
    name: 'hook',
    renamesForAll: true,
    judge({ query }) {
      heard.push(query);
      return noOpinion;
    },
  });
  void rule.judge(questionOf({ query: `uid=7&${permitQuery()}` }), new AbortController().signal);
  expect(heard).toEqual(['uid=7']);
  expect(rule.renamesForAll).toBe(true);
});
