import { expect, test } from 'vitest';
import { welcomeRule } from '../../../src/service/access/welcome-rule.ts';
import { questionOf } from '../../support/access-question.ts';

test('where only relays are welcome nobody else begins, and who is there goes on', () => {
  let whom: 'everybody' | 'relays' = 'everybody';
  const rule = welcomeRule(() => whom);
  const says = (question: Parameters<typeof questionOf>[0]): string | undefined => {
    const verdict = rule.judge(questionOf(question), new AbortController().signal);
    return 'refused' in verdict ? verdict.refused : undefined;
  };
  expect(says({ verb: 'play' })).toBeUndefined();
  whom = 'relays';
  expect([says({ verb: 'play' }), says({ verb: 'publish' })]).toEqual(['draining', 'draining']);
  expect([
    says({ verb: 'play', path: ['relay'] }),
    says({ verb: 'play', intent: 'again' }),
    says({ verb: 'connect' }),
    says({ verb: 'pull' }),
  ]).toEqual([undefined, undefined, undefined, undefined]);
});
