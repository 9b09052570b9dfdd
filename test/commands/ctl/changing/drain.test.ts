import { expect, test } from 'vitest';
import { drain } from '../../../../src/commands/ctl/changing/drain.ts';
import { relayAnswer } from '../../../support/ctl-answers.ts';
import { ctlCall } from '../../../support/ctl-call.ts';
import { ScriptedApi } from '../../../support/scripted-api.ts';

test('passes on what is wanted, and waits until another relay has its place', async () => {
  const left = [3, 2];
  await using admin = await ScriptedApi.start({
    'GET relay': () => {
      const now = left.shift();
      if (now === undefined) return { json: { ...relayAnswer, id: 'r2', name: 'next', pid: 4712 } };
      return { json: { ...relayAnswer, load: [{ name: 'sessions', now, limit: null }] } };
    },
    'POST drain': { status: 202, json: {} },
  });
  const call = ctlCall(admin);
  await drain(call, { reconnectUrl: 'rtmp://other:1935', timeout: 60, wait: true });
  expect(admin.asked.find(({ method }) => method === 'POST')).toMatchObject({
    path: 'drain',
    body: { reconnectUrl: 'rtmp://other:1935', timeoutMs: 60_000 },
  });
  expect(call.written).toEqual([
    'ottawa is draining: it lets nobody in, and ends when nobody is left',
    '2 sessions left, 0s',
    'it has ended, or left its place to next (process 4712)',
  ]);
});

test('has ended when nobody answers any more', async () => {
  const call = await (async () => {
    await using admin = await ScriptedApi.start({
      'GET relay': { json: relayAnswer },
      'POST drain': { status: 202, json: {} },
    });
    const recorded = ctlCall(admin, { isJson: true });
    await drain(recorded, {});
    return recorded;
  })();
  expect(call.values).toEqual([{}]);
});
