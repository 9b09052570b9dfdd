import { expect, test } from 'vitest';
import { relayRule } from '../../../src/service/access/relay-rule.ts';
import { questionOf } from '../../support/access-question.ts';

test.each([
  { address: '10.0.0.7', believes: true },
  { address: '192.0.2.7', believes: undefined },
])('whether $address is believed', ({ address, believes }) => {
  const verdict = relayRule(['10.0.0.0/8']).judge(questionOf({ address }), new AbortController().signal);
  expect(verdict).toEqual({ says: 'nothing', ...(believes && { believesPath: true }) });
});
