import { describe, expect, test, vi } from 'vitest';
import { type AmfValue, amfObject } from '../../src/protocol/amf/amf-value.ts';
import { CallFault } from '../../src/protocol/amf/call-fault.ts';
import type { SessionCall } from '../../src/rtmp-session/session-call.ts';
import { RtmpSessionPair } from '../support/rtmp-session-pair.ts';

describe.each([
  { who: 'the server', caller: 'client', answerer: 'server' },
  { who: 'the client', caller: 'server', answerer: 'client' },
] as const)('calls that $who answers', ({ caller, answerer }) => {
  test('have results, at once or later, in the order of the answers', async () => {
    await using pair = await RtmpSessionPair.connected();
    const later = Promise.withResolvers<AmfValue>();
    pair[answerer].onCall(
      'add',
      ({ args: [a, b], wantsAnswer }) => Number(a) + Number(b) + Number(wantsAnswer),
    );
    pair[answerer].onCall('wait', () => later.promise);
    const waiting = pair[caller].call('wait');
    expect(await pair[caller].call('add', 1, 2)).toBe(4);
    later.resolve(amfObject({ film: 'a' }));
    expect(await waiting).toEqual({ film: 'a' });
  });

  test('have faults: what the handler tells, and nothing of what goes wrong inside', async () => {
    const onHandlerError = vi.fn();
    await using pair = await RtmpSessionPair.connected({ [answerer]: { onHandlerError } });
    pair[answerer].onCall('told', () => {
      throw new CallFault('Film.Missing', 'there is no such film', 7);
    });
    const bug = new Error('connect ECONNREFUSED 10.0.0.3:5432');
    pair[answerer].onCall('broken', () => Promise.reject(bug));
    pair[answerer].onCall('unspeakable', () => Symbol('no value') as unknown as AmfValue);
    await expect(pair[caller].call('told')).rejects.toMatchObject({
      name: 'RtmpCallError',
      code: 'Film.Missing',
      message: 'there is no such film',
      information: { level: 'error', details: 7 },
    });
    for (const name of ['broken', 'unspeakable']) {
      await expect(pair[caller].call(name)).rejects.toMatchObject({
        code: 'NetConnection.Call.Failed',
        message: 'the call has failed',
      });
    }
    expect(onHandlerError.mock.calls).toEqual([
      [bug, 'broken'],
      [expect.objectContaining({ code: 'AMF_VALUE_INVALID' }), 'unspeakable'],
    ]);
  });

  test('may be notifications', async () => {
    await using pair = await RtmpSessionPair.connected();
    const heard = Promise.withResolvers<unknown>();
    pair[answerer].onCall('say', (call) => {
      heard.resolve(call);
      return undefined;
    });
    pair[caller].notify('say', 'hello');
    expect(await heard.promise).toMatchObject({ name: 'say', args: ['hello'], wantsAnswer: false });
  });

  test('that are given up hear nothing of the answer, and the handler goes on', async () => {
    await using pair = await RtmpSessionPair.connected();
    const answers: PromiseWithResolvers<AmfValue>[] = [];
    pair[answerer].onCall('wait', () => {
      const answer = Promise.withResolvers<AmfValue>();
      answers.push(answer);
      return answer.promise;
    });
    pair[answerer].onCall('now', () => 1);
    const abort = new AbortController();
    const aborted = pair[caller].call({ name: 'wait', signal: abort.signal });
    const late = pair[caller].call({ name: 'wait', timeoutMs: 5 });
    await expect(late).rejects.toMatchObject({ name: 'TimeoutError', what: 'answer to wait', timeoutMs: 5 });
    abort.abort(new Error('enough'));
    await expect(aborted).rejects.toThrow('enough');
    const waiting = pair[caller].call('wait');
    await pair[caller].call('now');
    for (const [i, { resolve }] of answers.entries()) resolve(i);
    expect(await waiting).toBe(2);
    await expect(pair[caller].call({ name: 'now', signal: abort.signal })).rejects.toThrow('enough');
  });

  test('end with the session, on both sides', async () => {
    await using pair = await RtmpSessionPair.connected();
    const running = Promise.withResolvers<AbortSignal>();
    pair[answerer].onCall('wait', ({ signal }) => {
      running.resolve(signal);
      return new Promise(() => {});
    });
    const waiting = pair[caller].call('wait');
    const signal = await running.promise;
    const aborted = new Promise((resolve) => signal.addEventListener('abort', resolve));
    pair[caller].destroy();
    await expect(waiting).rejects.toMatchObject({ name: 'SessionClosedError' });
    await aborted;
    await expect(pair[caller].call('wait')).rejects.toMatchObject({ name: 'SessionClosedError' });
  });

  test('that a handler does not answer in time are told so, and its signal aborts', async () => {
    await using pair = await RtmpSessionPair.connected({ [answerer]: { deadlines: { answerMs: 5 } } });
    const aborted = Promise.withResolvers<void>();
    pair[answerer].onCall('wait', ({ signal }) => {
      signal.addEventListener('abort', () => aborted.resolve());
      return new Promise(() => {});
    });
    await expect(pair[caller].call('wait')).rejects.toThrow('the call took too long');
    await aborted.promise;
  });

  test('are answered so many at a time, and open so many', async () => {
    await using pair = await RtmpSessionPair.connected({ [answerer]: { limits: { runningCalls: 3 } } });
    pair[answerer].onCall('wait', () => new Promise(() => {}));
    const calls = Array.from({ length: 259 }, () =>
      pair[caller].call('wait').catch(({ message }) => message),
    );
    const told = await Promise.all(calls.slice(3));
    expect(Map.groupBy(told, (message) => message).get('too many calls at once')).toHaveLength(253);
    expect(told.slice(-3)).toEqual(Array(3).fill('wait cannot be called: too many calls are open'));
  });

  test('whose argument AMF cannot carry are none, and nothing else suffers', async () => {
    await using pair = await RtmpSessionPair.connected();
    pair[answerer].onCall('now', () => 1);
    const symbol = Symbol('no value') as unknown as AmfValue;
    await expect(pair[caller].call('now', symbol)).rejects.toMatchObject({ code: 'AMF_VALUE_INVALID' });
    expect(() => pair[caller].notify('now', symbol)).toThrowError(/AMF has no symbol/);
    expect(await pair[caller].call('now')).toBe(1);
  });
});

test('a call that nobody handles fails at a server, and has null from a client', async () => {
  await using pair = await RtmpSessionPair.connected();
  await expect(pair.client.call('getFilm')).rejects.toMatchObject({
    code: 'NetConnection.Call.Failed',
    message: 'unknown command getFilm',
  });
  expect(await pair.server.call('_onbwcheck', 1)).toBeNull();
  pair.client.onCall('_onbwcheck', () => 5);
  expect(await pair.server.call('_onbwcheck', 1)).toBe(5);
  pair.client.onCall('_onbwcheck', undefined);
  expect(await pair.server.call('_onbwcheck', 1)).toBeNull();
});

test('handlers that are there from the start hear what comes with the answer to connect', async () => {
  const done = Promise.withResolvers<unknown>();
  const onBWDone = (call: SessionCall): undefined => done.resolve(call) as undefined;
  await using _pair = await RtmpSessionPair.connected({
    client: { calls: { onBWDone } },
  });
  expect(await done.promise).toMatchObject({ name: 'onBWDone', wantsAnswer: false });
});
