import { expect, test } from 'vitest';
import type { Question } from '../../../src/service/access/rule.ts';
import { type WaitingAnswer, waitingRule } from '../../../src/service/access/waiting-rule.ts';
import { questionOf } from '../../support/access-question.ts';

const { signal } = new AbortController();
const full = { refused: 'waiting-limit', description: 'too many' } as const;

/** The rule over places that give this answer; what they were told. */
function scene(answer: WaitingAnswer | Promise<WaitingAnswer>) {
  const told: string[] = [];
  const rule = waitingRule({
    take: (key, session) => {
      told.push(`${session} takes ${key}`);
      return answer;
    },
    leave: (session) => told.push(`${session} leaves`),
  });
  return { told, judge: async (question: Partial<Question>) => rule.judge(questionOf(question), signal) };
}

test.each([{ late: false }, { late: true }])(
  'a play that waits has a place until its stream comes, or it is over',
  async ({ late }) => {
    const { told, judge } = scene(late ? Promise.resolve('waits') : 'waits');
    for (const end of ['endWait', 'release'] as const) {
      const verdict = await judge({ key: 'live/a', session: 'c1' });
      expect(verdict).toMatchObject({ says: 'nothing' });
      if (!('lease' in verdict)) throw new Error('it took nothing');
      verdict.lease?.[end]?.();
      verdict.lease?.release();
      expect(told.splice(0)).toEqual(['c1 takes live/a', 'c1 leaves']);
    }
  },
);

test.each([{ late: false }, { late: true }])(
  'one whose stream is there has none, one too many is refused',
  async ({ late }) => {
    const there = scene(late ? Promise.resolve('there') : 'there');
    expect(await there.judge({})).toEqual({ says: 'nothing' });
    const crowded = scene(late ? Promise.resolve(full) : full);
    expect(await crowded.judge({})).toBe(full);
  },
);

test.each([
  { what: 'who publishes', question: { verb: 'publish' } },
  { what: 'who connects', question: { verb: 'connect' } },
  { what: 'who only looks', question: { intent: 'look' } },
  { what: 'a relay that is believed', question: { path: ['r1'] } },
] as const)('$what takes none', async ({ question }) => {
  const { told, judge } = scene('waits');
  expect([await judge(question), told]).toEqual([{ says: 'nothing' }, []]);
});
