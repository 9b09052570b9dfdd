import { createHmac } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { relaySettings } from '../../../src/config/relay-settings.ts';
import { type SignedVerb, signPermit } from '../../../src/credentials/signed-url.ts';
import { RuleBook } from '../../../src/service/access/credentials/rule-book.ts';
import { relayRule } from '../../../src/service/access/relay-rule.ts';
import type { Question, RuleVerdict } from '../../../src/service/access/rule.ts';
import { questionOf, verifierParts } from '../../support/access-question.ts';

const claim = { claimsPath: true, address: '192.0.2.7' };
const believed = { says: 'nothing', believesPath: true };
const nothing = { says: 'nothing' };

async function judge(rules: readonly object[], question: Partial<Question>): Promise<RuleVerdict> {
  const { access } = relaySettings.parse({ access: { rules } });
  const book = new RuleBook(access.rules, verifierParts());
  return relayRule(book, ['10.0.0.0/8']).judge(questionOf(question), new AbortController().signal);
}

describe('who says that it is a relay', () => {
  test.each([
    { address: '10.0.0.7', verdict: believed },
    { address: '192.0.2.7', verdict: nothing },
  ])('from $address is believed by the list: $verdict', async ({ address, verdict }) => {
    expect(await judge([], { claimsPath: true, address })).toEqual(verdict);
  });

  test.each([
    { rule: { networks: ['192.0.2.0/24'] }, verdict: believed },
    { rule: { networks: ['198.51.100.0/24'] }, verdict: nothing },
    { rule: { deny: ['192.0.2.7'] }, verdict: nothing },
    { rule: { match: 'tv/**', networks: ['192.0.2.0/24'] }, verdict: nothing },
  ])('is believed by $rule: $verdict', async ({ rule, verdict }) => {
    expect(await judge([{ verbs: ['relay'], ...rule }], claim)).toEqual(verdict);
  });

  test('needs the key that a rule asks for, be it in the networks or not', async () => {
    const rules = [{ verbs: ['relay'], require: [{ type: 'key', values: ['edge k1'] }] }];
    expect(await judge(rules, { ...claim, query: 'key=k1' })).toEqual({
      ...believed,
      isProof: true,
      identity: 'edge',
    });
    expect(await judge(rules, { ...claim, query: 'key=k2' })).toEqual(nothing);
    expect(await judge(rules, { ...claim, address: '10.0.0.7' })).toEqual(nothing);
  });
});

test('what lets somebody play makes no relay of it', async () => {
  const until = Math.floor(Date.now() / 1000) + 60;
  const signed = [{ verbs: ['relay'], require: [{ type: 'signed', secrets: { k1: 'a-secret' } }] }];
  const urlTo = (verb: SignedVerb): string =>
    `signature=${signPermit({ verb, stream: 'live/a', joinUntil: until }, 'k1', 'a-secret')}`;
  expect(await judge(signed, { ...claim, query: urlTo('play') })).toEqual(nothing);
  expect(await judge(signed, { ...claim, query: urlTo('relay') })).toEqual({ ...believed, isProof: true });

  const tokens = [{ verbs: ['relay'], require: [{ type: 'jwt', secret: 'a-secret' }] }];
  const tokenFor = (verbs: readonly string[] | undefined): string => {
    const parts = [{ alg: 'HS256' }, { exp: until, streampump: { verbs } }];
    const input = parts.map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.');
    return `jwt=${input}.${createHmac('sha256', 'a-secret').update(input).digest('base64url')}`;
  };
  for (const verbs of [undefined, ['play'], []])
    expect(await judge(tokens, { ...claim, query: tokenFor(verbs) })).toEqual(nothing);
  expect(await judge(tokens, { ...claim, query: tokenFor(['play', 'relay']) })).toMatchObject(believed);
});

test('who does not say so is none', async () => {
  expect(await judge([], { address: '10.0.0.7' })).toEqual(nothing);
});
