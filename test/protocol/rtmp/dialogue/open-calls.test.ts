import { describe, expect, test } from 'vitest';
import { type AmfValue, amfObject } from '../../../../src/protocol/amf/amf-value.ts';
import {
  type CallAnswer,
  OpenCalls,
  type PeerCall,
} from '../../../../src/protocol/rtmp/dialogue/open-calls.ts';
import { ClientScene } from '../../../support/client-scene.ts';
import { ServerScene } from '../../../support/server-scene.ts';

const failed = { level: 'error', code: 'NetConnection.Call.Failed', description: 'no such film' };
const closed = {
  level: 'error',
  code: 'NetConnection.Connect.Closed',
  description: 'the connection was closed before the call was answered',
};

/** Opens a call and notes how it is settled. */
function call(calls: OpenCalls, answers: CallAnswer[]): number {
  const id = calls.open(
    (answer) => answers.push(answer),
    () => {},
  );
  if (id === undefined) throw new Error('too many calls are open');
  return id;
}

describe('open calls', () => {
  test('are settled once, by the first answer', () => {
    const calls = new OpenCalls(6);
    const answers: CallAnswer[] = [];
    expect([call(calls, answers), call(calls, answers)]).toEqual([6, 7]);
    calls.answer('_error', 7, [null, amfObject(failed)]);
    calls.answer('_result', 7, [null, 'late']);
    calls.answer('_result', 6, [null, 'film']);
    calls.close();
    expect(answers).toEqual([{ error: failed }, { result: 'film' }]);
  });

  test('hear nothing of answers to others', () => {
    const calls = new OpenCalls(1);
    const answers: CallAnswer[] = [];
    call(calls, answers);
    for (const id of [0, 2, -1, 0.5, Number.NaN]) calls.answer('_result', id, [null, 'film']);
    expect(answers).toEqual([]);
  });

  test('have undefined for a result that is left out, and nothing for an error that is no object', () => {
    const calls = new OpenCalls(1);
    const answers: CallAnswer[] = [];
    call(calls, answers);
    call(calls, answers);
    calls.answer('_result', 1, []);
    calls.answer('_error', 2, [null, 'no']);
    expect(answers).toEqual([{ result: undefined }, { error: {} }]);
  });

  test('that are cancelled hear nothing of a late answer, nor of the end', () => {
    const calls = new OpenCalls(1);
    const answers: CallAnswer[] = [];
    calls.cancel(call(calls, answers));
    calls.answer('_result', 1, [null, 'film']);
    calls.close();
    expect(answers).toEqual([]);
  });

  test('all end with the connection', () => {
    const calls = new OpenCalls(1);
    const answers: CallAnswer[] = [];
    call(calls, answers);
    call(calls, answers);
    calls.close();
    expect(answers).toEqual([{ error: closed }, { error: closed }]);
  });

  test('that cannot be sent are none', () => {
    const scene = ServerScene.connected();
    const answers: CallAnswer[] = [];
    const symbol = Symbol('no value of AMF') as unknown as AmfValue;
    const settle = (answer: CallAnswer) => answers.push(answer);
    expect(() => scene.dialogue.callPeer('ask', [symbol], settle)).toThrowError(
      expect.objectContaining({ code: 'AMF_VALUE_INVALID' }),
    );
    scene.dialogue.closeCalls();
    expect([answers, scene.heard()]).toEqual([[], []]);
  });

  test('are 256 at most; an answer makes room', () => {
    const calls = new OpenCalls(1);
    const answers: CallAnswer[] = [];
    for (let i = 0; i < 256; i++) call(calls, answers);
    expect(
      calls.open(
        () => {},
        () => {},
      ),
    ).toBeUndefined();
    calls.answer('_result', 3, []);
    expect(call(calls, answers)).toBe(257);
  });
});

