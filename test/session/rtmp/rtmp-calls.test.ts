import { describe, expect, test } from 'vitest';
import { type AmfValue, amfObject } from '../../../src/protocol/amf/amf-value.ts';
import { CallFault } from '../../../src/protocol/amf/call-fault.ts';
import type { ClientCall } from '../../../src/session/calls/client-call.ts';
import { RawClient } from '../../support/raw-client.ts';
import { SessionScene } from '../../support/session-scene.ts';

type Handle = (call: ClientCall) => Promise<AmfValue> | undefined;

const rates = { timeoutMs: 5000, openPerSession: 3, perSecond: 10, maxAnswerBytes: 1024 };
const limits = { ...rates, amfPath: null, rpcPath: null };

/** A scene whose clients are answered by this. */
async function sceneOf(answer: Handle): Promise<SessionScene> {
  const scene = await SessionScene.start();
  scene.calls = { handlers: { answer }, limits };
  return scene;
}

/** What the client is told in an error. */
function fault(description: string, code = 'NetConnection.Call.Failed'): object {
  return { level: 'error', code, description };
}

describe('a call of a client', () => {
  test('is handled with what is known of the client, and answered under its id', async () => {
    const calls: ClientCall[] = [];
    await using scene = await sceneOf(async (call) => {
      calls.push(call);
      return amfObject({ sum: 3 });
    });
    await using client = await RawClient.open(scene.port);
    client.connect('live?key=secret', { flashVer: 'LNX 9,0,124,2' });
    await client.answerTo(1);
    client.command('add', 5, null, 1, 2);
    expect(await client.answerTo(5)).toEqual(['_result', 5, null, { sum: 3 }]);
    expect(client.said.at(-1)).toBe('_result 5 on 0');
    expect(calls).toEqual([
      {
        name: 'add',
        args: [1, 2],
        client: {
          ...{ session: 'c1', protocol: 'rtmp', address: '127.0.0.1', software: 'LNX 9,0,124,2' },
          ...{ isTls: false, identity: undefined, origin: undefined },
          connect: { app: 'live', commandObject: { flashVer: 'LNX 9,0,124,2' }, extraArgs: [] },
        },
        signal: expect.any(AbortSignal),
      },
    ]);
    expect(scene.events).toEqual(['call from-client: answered']);
  });

  test('without an id is handled, and not answered', async () => {
    const names: string[] = [];
    await using scene = await sceneOf(async ({ name }) => {
      names.push(name);
      return 1;
    });
    await using client = await scene.connected();
    client.command('note', 0, null, 'x');
    client.command('add', 6, null);
    expect(await client.answerTo(6)).toEqual(['_result', 6, null, 1]);
    expect(names).toEqual(['note', 'add']);
    expect(client.commands.filter(([name, id]) => name === '_result' && id === 0)).toEqual([]);
  });

  const rejected =
    (error: Error): Handle =>
    () =>
      Promise.reject(error);
  test.each<[string, Handle, object, string]>([
    ['nobody knows it', () => undefined, fault('unknown command add'), 'unknown'],
    [
      'the handler says why not',
      rejected(new CallFault('App.NoRoom', 'the room is full', 12)),
      { ...fault('the room is full', 'App.NoRoom'), details: 12 },
      'refused',
    ],
    [
      'the handler fails',
      rejected(new Error('ECONNREFUSED 10.0.0.3')),
      fault('the call has failed'),
      'failed',
    ],
    [
      'the handler throws',
      () => {
        throw new TypeError('x is undefined');
      },
      fault('the call has failed'),
      'failed',
    ],
    ['the answer is too large', async () => 'x'.repeat(1022), fault('the call has failed'), 'failed'],
    [
      'the answer cannot be said',
      async () => (() => {}) as unknown as AmfValue,
      fault('the call has failed'),
      'failed',
    ],
  ])('is answered with an error when %s', async (_, handle, told, outcome) => {
    await using scene = await sceneOf(handle);
    await using client = await scene.connected();
    client.command('add', 7, null);
    expect(await client.answerTo(7)).toEqual(['_error', 7, null, told]);
    expect(scene.events).toEqual([`call from-client: ${outcome}`]);
    expect(scene.log.find('call', { outcome }).length).toBeGreaterThan(0);
    client.command('getStreamLength', 8, null, 'x'); // the connection goes on
    await client.answerTo(8);
  });

  test('that is not answered in time fails, and its handler learns that nobody waits', async () => {
    const signals: AbortSignal[] = [];
    await using scene = await sceneOf(({ signal }) => {
      signals.push(signal);
      return new Promise(() => {});
    });
    await using client = await scene.connected();
    client.command('slow', 7, null);
    await expect.poll(() => signals.length).toBe(1);
    scene.clock.advance(5000);
    expect(await client.answerTo(7)).toEqual(['_error', 7, null, fault('there is no answer in time')]);
    expect(signals[0]?.aborted).toBe(true);
  });

  test('is of no use when its client has gone', async () => {
    const calls: { signal: AbortSignal; answer: (value: AmfValue) => void }[] = [];
    await using scene = await sceneOf(
      ({ signal }) => new Promise((answer) => calls.push({ signal, answer })),
    );
    await using client = await scene.connected();
    client.command('slow', 7, null);
    await expect.poll(() => calls.length).toBe(1);
    client.socket.destroy();
    await scene.log.waitFor('closed');
    expect(calls[0]?.signal.aborted).toBe(true);
    calls[0]?.answer(1);
    expect(scene.events).toEqual(['call from-client: left', 'c1 closed']);
    scene.clock.advance(5000);
    expect(scene.events).toHaveLength(2);
  });

  test('can be one of so many', async () => {
    const answers: ((value: AmfValue) => void)[] = [];
    await using scene = await sceneOf(() => new Promise((answer) => answers.push(answer)));
    await using client = await scene.connected();
    const sentence = 'too many calls: 3 may wait for answers, and 10 come in a second';
    for (let id = 10; id < 14; id++) client.command('slow', id, null);
    expect(await client.answerTo(13)).toEqual(['_error', 13, null, fault(sentence)]);
    for (const answer of answers) answer(1);
    await client.answerTo(12);
    for (let id = 20; id < 40; id++) client.command('nothing', id, null); // of which nobody waits for more than a moment
    expect(await client.answerTo(39)).toEqual(['_error', 39, null, fault(sentence)]);
    expect(answers.length).toBeLessThanOrEqual(10);
  });
});

