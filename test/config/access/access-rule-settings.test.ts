import { expect, test } from 'vitest';
import { loadRelayConfig } from '../../../src/config/load-config.ts';

const hush = 'hush-hush-hush';

/** What is wrong with `access.rules`, a line each. */
function faultsOf(rules: unknown, variable = 'STREAMPUMP_ACCESS_RULES'): string[] {
  try {
    loadRelayConfig({ env: { [variable]: typeof rules === 'string' ? rules : JSON.stringify(rules) } });
    return [];
  } catch (error) {
    return (error as Error).message.split('\n').map((line) => line.replace(/^.*ACCESS(_RULES)?: /, ''));
  }
}

const key = (more: object = { values: [hush] }) => ({ type: 'key', ...more });

test('a rule says for which verbs it is, and may leave out the rest', () => {
  expect(faultsOf([{ verbs: ['publish', 'play'] }])).toEqual([]);
  expect(
    faultsOf([
      { match: 'live/**', verbs: ['publish'], networks: [], deny: ['10.0.0.0/8'], require: [key()] },
    ]),
  ).toEqual([]);
  expect(faultsOf([{ match: 'live/**' }])).toEqual([expect.stringContaining('0.verbs: missing')]);
  expect(faultsOf([{ verbs: [] }])).toEqual([
    expect.stringContaining('0.verbs: expected a list that is not empty'),
  ]);
  expect(faultsOf([{ verbs: ['watch'] }])).toEqual([
    expect.stringContaining('0.verbs.0: expected "publish", "play"'),
  ]);
  expect(faultsOf([{ verbs: ['play'], origins: ['tv.example'] }])).toEqual([
    expect.stringContaining('0.origins.0: expected an origin such as'),
  ]);
});

test('rules come from the environment, with their keys', () => {
  const env = { STREAMPUMP_ACCESS_RULES: JSON.stringify([{ verbs: ['play'], require: [key()] }]) };
  const [rule] = loadRelayConfig({ env }).access.rules;
  expect(rule?.require).toEqual([
    { type: 'key', values: [hush], file: null, streamKeys: {}, streamKeysFile: null },
  ]);
});

test.each([
  {
    what: 'a key with a space too many',
    rules: [{ verbs: ['play'], require: [key({ values: [`a b ${hush}`] })] }],
  },
  { what: 'a key that is no list', rules: [{ verbs: ['play'], require: [key({ values: hush })] }] },
  { what: 'a list of the wrong kind', rules: [{ verbs: ['play'], require: [key({ streamKeys: [hush] })] }] },
  { what: 'an unknown kind', rules: [{ verbs: ['play'], require: [{ type: 'kye', values: [hush] }] }] },
  { what: 'what is required, without a list', rules: [{ verbs: ['play'], require: key() }] },
  { what: 'a rule without a list', rules: { verbs: ['play'], require: [key()] } },
  { what: 'text', rules: `verbs: play, require: ${hush}` },
  { what: 'broken JSON', rules: `[{"verbs": ["play"], "require": [{"type": "key", "values": ["${hush}"}]` },
])('$what is a fault that repeats no key', ({ rules }) => {
  const faults = faultsOf(rules);
  expect(faults.length).toBeGreaterThan(0);
  expect(faults.join('\n')).not.toContain('hush');
  expect(faultsOf(rules, 'STREAMPUMP_ACCESS').join('\n')).not.toContain('hush');
});
