import { expect, test } from 'vitest';
import { PullLedger } from '../../../src/service/access/pull-ledger.ts';
import { pullRule } from '../../../src/service/access/pull-rule.ts';
import type { PullSlots } from '../../../src/service/access/pull-slots.ts';
import type { Question } from '../../../src/service/access/rule.ts';
import { questionOf } from '../../support/access-question.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { oneUrl } from '../../support/pull-scene.ts';

const { signal } = new AbortController();

/** The rule over a ledger of few places; `tv/...` is pulled on demand, `always/...` always. */
function scene(limits = { onDemandPulls: 3, pendingPullsPerAddress: 2 }) {
  const ledger = new PullLedger(limits, new FakeClock());
  const pullOf = (key: string) =>
    key.startsWith('tv/')
      ? oneUrl
      : key.startsWith('always/')
        ? { ...oneUrl, start: 'always' as const }
        : undefined;
  const rule = pullRule(pullOf, ledger);
  const judge = (question: Partial<Question>) => {
    const verdict = rule.judge(questionOf(question), signal);
    if (verdict instanceof Promise) throw new Error('it need not wait');
    return verdict;
  };
  return { ledger, judge };
}

test('a play of a stream on demand holds a place until it is over', () => {
  const { ledger, judge } = scene();
  const verdict = judge({ key: 'tv/a' });
  expect([verdict, ledger.size]).toMatchObject([{ says: 'nothing' }, 1]);
  if ('lease' in verdict) verdict.lease?.release();
  expect(ledger.size).toBe(0);
});

test.each([
  { what: 'a published stream', question: { key: 'live/a' } },
  { what: 'a stream that is always pulled', question: { key: 'always/a' } },
  { what: 'to publish', question: { key: 'tv/a', verb: 'publish' } },
  { what: 'only to look', question: { key: 'tv/a', intent: 'look' } },
] as const)('$what takes none', ({ question }) => {
  const { ledger, judge } = scene();
  expect(judge(question)).toEqual({ says: 'nothing' });
  expect(ledger.size).toBe(0);
});

test('a look is told what a play would hear', () => {
  const { ledger, judge } = scene();
  ledger.note('tv/a', 'not-found');
  expect(judge({ key: 'tv/a', intent: 'look' })).toMatchObject({ refused: 'not-found' });
});

test('an address has its share, a relay that is believed has none, and the limit is for all', () => {
  const { judge } = scene();
  for (const key of ['tv/1', 'tv/2']) expect(judge({ key })).toMatchObject({ says: 'nothing' });
  expect(judge({ key: 'tv/3' })).toEqual({
    refused: 'pull-limit',
    description: 'too many streams asked for from your address have not come yet: tv/3 cannot be fetched now',
  });
  expect(judge({ key: 'tv/3', path: ['r1'] })).toMatchObject({ says: 'nothing' });
  expect(judge({ key: 'tv/4', path: ['r1'] })).toEqual({
    refused: 'pull-limit',
    description: 'too many streams are being pulled: try tv/4 again later',
  });
});

test('where the places are counted in another thread, its answer is waited for', async () => {
  const notes: string[] = [];
  const slots: PullSlots = {
    take: async (key) => (key === 'tv/a' ? undefined : { refused: 'pull-limit', description: 'full' }),
    look: () => undefined,
    note: (key, news) => notes.push(`${key} ${news}`),
  };
  const rule = pullRule(() => oneUrl, slots);
  const verdict = await rule.judge(questionOf({ key: 'tv/a' }), signal);
  if ('lease' in verdict) verdict.lease?.release();
  expect(notes).toEqual(['tv/a released']);
  expect(await rule.judge(questionOf({ key: 'tv/b' }), signal)).toMatchObject({ description: 'full' });
});