describe('a server', () => {
  test('hears of calls that are none of its own, and answers when it likes', () => {
    const calls: PeerCall[] = [];
    const scene = ServerScene.connected(() => ({ onCall: (peerCall) => calls.push(peerCall) }));
    scene.command('getFilm', 7, null, 'a', amfObject({ b: 1 }));
    scene.commandOn(1, 'getFilm', 8);
    scene.command('say', 0, null, 'hello');
    scene.command('getStreamLength', 9, null, 'a');
    expect(calls).toEqual([
      { name: 'getFilm', transactionId: 7, commandObject: null, args: ['a', { b: 1 }], messageStreamId: 0 },
      { name: 'getFilm', transactionId: 8, commandObject: undefined, args: [], messageStreamId: 1 },
      { name: 'say', transactionId: 0, commandObject: null, args: ['hello'], messageStreamId: 0 },
    ]);
    expect(scene.heardNames()).toEqual(['_result 9 on 0']);
    scene.dialogue.refuseCall(8, 'Film.Missing', 'no such film', { details: 'a' });
    scene.dialogue.answerCall(7, ['film']);
    expect(scene.heard()).toEqual([
      {
        on: 0,
        command: [
          '_error',
          8,
          null,
          { level: 'error', code: 'Film.Missing', description: 'no such film', details: 'a' },
        ],
      },
      { on: 0, command: ['_result', 7, null, ['film']] },
    ]);
  });

  test('hears of none before it has accepted connect', () => {
    const scene = new ServerScene(() => ({ onCall: () => {} }));
    scene.dialogue.receive(Buffer.concat([Buffer.from([3]), Buffer.alloc(3072)]));
    scene.command('getFilm', 7, null);
    expect(scene.told).toEqual([]);
    expect(scene.heardNames()).toEqual(['_error 7 on 0']);
  });

  test('calls its client', () => {
    const scene = ServerScene.connected();
    const answers: CallAnswer[] = [];
    const settle = (answer: CallAnswer) => answers.push(answer);
    const [first, second] = ['_onbwcheck', 'ask'].map((name) =>
      scene.dialogue.callPeer(name, [1, 'b'], settle),
    );
    scene.dialogue.notify('say', 'hello');
    expect(scene.heard()).toEqual([
      { on: 0, command: ['_onbwcheck', first, null, 1, 'b'] },
      { on: 0, command: ['ask', second, null, 1, 'b'] },
      { on: 0, command: ['say', 0, null, 'hello'] },
    ]);
    scene.command('_error', second ?? 0, null, amfObject(failed));
    scene.command('_result', first ?? 0, null, 77);
    expect(answers).toEqual([{ error: failed }, { result: 77 }]);
  });

  test('whose client goes, or does not answer in time, waits for nothing', () => {
    const scene = ServerScene.connected();
    const answers: CallAnswer[] = [];
    const settle = (answer: CallAnswer) => answers.push(answer);
    const late = scene.dialogue.callPeer('ask', [], settle);
    scene.dialogue.cancelCall(late ?? 0);
    scene.dialogue.callPeer('ask', [], settle);
    scene.command('_result', late ?? 0, null, 'late');
    expect(answers).toEqual([]);
    scene.dialogue.closeCalls();
    expect(answers).toEqual([{ error: closed }]);
  });
});

describe.each(['play', 'publish'] as const)('a client that does %s', (does) => {
  test('hears of calls that are none of its own, and answers when it likes', () => {
    const calls: PeerCall[] = [];
    const scene = ClientScene.started(does, () => ({ onCall: (peerCall) => calls.push(peerCall) }));
    scene.command('_onbwcheck', 77, null, 'x');
    scene.command('onBWDone', 0, null);
    expect(calls).toEqual([
      { name: '_onbwcheck', transactionId: 77, commandObject: null, args: ['x'], messageStreamId: 0 },
      { name: 'onBWDone', transactionId: 0, commandObject: null, args: [], messageStreamId: 0 },
    ]);
    expect(scene.heard()).toEqual([]);
    scene.dialogue.answerCall(77, 1);
    scene.dialogue.refuseCall(78, 'NetConnection.Call.Failed', 'no such film');
    expect(scene.heard()).toEqual([
      { on: 0, command: ['_result', 77, null, 1] },
      { on: 0, command: ['_error', 78, null, failed] },
    ]);
  });

  test('calls its server, and an error ends the call alone', () => {
    const scene = ClientScene.started(does);
    const answers: CallAnswer[] = [];
    const settle = (answer: CallAnswer) => answers.push(answer);
    const [first, second, third, fourth] = ['a', 'b', 'c', 'd'].map((name) =>
      scene.dialogue.callPeer(name, [name], settle),
    );
    scene.dialogue.notify('say', 'hello');
    expect(scene.heard()[0]).toEqual({ on: 0, command: ['a', first, null, 'a'] });
    scene.command('_result', second ?? 0, null, 'film');
    scene.command('_error', first ?? 0, null, amfObject(failed));
    scene.dialogue.cancelCall(third ?? 0);
    scene.command('_result', third ?? 0, null, 'late');
    scene.command('_result', first ?? 0, null, 'twice');
    expect(answers).toEqual([{ result: 'film' }, { error: failed }]);
    expect(scene.dialogue.isOver).toBe(false);
    scene.dialogue.closeCalls();
    expect(answers).toEqual([{ result: 'film' }, { error: failed }, { error: closed }]);
    expect(fourth).toBe((third ?? 0) + 1);
  });
});
