import { expect, test } from 'vitest';
import { shareSettings } from '../../../../src/config/share-settings.ts';
import type { Join, Joined } from '../../../../src/service/access/joining/join.ts';
import { joinRule } from '../../../../src/service/access/joining/join-rule.ts';
import { ShareList } from '../../../../src/service/access/joining/share-list.ts';
import type { Question } from '../../../../src/service/access/rule.ts';
import type { Refusal } from '../../../../src/session/access.ts';
import { questionOf } from '../../../support/access-question.ts';
import { oneUrl } from '../../../support/pull-scene.ts';

const { signal } = new AbortController();
const full = { refused: 'pull-limit', description: 'too many' } as const;

/** The rule over places that give this answer; what they were told. `tv/...` is pulled on demand, `live/a` is here. */
function scene(answer: Joined | Refusal | Promise<Joined | Refusal>, ...shares: object[]) {
  const told: string[] = [];
  const joins: Join[] = [];
  const rule = joinRule({
    places: {
      take: (id, join) => {
        told.push(`take ${id}`);
        joins.push(join);
        return answer;
      },
      endWait: (id) => told.push(`endWait ${id}`),
      release: (id) => told.push(`release ${id}`),
      onSent: () => {},
    },
    sent: { add: (id) => told.push(`add ${id}`), remove: (id) => told.push(`remove ${id}`) },
    shares: new ShareList(shareSettings.parse(shares)),
    pullOf: (key) =>
      key.startsWith('tv/') ? oneUrl : key.startsWith('always/') ? { ...oneUrl, start: 'always' } : undefined,
    isHere: (key) => key === 'live/a',
    look: (key) => (key === 'tv/none' ? full : undefined),
  });
  const judge = async (question: Partial<Question>) => {
    const verdict = await rule.judge(questionOf(question), signal);
    return { verdict, lease: 'lease' in verdict ? verdict.lease : undefined };
  };
  return { told, joins, judge };
}

const held = { isHeld: true, isWaiting: true, streamBits: 0 };

test.each([{ late: false }, { late: true }])(
  'what is taken is given back once, the wait before it or with it',
  async ({ late }) => {
    const { told, judge } = scene(late ? Promise.resolve(held) : held);
    const first = await judge({ key: 'live/none' });
    for (const end of ['endWait', 'endWait', 'release', 'release', 'endWait'] as const)
      first.lease?.[end]?.();
    const second = await judge({ key: 'live/none' });
    for (const end of ['release', 'endWait'] as const) second.lease?.[end]?.();
    expect(told).toEqual([
      ...['take 1', 'add 1', 'endWait 1', 'remove 1', 'release 1'],
      ...['take 2', 'add 2', 'remove 2', 'release 2'],
    ]);
  },
);

test.each([{ late: false }, { late: true }])(
  'what is refused, or took nothing, leaves nothing',
  async ({ late }) => {
    const nothing = { isHeld: false, isWaiting: false, streamBits: 0 };
    for (const answer of [full, nothing]) {
      const { told, judge } = scene(late ? Promise.resolve(answer) : answer);
      const { verdict, lease } = await judge({ key: 'live/none' });
      expect([verdict, lease]).toEqual([answer === full ? full : { says: 'nothing' }, undefined]);
      expect(told).toEqual(['take 1']);
    }
  },
);

test.each([
  { what: 'who publishes', question: { verb: 'publish', key: 'tv/a' } },
  { what: 'who plays what is here', question: { key: 'live/a' } },
  { what: 'who connects', question: { verb: 'connect', key: '' } },
  { what: 'who only looks', question: { key: 'live/none', intent: 'look' } },
  { what: 'who only looks at what is limited', question: { key: 'vip/a', intent: 'look' } },
  { what: 'a relay, of what is not here', question: { key: 'live/none', path: ['r1'] } },
  { what: 'who has it and is asked again', question: { key: 'vip/a', intent: 'again' } },
  { what: 'the relay itself', question: { verb: 'pull', key: 'vip/a' } },
] as const)('$what asks nobody', async ({ question }) => {
  const { told, judge } = scene(held, { match: 'vip/**', sessions: 1 });
  expect([(await judge(question)).verdict, told]).toEqual([{ says: 'nothing' }, []]);
});

test('a look is told what is known of a pull', async () => {
  const { told, judge } = scene(held);
  expect([(await judge({ key: 'tv/none', intent: 'look' })).verdict, told]).toEqual([full, []]);
});

test('everything that is needed is asked for at once', async () => {
  const { joins, judge } = scene(held, { match: 'tv/**', per: 'identity', players: 1 });
  await judge({ key: 'tv/a', session: 'c1', identity: 'ann', limits: { players: 3 } });
  await judge({ key: 'tv/a', path: ['r1'] });
  await judge({ key: 'always/a' });
  await judge({ key: 'live/a', verb: 'publish', limits: { publishers: 1 } });
  const common = { address: '192.0.2.1', identity: undefined, limits: {}, session: 's1' };
  expect(joins).toEqual([
    {
      ...common,
      ...{ verb: 'play', key: 'tv/a', session: 'c1', identity: 'ann', limits: { players: 3 } },
      ...{ isRelay: false, isPulled: true, mayWait: true },
    },
    { ...common, verb: 'play', key: 'tv/a', isRelay: true, isPulled: true, mayWait: false },
    { ...common, verb: 'play', key: 'always/a', isRelay: false, isPulled: false, mayWait: true },
    {
      ...common,
      ...{ verb: 'publish', key: 'live/a', limits: { publishers: 1 } },
      ...{ isRelay: false, isPulled: false, mayWait: false },
    },
  ]);
});
