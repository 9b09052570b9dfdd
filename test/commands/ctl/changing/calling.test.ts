import { expect, test } from 'vitest';
import { callClient, sendData } from '../../../../src/commands/ctl/changing/calling.ts';
import { ctlCall } from '../../../support/ctl-call.ts';
import { ScriptedApi } from '../../../support/scripted-api.ts';

test('calls a client with JSON, or text where it is none, and shows what it answers', async () => {
  await using admin = await ScriptedApi.start({
    'POST sessions/c5/call': { json: { result: { seen: true } } },
    'POST sessions/c6/call': { json: { error: { code: 'No' } } },
    'POST streams/live/cam1/data': { status: 204, json: null },
  });
  const call = ctlCall(admin);
  await callClient(call, 'c5', 'onScore', ['blue', '17', '{"a":[1]}', '"x"']);
  await expect(callClient(call, 'c6', 'f', [])).rejects.toThrow('the client says no: {"code":"No"}');
  await sendData(call, 'live/cam1', 'onScore', ['blue']);
  expect(admin.asked.map(({ body }) => body)).toEqual([
    { name: 'onScore', args: ['blue', 17, { a: [1] }, 'x'] },
    { name: 'f', args: [] },
    { name: 'onScore', values: ['blue'] },
  ]);
  expect(call.written).toEqual(['{"seen":true}', 'onScore is on its way to the players of live/cam1']);
});
