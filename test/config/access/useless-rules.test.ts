import { expect, test } from 'vitest';
import { uselessRules } from '../../../src/config/access/useless-rules.ts';

const told = (...rules: object[]): string[] =>
  uselessRules(rules).map(({ path, problem }) => `${path.join('.')}: ${problem}`);

test('a verb of a rule that earlier rules decide for all of its streams is told', () => {
  expect(
    told({ match: 'live/**', verbs: ['play'] }, { match: 'live/a', verbs: ['publish', 'play'] }),
  ).toEqual(['1.verbs.1: this never applies: earlier rules decide who is to play live/a']);
  expect(told({ match: 'live/a', verbs: ['play'] }, { match: 'live/**', verbs: ['play'] })).toEqual([]);
  expect(told({ verbs: ['play'] }, { verbs: ['publish'] })).toEqual([]);
});

test('there is one rule to operate, whatever it matches', () => {
  expect(told({ match: 'a', verbs: ['operate'] }, { match: 'b', verbs: ['operate'] })).toEqual([
    '1.verbs.0: this never applies: earlier rules decide who is to operate',
  ]);
});

test('a secret stream key stands for a stream that the rule is about', () => {
  const streamKeys = { 'live/cam1': ['a'], 'tv/x': ['b'] };
  expect(told({ match: 'live/*', verbs: ['publish'], require: [{ type: 'key', streamKeys }] })).toEqual([
    '0.require.0.streamKeys.tv/x: this never applies: match of the rule is live/*',
  ]);
});

test('a secret stream key of a stream that an earlier rule decides about is told', () => {
  const secret = { match: 'live/*', require: [{ type: 'key', streamKeys: { 'live/cam1': ['a'] } }] };
  const first = { match: 'live/cam1', verbs: ['publish'] };
  expect(told(first, { ...secret, verbs: ['publish'] })).toEqual([
    '1.require.0.streamKeys.live/cam1: this never applies: earlier rules decide about live/cam1',
  ]);
  expect(told(first, { ...secret, verbs: ['publish', 'play'] })).toEqual([]);
});

test('what is faulty otherwise is told by others', () => {
  expect(told({ match: 7, verbs: ['play'] }, { match: '**a', verbs: ['play'] }, { verbs: 'play' })).toEqual(
    [],
  );
});
