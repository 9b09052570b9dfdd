import { expect, test } from 'vitest';
import { drain } from '../../../../src/commands/ctl/changing/drain.ts';
import { relayAnswer } from '../../../support/ctl-answers.ts';
import { ctlCall } from '../../../support/ctl-call.ts';
import { type ScriptedAnswer, ScriptedApi } from '../../../support/scripted-api.ts';

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

test('waits for a relay that drains already', async () => {
  const answers = [relayAnswer, { ...relayAnswer, id: 'r2' }];
  await using admin = await ScriptedApi.start({
    'GET relay': () => ({ json: answers.shift() }),
    'POST drain': { status: 409, json: { error: 'conflict', message: 'the relay drains already' } },
  });
  const call = ctlCall(admin);
  await drain(call, { wait: true });
  expect(call.notes).toEqual(['the relay drains already']);
  expect(call.written).toEqual(['it has ended, or left its place to ottawa (process 4711)']);
});

test('has ended when nobody answers any more, whatever was answered last', async () => {
  const answers: ScriptedAnswer[] = [
    { json: relayAnswer },
    { status: 503, json: { error: 'unavailable', message: 'a thread does not answer' } },
    (_asked, response) => void response.destroy(),
    { json: { ...relayAnswer, load: [{ name: 'sessions', now: 1, limit: null }] } },
  ];
  await using admin = await ScriptedApi.start({
    'GET relay': (asked, response) => {
      const answer = answers.shift();
      return typeof answer === 'function' ? answer(asked, response) : answer;
    },
    'POST drain': { status: 202, json: {} },
  });
  const call = ctlCall(admin);
  let pauses = 0;
  const pause = async (): Promise<void> => {
    if (++pauses === 3) await admin[Symbol.asyncDispose]();
  };
  await drain({ ...call, pause }, { wait: true });
  expect(call.written.slice(1)).toEqual(['1 session left, 0s', 'it has ended after 0s']);
});
