import { expect, test } from 'vitest';
import { loopRule } from '../../../src/service/access/loop-rule.ts';
import { questionOf } from '../../support/access-question.ts';

const rule = loopRule('me');
const { signal } = new AbortController();
const ids = (count: number) => Array.from({ length: count }, (_, index) => `r${index}`);

test.each(['play', 'publish'] as const)(
  '%s over this relay itself is a loop, and the path is told',
  (verb) => {
    expect(rule.judge(questionOf({ verb, path: ['a', 'me', 'b'] }), signal)).toEqual({
      refused: 'loop',
      description: 'loop: me -> a -> me -> b',
    });
  },
);

test('whoever only connects has not said which stream it is about', () => {
  expect(rule.judge(questionOf({ verb: 'connect', path: ['me'] }), signal)).toEqual({ says: 'nothing' });
});

test('more than 16 relays in a row are a loop; side by side behind a player they are none', () => {
  const judge = (verb: 'publish' | 'play', count: number) =>
    rule.judge(questionOf({ verb, path: ids(count) }), signal);
  expect(judge('publish', 16)).toEqual({ says: 'nothing' });
  expect(judge('publish', 17)).toMatchObject({
    refused: 'loop',
    description: expect.stringContaining('a chain of 17 relays is too long: r0 -> r1'),
  });
  expect(judge('play', 64)).toEqual({ says: 'nothing' });
});
