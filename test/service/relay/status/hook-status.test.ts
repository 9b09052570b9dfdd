import { expect, test } from 'vitest';
import type { HookState } from '../../../../src/service/hooks/hook-state.ts';
import { hookStatuses } from '../../../../src/service/relay/status/hook-status.ts';

const state: HookState = {
  ...{
    hook: 'hooks.0',
    kind: 'asked',
    match: 'live/**',
    events: ['publish'],
    target: 'http://hook.example/ask',
  },
  ...{ breaker: 'closed', waiting: 0, counts: { allowed: 2, refused: 1 }, lastProblem: undefined },
};

test('of several threads the worst is shown, and the sum of what each has counted', () => {
  const parts: HookState[] = [
    state,
    {
      ...state,
      ...{ breaker: 'open', waiting: 3, counts: { allowed: 1, unavailable: 5 } },
      lastProblem: { at: Date.UTC(2026, 2, 1), problem: 'older' },
    },
    {
      ...state,
      breaker: 'half-open',
      lastProblem: { at: Date.UTC(2026, 2, 2), problem: 'connect ECONNREFUSED' },
    },
  ];
  expect(hookStatuses(parts)).toEqual([
    {
      ...{ id: 'hooks.0-asked', hook: 'hooks.0', kind: 'asked', match: 'live/**', events: ['publish'] },
      ...{ target: 'http://hook.example/ask', breaker: 'open', waiting: 3 },
      counts: { allowed: 5, refused: 2, unavailable: 5 },
      lastProblem: { at: '2026-03-02T00:00:00.000Z', problem: 'connect ECONNREFUSED' },
    },
  ]);
});

test('they come in the order of the configuration; a program is shown without its arguments', () => {
  const parts: HookState[] = [
    { ...state, hook: 'hooks.10' },
    { ...state, hook: 'hooks.2', kind: 'exec', target: '/usr/local/bin/notify' },
    { ...state, hook: 'hooks.2', kind: 'told' },
  ];
  const shown = hookStatuses(parts).map(({ hook, kind, target }) => [hook, kind, target]);
  expect(shown).toEqual([
    ['hooks.2', 'exec', '/usr/local/bin/notify'],
    ['hooks.2', 'told', 'http://hook.example/ask'],
    ['hooks.10', 'asked', 'http://hook.example/ask'],
  ]);
});
