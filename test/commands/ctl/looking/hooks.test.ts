import { expect, test } from 'vitest';
import { showHooks } from '../../../../src/commands/ctl/looking/hooks.ts';
import type { HookStatus } from '../../../../src/service/admin/relay-status.ts';
import { ctlCall } from '../../../support/ctl-call.ts';
import { ScriptedApi } from '../../../support/scripted-api.ts';

test('says whether each hook works, and what became of what it was asked', async () => {
  const hook: HookStatus = {
    id: 'hooks.0-asked',
    hook: 'hooks.0',
    kind: 'asked',
    match: 'live/**',
    events: ['publish'],
    target: 'http://127.0.0.1:9000/hook',
    breaker: 'open',
    waiting: 3,
    counts: { yes: 1200, no: 4, unavailable: 0 },
    lastProblem: { at: '2026-03-01T12:00:00.000Z', problem: 'it does not answer' },
  };
  await using admin = await ScriptedApi.start({ 'GET hooks': { json: { items: [hook], next: null } } });
  const call = ctlCall(admin);
  await showHooks(call);
  expect(call.written[1]).toMatch(
    /^hooks\.0 +asked +given up +live\/\*\* +http:\/\/127\.0\.0\.1:9000\/hook +3 +1,200 yes, 4 no +2026-.* it does not answer$/,
  );
});
