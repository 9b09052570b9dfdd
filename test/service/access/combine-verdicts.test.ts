import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { combineVerdicts } from '../../../src/service/access/combine-verdicts.ts';
import type { Opinion, RuleVerdict } from '../../../src/service/access/rule.ts';
import type { Challenge, Refusal } from '../../../src/session/access.ts';

const name = fc.constantFrom('a', 'b', 'c');
const opinion: fc.Arbitrary<Opinion> = fc.record(
  {
    says: fc.constantFrom('allow', 'nothing'),
    until: fc.integer({ min: 0, max: 100 }),
    identity: name,
    limits: fc.dictionary(name, fc.integer({ min: 0, max: 9 })),
    rename: name,
    believesPath: fc.constant(true),
  },
  { requiredKeys: ['says'] },
);
const refusal: fc.Arbitrary<Refusal> = fc.record({
  refused: fc.constantFrom('access', 'loop'),
  description: name,
});
const challenge: fc.Arbitrary<Challenge> = fc.record({ challenges: fc.array(name), description: name });
const verdicts: fc.Arbitrary<RuleVerdict[]> = fc.array(
  fc.oneof({ weight: 8, arbitrary: opinion }, refusal, challenge),
  { maxLength: 8 },
);

/** What of the answer may not depend on the order of the rules. */
function unordered(answer: ReturnType<typeof combineVerdicts>): unknown {
  if ('refused' in answer) return 'refused';
  if ('challenges' in answer) return 'challenge';
  const { until, limits, believesPath } = answer;
  return { until, limits, believesPath };
}

describe('whatever the rules say', () => {
  test('any refusal wins, then any challenge, and at least one has to allow', () => {
    fc.assert(
      fc.property(verdicts, (given) => {
        const answer = combineVerdicts(given);
        const refusals = given.filter((verdict) => 'refused' in verdict);
        const isAllowed = given.some((verdict) => 'says' in verdict && verdict.says === 'allow');
        const challenges = given.filter((verdict) => 'challenges' in verdict);
        if (refusals.length > 0) expect(answer).toBe(refusals[0]);
        else if (challenges.length > 0) expect(answer).toBe(challenges[0]);
        else if (isAllowed) expect(answer).toHaveProperty('until');
        else expect(answer).toEqual({ refused: 'access', description: 'no rule of the server allows this' });
      }),
    );
  });

  test('the earliest end holds, and the smallest number of each limit', () => {
    fc.assert(
      fc.property(fc.array(opinion), (opinions) => {
        const answer = combineVerdicts([{ says: 'allow' }, ...opinions]);
        if (!('until' in answer)) throw new Error('not allowed');
        const ends = opinions.flatMap(({ until }) => until ?? []);
        expect(answer.until).toBe(ends.sort((a, b) => a - b)[0] ?? Number.POSITIVE_INFINITY);
        for (const limit of ['a', 'b', 'c']) {
          const most = opinions.flatMap(({ limits }) => limits?.[limit] ?? []).sort((a, b) => a - b);
          expect(answer.limits[limit]).toBe(most[0]);
        }
        expect(answer.believesPath).toBe(opinions.some(({ believesPath }) => believesPath));
      }),
    );
  });

  test('identity and name are the first that is given', () => {
    fc.assert(
      fc.property(fc.array(opinion), (opinions) => {
        const answer = combineVerdicts([{ says: 'allow' }, ...opinions]);
        expect(answer).toMatchObject({
          identity: opinions.flatMap(({ identity }) => identity ?? [])[0],
          rename: opinions.flatMap(({ rename }) => rename ?? [])[0],
        });
      }),
    );
  });

  test('their order decides nothing else', () => {
    const shuffled = verdicts.chain((given) =>
      fc.shuffledSubarray(given, { minLength: given.length }).map((other) => [given, other] as const),
    );
    fc.assert(
      fc.property(shuffled, ([given, other]) => {
        expect(unordered(combineVerdicts(other))).toEqual(unordered(combineVerdicts(given)));
      }),
    );
  });

  test('one rule more never lets in whom a refusal keeps out, nor lengthens what is granted', () => {
    fc.assert(
      fc.property(verdicts, opinion, (given, more) => {
        const before = combineVerdicts(given);
        const after = combineVerdicts([...given, more]);
        if ('refused' in before && given.some((verdict) => 'refused' in verdict)) expect(after).toBe(before);
        if ('until' in before && 'until' in after) expect(after.until).toBeLessThanOrEqual(before.until);
      }),
    );
  });
});
