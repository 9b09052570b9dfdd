import { describe, expect, test } from 'vitest';
import { type AmfValue, amfObject } from '../../../../src/protocol/amf/amf-value.ts';
import { answerByHook } from '../../../../src/service/hooks/asked/hook-call.ts';
import type { ClientCall } from '../../../../src/session/calls/client-call.ts';
import { HookScene, replied, unreachable } from '../../../support/hook-scene.ts';

const ffmpeg: ClientCall['client'] = {
  ...{ session: 'c7', protocol: 'rtmp', address: '192.0.2.1', software: 'LNX 9,0,124,2', isTls: false },
  ...{ identity: 'ann', origin: undefined },
  connect: { app: 'live', commandObject: amfObject({ flashVer: 'LNX 9,0,124,2' }), extraArgs: [true] },
};

function callOf(call: Partial<ClientCall> = {}): ClientCall {
  return { name: 'addVote', args: [], client: ffmpeg, signal: new AbortController().signal, ...call };
}

function answer(scene: HookScene, call?: Partial<ClientCall>): Promise<AmfValue> {
  return answerByHook(scene.asker, callOf(call), 'ottawa');
}

test('a call is asked with all that is known of who calls', async () => {
  const scene = new HookScene({ events: ['call'] });
  scene.reply = replied({ result: 3 });
  expect(await answer(scene, { args: ['blue', new Date(0), amfObject({ n: 2 })] })).toBe(3);
  expect(JSON.parse(scene.sent[0]?.request.body ?? '')).toEqual({
    ...{ event: 'call', name: 'addVote' },
    args: ['blue', { $amf: 'date', value: '1970-01-01T00:00:00.000Z' }, { n: 2 }],
    connect: { app: 'live', object: { flashVer: 'LNX 9,0,124,2' }, args: [true] },
    ...{ session: 'c7', protocol: 'rtmp', address: '192.0.2.1', client: 'LNX 9,0,124,2', origin: null },
    ...{ tls: false, identity: 'ann', relay: 'ottawa', time: expect.stringMatching(/Z$/) },
  });
  expect(scene.outcomes).toEqual(['hooks.0 allowed 0']);
});

test.each([
  ['a value of AMF', replied({ result: { $amf: 'date', value: '1970-01-01T00:00:00.001Z' } }), new Date(1)],
  ['nothing', replied('', 204), null],
  ['a yes without a result', replied({ allow: true }), null],
])('the result can be %s', async (_, reply, result) => {
  const scene = new HookScene({ events: ['call'] });
  scene.reply = reply;
  expect(await answer(scene)).toEqual(result);
});

describe('the client is told', () => {
  const unavailable = {
    code: 'NetConnection.Call.Failed',
    description: 'the server cannot find an answer now: try again later',
  };

  test.each([
    [
      'what the hook says of its no',
      { allow: false, message: 'the room is full', code: 'App.NoRoom', details: [12] },
      { code: 'App.NoRoom', description: 'the room is full', details: [12] },
    ],
    [
      'a sentence where the hook has none',
      { allow: false },
      { code: 'NetConnection.Call.Failed', description: 'the server does not do this', details: undefined },
    ],
    ['nothing of an answer that is none', {}, unavailable],
    ['nothing of a result that is none', { result: { $amf: 'nonsense' } }, unavailable],
    ['nothing of a code that is none', { allow: false, code: 'a b' }, unavailable],
  ])('%s', async (_, said, fault) => {
    const scene = new HookScene({ events: ['call'] });
    scene.reply = replied(said);
    await expect(answer(scene)).rejects.toMatchObject({ name: 'CallFault', ...fault });
  });

  test('nothing of a hook that does not work', async () => {
    const scene = new HookScene({ events: ['call'], retries: 0 });
    scene.reply = unreachable;
    await expect(answer(scene)).rejects.toMatchObject(unavailable);
    expect(scene.outcomes).toEqual(['hooks.0 unavailable 0']);
  });

  test('that arguments cannot be passed on', async () => {
    const cyclic: AmfValue[] = [];
    cyclic.push(cyclic);
    const scene = new HookScene({ events: ['call'] });
    await expect(answer(scene, { args: cyclic })).rejects.toMatchObject({
      description: 'the arguments cannot be passed on: a cyclic value',
    });
    expect(scene.sent).toEqual([]);
  });
});

test('nobody waits for an answer when the client has gone', async () => {
  const scene = new HookScene({ events: ['call'] });
  const leaving = new AbortController();
  const answered = answer(scene, { signal: leaving.signal });
  await scene.pass(1);
  leaving.abort(new Error('gone'));
  await expect(answered).rejects.toThrow('gone');
  expect(scene.outcomes).toEqual(['hooks.0 left 1']);
});
