import { describe, expect, test } from 'vitest';
import { relaySettings } from '../../../src/config/relay-settings.ts';
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

test('who does not say so is none', async () => {
  expect(await judge([], { address: '10.0.0.7' })).toEqual(nothing);
});
