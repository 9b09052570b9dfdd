import { expect, test } from 'vitest';
import { PlaceError } from '../../../../src/commands/ctl/api/relay-place.ts';
import { kick } from '../../../../src/commands/ctl/changing/kick.ts';
import { ctlCall } from '../../../support/ctl-call.ts';
import { ScriptedApi } from '../../../support/scripted-api.ts';

test('ends one session, or all of somebody, and keeps them out', async () => {
  await using admin = await ScriptedApi.start({
    'DELETE sessions/w1c5': { json: { ended: 1 } },
    'DELETE sessions': { json: { ended: 1200 } },
  });
  const call = ctlCall(admin);
  await kick(call, 'w1c5', {});
  await kick(call, undefined, { stream: 'live/cam1' });
  await kick(call, undefined, { address: '192.0.2.7', ban: 3600 });
  await kick(call, undefined, { identity: 'ann', yes: true });
  expect(admin.asked.map(({ method, path, query }) => [method, path, query])).toEqual([
    ['DELETE', 'sessions/w1c5', {}],
    ['DELETE', 'sessions', { stream: 'live/cam1' }],
    ['DELETE', 'sessions', { address: '192.0.2.7', banMs: '3600000' }],
    ['DELETE', 'sessions', { identity: 'ann' }],
  ]);
  expect(call.written).toEqual([
    '1 session has ended',
    '1,200 sessions have ended',
    '1,200 sessions have ended, kept out for 1h 00m',
    '1,200 sessions have ended',
  ]);
});

test('a pattern ends nothing: a relay takes it for the key of one stream', async () => {
  await using admin = await ScriptedApi.start({});
  await expect(kick(ctlCall(admin), undefined, { stream: 'live/*' })).rejects.toThrow(
    '--stream: expected the key of one stream, without *: streampump ctl sessions --stream shows the ids of many',
  );
  expect(admin.asked).toEqual([]);
});

test.for([
  [undefined, {}],
  ['c5', { stream: 'live/cam1' }],
] as const)('who is meant has to be said, and in one way: %j', async ([id, options]) => {
  await using admin = await ScriptedApi.start({});
  await expect(kick(ctlCall(admin), id, options)).rejects.toThrow(PlaceError);
  expect(admin.asked).toEqual([]);
});
