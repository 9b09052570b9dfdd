import { expect, test } from 'vitest';
import { drainingRule } from '../../../src/service/access/draining-rule.ts';
import { questionOf } from '../../support/access-question.ts';

test('nobody begins to publish or play at a relay that is about to stop; what runs goes on', () => {
  let isDraining = false;
  const rule = drainingRule(() => isDraining);
  const said = (verb: 'publish' | 'play' | 'pull' | 'connect') =>
    Object.values(rule.judge(questionOf({ verb }), new AbortController().signal))[0];
  expect([said('publish'), said('play')]).toEqual(['nothing', 'nothing']);
  isDraining = true;
  expect([said('publish'), said('play')]).toEqual(['draining', 'draining']);
  // players who stay may need another upstream, and whoever connects is told why when it asks
  expect([said('pull'), said('connect')]).toEqual(['nothing', 'nothing']);
});
