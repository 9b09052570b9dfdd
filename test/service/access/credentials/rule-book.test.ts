import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { AccessRuleSettings, RuleVerb } from '../../../../src/config/access/access-rule-settings.ts';
import { CredentialCheck } from '../../../../src/service/access/credentials/credential-check.ts';
import { RuleBook } from '../../../../src/service/access/credentials/rule-book.ts';
import { unprovenRules, writtenRules } from '../../../../src/service/access/credentials/written-rules.ts';
import { questionOf, verifierParts } from '../../../support/access-question.ts';
import { failuresOf } from '../../../support/failures.ts';
import { LoopClock } from '../../../support/loop-clock.ts';

const matching: Readonly<Record<string, readonly string[]>> = {
  '**': ['live/a', 'live/b', 'tv/a'],
  'live/*': ['live/a', 'live/b'],
  '*/a': ['live/a', 'tv/a'],
  'tv/a': ['tv/a'],
};
const verb = fc.constantFrom<RuleVerb>('publish', 'play', 'relay', 'operate');
const address = fc.constantFrom('10.0.0.1', '192.0.2.1');
const keys = fc.uniqueArray(fc.constantFrom('k1', 'k2', 'k3'), { minLength: 1 });
const rules: fc.Arbitrary<AccessRuleSettings[]> = fc.array(
  fc.record({
    match: fc.constantFrom(...Object.keys(matching)),
    verbs: fc.uniqueArray(verb, { minLength: 1 }),
    networks: fc.option(fc.subarray(['10.0.0.0/8', '192.0.2.0/24'])),
    deny: fc.subarray(['10.0.0.1', '192.0.2.1']),
    origins: fc.constant(null),
    require: fc.array(
      keys.map(
        (values) => ({ type: 'key', values, file: null, streamKeys: {}, streamKeysFile: null }) as const,
      ),
      { maxLength: 2 },
    ),
  }),
);

/** What the lists say that decide where no rule does. */
const byLists = { refused: 'access', description: 'lists' } as const;

/** The rules as a manual would explain them. */
function expected(
  given: readonly AccessRuleSettings[],
  { does, key, from, shown }: { does: RuleVerb; key: string; from: string; shown: string | undefined },
): string {
  const rule = given.find(({ match, verbs }) => verbs.includes(does) && matching[match]?.includes(key));
  if (rule === undefined) return 'lists';
  const isIn = (network: string): boolean => network.split('.')[0] === from.split('.')[0];
  if (rule.deny.includes(from) || rule.networks?.some(isIn) === false) return 'access';
  if (rule.require.length === 0) return 'allow';
  const isKnown = rule.require.some(
    (one) => 'values' in one && shown !== undefined && one.values.includes(shown),
  );
  return isKnown ? 'allow' : 'credentials';
}

const question = fc.record({
  does: fc.constantFrom<'publish' | 'play'>('publish', 'play'),
  key: fc.constantFrom('live/a', 'live/b', 'tv/a'),
  from: address,
  shown: fc.option(fc.constantFrom('k1', 'k2', 'k3', 'k4'), { nil: undefined }),
});

test('the first rule of pattern and verb decides by networks and then by what is shown, whatever stands behind it', async () => {
  const clock = new LoopClock();
  const lists = { name: 'lists', judge: () => byLists };
  await fc.assert(
    fc.asyncProperty(rules, question, async (given, asked) => {
      const book = new RuleBook(given, verifierParts({ clock }));
      const check = new CredentialCheck({ clock, failures: failuresOf(clock) }, 0);
      const { does, key, from, shown } = asked;
      const judged = questionOf({
        ...{ verb: does, key, address: from, query: shown === undefined ? '' : `key=${shown}` },
        intent: 'again', // asked so, nothing waits
      });
      const verdict = await writtenRules(book, lists, check).judge(judged, new AbortController().signal);
      const said = verdict === byLists ? 'lists' : 'refused' in verdict ? verdict.refused : 'allow';
      expect(said).toBe(expected(given, asked));

      // whoever is not known to have shown anything is let go on by rules that ask for nothing, and by no others
      const unproven = unprovenRules(book, lists).judge({ verb: does, key, address: from });
      const nothing = expected(given, { ...asked, shown: undefined });
      const heard = unproven === byLists ? 'lists' : 'refused' in unproven ? unproven.refused : 'allow';
      expect(heard).toBe(nothing);
    }),
  );
});

test('what any of the rules takes as a credential is in no query that others get', () => {
  fc.assert(
    fc.property(rules, fc.webQueryParameters(), (given, query) => {
      const book = new RuleBook(given, verifierParts());
      const asks = given.some(({ require: required }) => required.length > 0);
      const others = book.publicQuery(`a=1&key=k1&${query}`);
      expect(/(?:^|&)key=k1/.test(others)).toBe(!asks);
      expect(others.startsWith('a=1')).toBe(true);
    }),
  );
});
