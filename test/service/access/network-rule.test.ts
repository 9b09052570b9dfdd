import { expect, test } from 'vitest';
import { networkRule } from '../../../src/service/access/network-rule.ts';
import { questionOf } from '../../support/access-question.ts';

const rule = networkRule({ publish: ['10.0.0.0/8'], play: ['192.0.2.0/24', '2001:db8::/32'] });

test.each([
  { verb: 'publish', address: '10.1.2.3' },
  { verb: 'play', address: '192.0.2.9' },
  { verb: 'play', address: '2001:db8::9' },
  { verb: 'connect', address: '203.0.113.1' },
] as const)('$verb from $address is allowed', ({ verb, address }) => {
  expect(rule.judge(questionOf({ verb, address }))).toEqual({ says: 'allow' });
});

test.each([
  {
    verb: 'publish',
    address: '192.0.2.9',
    description:
      "publishing is not allowed from 192.0.2.9: the server's setting access.publish does not list it",
  },
  {
    verb: 'play',
    address: '10.1.2.3',
    description: "playing is not allowed from 10.1.2.3: the server's setting access.play does not list it",
  },
] as const)('$verb from $address is refused, with the setting that says so', (asked) => {
  const { verb, address, description } = asked;
  expect(rule.judge(questionOf({ verb, address }))).toEqual({ refused: 'access', description });
});

test.each([
  ['record', 'recording'],
  ['playback', 'playing recordings'],
] as const)('%s needs a rule, from wherever', (verb, doing) => {
  expect(rule.judge(questionOf({ verb, address: '10.1.2.3' }))).toEqual({
    refused: 'access',
    description: `${doing} is not allowed: no entry of the server's setting access.rules with the verb ${verb} is about it`,
  });
});

test.each(['pull', 'forward'] as const)(
  'what the relay does itself, such as %s, is for other rules',
  (verb) => {
    expect(rule.judge(questionOf({ verb, address: 'parent.example' }))).toEqual({ says: 'nothing' });
  },
);