describe('a call to a client', () => {
  test('is answered by the client, with its result or its error', async () => {
    await using scene = await SessionScene.start();
    await using client = await scene.connected();
    const [session] = scene.sessions;
    const result = session?.call?.('hello', ['you', 2]);
    const refused = session?.call?.('nothing', []);
    await client.heard('nothing');
    const [, id] = client.commands.find(([name]) => name === 'hello') ?? [];
    const [, other] = client.commands.find(([name]) => name === 'nothing') ?? [];
    expect(client.commands).toContainEqual(['hello', id, null, 'you', 2]);
    client.command('_error', other ?? 0, null, amfObject({ code: 'NetConnection.Call.Failed' }));
    client.command('_result', id ?? 0, null, [1]);
    client.command('_result', id ?? 0, null, 'again');
    client.command('_result', 4711, null, 'an answer to nothing');
    expect(await result).toEqual({ is: 'result', value: [1] });
    expect(await refused).toEqual({ is: 'error', value: { code: 'NetConnection.Call.Failed' } });
    expect(scene.events).toEqual(['call to-client: refused', 'call to-client: answered']);
  });

  test('has its time, and is over when the client has gone', async () => {
    await using scene = await sceneOf(() => undefined);
    await using client = await scene.connected();
    const [session] = scene.sessions;
    const first = session?.call?.('a', [], 1000);
    const second = session?.call?.('b', [], 60_000);
    const third = session?.call?.('c', []);
    expect(await session?.call?.('d', [])).toEqual({ is: 'limited' });
    scene.clock.advance(1000);
    expect(await first).toEqual({ is: 'timeout' });
    scene.clock.advance(4000);
    expect(await second).toEqual({ is: 'timeout' });
    expect(await third).toEqual({ is: 'timeout' });
    const last = session?.call?.('e', []);
    client.socket.destroy();
    expect(await last).toEqual({ is: 'left' });
  });

  test('waits until it is connected', async () => {
    await using scene = await SessionScene.start();
    await using _client = await RawClient.open(scene.port);
    await scene.log.waitFor('opened');
    expect(scene.sessions[0]?.call?.('a', [])).toBeUndefined();
  });
});
