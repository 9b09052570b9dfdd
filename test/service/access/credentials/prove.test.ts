import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type ProvableRule, prove } from '../../../../src/service/access/credentials/prove.ts';
import type { Proof, Verifier } from '../../../../src/service/access/credentials/verifier.ts';
import { questionOf } from '../../../support/access-question.ts';

const basic = 'Basic realm="x"';

/** What a verifier makes of what is shown, at once or later, and whether it can ask for it. */
interface Part {
  readonly proof: Proof;
  readonly isLate: boolean;
  readonly asks: boolean;
}

const proof: fc.Arbitrary<Proof> = fc.oneof(
  fc.constant<Proof>({ is: 'absent' }),
  fc
    .boolean()
    .map((isFailure): Proof => ({ is: 'wrong', description: isFailure ? 'bad' : 'old', isFailure })),
  fc
    .record({ until: fc.nat(), identity: fc.constantFrom('ann', 'bob') })
    .map((terms): Proof => ({ is: 'proven', ...terms })),
);
const parts: fc.Arbitrary<Part[]> = fc.array(fc.record({ proof, isLate: fc.boolean(), asks: fc.boolean() }), {
  minLength: 1,
  maxLength: 5,
});

/** A rule that asks for these, and who was asked. */
function ruleOf(given: readonly Part[], hidesKeys = false): ProvableRule & { readonly asked: number[] } {
  const asked: number[] = [];
  const verifiers = given.map(
    ({ proof: found, isLate, asks }, index): Verifier => ({
      kind: `kind${index}`,
      parameters: [`p${index}`],
      wants: `p${index}`,
      verify: () => {
        asked.push(index);
        return isLate ? Promise.resolve(found) : found;
      },
      ...(asks ? { challenges: () => [basic] } : {}),
    }),
  );
  const parameters = verifiers.flatMap((verifier) => verifier.parameters);
  return { verifiers, parameters, hidesKeys, asked, wanted: `this needs ${parameters.join(' or ')}` };
}

const ask = (rule: ProvableRule, query = '') =>
  prove(rule, questionOf({ query, protocol: 'http-flv' }), new AbortController().signal);

test.each([
  { protocol: 'http-flv', asks: true },
  { protocol: 'asf-http', asks: true },
  { protocol: 'mmsh', asks: true },
  { protocol: 'ws-flv', asks: false },
  { protocol: 'rtmp', asks: false },
])('who speaks $protocol is asked for credentials: $asks', async ({ protocol, asks }) => {
  const rule = ruleOf([{ proof: { is: 'absent' }, isLate: false, asks: true }]);
  const { verdict } = await prove(rule, questionOf({ protocol }), new AbortController().signal);
  expect('challenges' in verdict).toBe(asks);
});

describe('of several credentials', () => {
  test('the first proof lets in, by its terms, and nothing behind it is looked at', async () => {
    await fc.assert(
      fc.asyncProperty(parts, async (given) => {
        const rule = ruleOf(given);
        const outcome = await ask(rule);
        const first = given.findIndex(({ proof: { is } }) => is === 'proven');
        expect(outcome.is === 'proven').toBe(first >= 0);
        expect(rule.asked).toEqual(
          given.slice(0, first < 0 ? undefined : first + 1).map((_, index) => index),
        );
        if (outcome.is !== 'proven') return;
        const { is, ...terms } = given[first]?.proof ?? { is: 'absent' };
        expect(outcome.verdict).toEqual({ says: 'allow', isProof: true, ...terms });
      }),
    );
  });

  test('without a proof, what has expired says more than what is wrong, and that more than what is missing', async () => {
    await fc.assert(
      fc.asyncProperty(parts, async (given) => {
        const proofs = given.map(({ proof: found }) => found);
        fc.pre(proofs.every(({ is }) => is !== 'proven'));
        const { is, verdict } = await ask(ruleOf(given));
        const wrong = proofs.filter((found) => found.is === 'wrong');
        if (wrong.some(({ isFailure }) => !isFailure)) {
          expect([is, verdict]).toMatchObject(['lacking', { refused: 'expired', description: 'old' }]);
        } else if (wrong.length > 0) {
          expect([is, verdict]).toMatchObject(['guessed', { refused: 'credentials', description: 'bad' }]);
        } else {
          const description = `this needs ${given.map((_, index) => `p${index}`).join(' or ')}`;
          const challenges = given.flatMap(({ asks }) => (asks ? [basic] : []));
          const said =
            challenges.length > 0 ? { challenges, description } : { refused: 'credentials', description };
          expect([is, verdict]).toEqual(['lacking', said]);
        }
      }),
    );
  });

  test('one that is shown twice refuses, whatever the others prove, and is no guess', async () => {
    await fc.assert(
      fc.asyncProperty(parts, fc.nat({ max: 4 }), async (given, index) => {
        fc.pre(index < given.length);
        const rule = ruleOf(given);
        const { is, verdict } = await ask(rule, `p${index}=a&%70${index}=a`);
        expect([is, verdict]).toMatchObject(['lacking', { refused: 'credentials' }]);
        expect(rule.asked).toEqual([]);
      }),
    );
  });

  test('where stream keys may be secret no refusal has one in the log, and each is a guess', async () => {
    const nothing: Part = { proof: { is: 'absent' }, isLate: false, asks: false };
    expect(await ask(ruleOf([nothing], true))).toMatchObject({ is: 'guessed', verdict: { stream: '***' } });
    expect(await ask(ruleOf([{ ...nothing, asks: true }], true))).toMatchObject({ is: 'lacking' });
  });
});
