import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ChangingScene } from '../../support/changing-scene.ts';
import { HookServer } from '../../support/hook-server.ts';
import { RpcClient } from '../../support/rpc-client.ts';

/** A call as a hook is asked to answer it. */
interface Asked {
  readonly event: string;
  readonly name: string;
  readonly args: readonly unknown[];
}

/** What the back end of these tests answers. */
function answerOf({ event, name, args }: Asked): object | undefined {
  if (event === 'connect') return { allow: true, identity: 'ann' };
  switch (name) {
    case 'subtract':
      return { result: Number(args[0]) - Number(args[1]) };
    case 'echo':
      return { result: args };
    case 'refuse':
      return { allow: false, message: 'the room is full', code: 'App.NoRoom', details: { left: 0 } };
    default:
      return undefined; // never answered
  }
}

describe.each([1, 2])('with %i workers', (workers) => {
  let hook: HookServer;
  let scene: ChangingScene;

  beforeAll(async () => {
    hook = await HookServer.start((asked) => answerOf(asked as unknown as Asked));
    scene = await ChangingScene.start(workers, {
      hooks: [{ events: ['connect', 'call'], url: hook.url, timeoutMs: 60_000 }],
      calls: { rpcPath: '/rpc', openPerSession: 4, perSecond: 1000, timeoutMs: 400 },
      http: { publishOrigins: ['https://shown.example'] },
    });
  });

  afterAll(async () => {
    await scene[Symbol.asyncDispose]();
    await hook[Symbol.asyncDispose]();
  });

  function open(query = '', headers: Record<string, string> = {}): Promise<RpcClient> {
    return RpcClient.open(`ws://127.0.0.1:${scene.port('http')}/rpc${query}`, headers);
  }

  /** The session that has come last, as the API shows it. */
  async function sessionOf(software: string): Promise<{ readonly id: string }> {
    const [, list] = (await scene.answer('GET sessions?role=caller')) as [
      number,
      { readonly items: readonly { readonly id: string; readonly client: string }[] },
    ];
    return list.items.find(({ client }) => client === software) ?? { id: 'none' };
  }

  test('a client calls, by position, by name, in a batch, and without an answer', async () => {
    await using client = await open('?room=7', { 'user-agent': 'caller 1', origin: 'https://shown.example' });
    client.call('subtract', [42, 23], 1);
    expect(await client.answerTo(1)).toEqual({ jsonrpc: '2.0', result: 19, id: 1 });
    client.call('echo', { $amf: 'date', value: '1970-01-01T00:00:00.000Z' }, 'a');
    expect((await client.answerTo('a'))['result']).toEqual([
      { $amf: 'date', value: '1970-01-01T00:00:00.000Z' },
    ]);
    client.call('refuse', [], 2);
    expect((await client.answerTo(2))['error']).toEqual({
      code: -32000,
      message: 'the room is full',
      data: { code: 'App.NoRoom', details: { left: 0 } },
    });
    client.send([
      { jsonrpc: '2.0', method: 'subtract', params: [5, 3], id: 3 },
      { jsonrpc: '2.0', method: 'echo', params: [] },
      1,
      { jsonrpc: '2.0', method: 'subtract', params: [9, 3], id: 4 },
    ]);
    const batch = await client.hears((message) => (Array.isArray(message) ? message : undefined));
    expect(batch).toHaveLength(3);
    expect(batch).toEqual(
      expect.arrayContaining([
        { jsonrpc: '2.0', result: 2, id: 3 },
        { jsonrpc: '2.0', result: 6, id: 4 },
        { jsonrpc: '2.0', error: { code: -32600, message: 'Invalid Request' }, id: null },
      ]),
    );
    const asked = hook.asked.find(({ event }) => event === 'call');
    expect(asked).toMatchObject({
      ...{ protocol: 'rpc', client: 'caller 1', identity: 'ann', origin: 'https://shown.example' },
      ...{ name: 'subtract', args: [42, 23], connect: null, address: '127.0.0.1' },
    });
    expect(hook.asked.find(({ event }) => event === 'connect')).toMatchObject({
      query: 'room=7',
      stream: null,
    });
  });

  test('an operator calls the client, which is shown among the sessions', async () => {
    await using client = await open('', { 'user-agent': 'caller 2' });
    client.call('subtract', [1, 1], 1);
    await client.answerTo(1);
    const { id } = await sessionOf('caller 2');
    const path = `POST sessions/${id}/call`;
    const answer = scene.answer(path, { name: 'onScore', args: ['blue'] });
    const { id: asked, ...request } = await client.hears((message) =>
      message['method'] === 'onScore' ? message : undefined,
    );
    expect(request).toEqual({ jsonrpc: '2.0', method: 'onScore', params: ['blue'] });
    client.send({ jsonrpc: '2.0', result: 'of nothing', id: 4711 });
    client.send({ jsonrpc: '2.0', result: { seen: true }, id: asked });
    expect(await answer).toEqual([200, { result: { seen: true } }]);
    const refused = scene.answer(path, { name: 'nothing' });
    const second = await client.hears((message) =>
      message['method'] === 'nothing' ? message['id'] : undefined,
    );
    const error = { code: -32601, message: 'Method not found' };
    client.send({ jsonrpc: '2.0', error, id: second });
    expect(await refused).toEqual([200, { error }]);
    expect((await scene.answer(path, { name: 'silent', timeoutMs: 20 }))[0]).toBe(504);
  });

  test('what is no call is told so, and too much of it ends the connection', async () => {
    await using client = await open();
    client.send('{"jsonrpc": "2.0", "method": "foobar, "params": "bar", "baz]');
    expect(await client.answerTo(null)).toEqual({
      ...{ jsonrpc: '2.0', error: { code: -32700, message: 'Parse error' }, id: null },
    });
    client.call('subtract', [{ $amf: 'nonsense' }], 8);
    expect((await client.answerTo(8))['error']).toMatchObject({ code: -32602, message: 'Invalid params' });
    for (let i = 0; i < 200; i++) client.send('[]');
    expect(await client.closed).toEqual({ code: 1008, reason: 'too much that is no call' });
    await using binary = await open();
    binary.send(new Uint8Array([1, 2, 3]));
    expect((await binary.closed).code).toBe(1003);
    await using large = await open();
    large.call('echo', ['x'.repeat(70_000)], 1);
    expect((await large.closed).code).toBe(1009);
  });

  test('a call that is not answered in time fails, and so does one too many', async () => {
    await using client = await open();
    for (let id = 1; id <= 5; id++) client.call('forever', [], id);
    const sentence = 'too many calls: 4 may wait for answers, and 1000 come in a second';
    expect((await client.answerTo(5))['error']).toMatchObject({ code: -32000, message: sentence });
    for (let id = 1; id <= 4; id++)
      expect((await client.answerTo(id))['error']).toMatchObject({
        ...{ code: -32000, message: 'there is no answer in time' },
        data: { code: 'NetConnection.Call.Failed' },
      });
  });

  test('pages of origins that may not publish may not call, whoever may play, and nobody whom the back end refuses', async () => {
    await using page = await open('', { origin: 'https://other.example' });
    expect((await page.closed).code).toBe(4403);
    hook.script = () => ({ allow: false, message: 'not you' });
    await using refused = await open('?as=somebody-else');
    expect(await refused.closed).toEqual({ code: 4403, reason: 'not you' });
    hook.script = (asked) => answerOf(asked as unknown as Asked);
  });

  test('whoever is connected is let go when the relay drains', async () => {
    await using client = await open();
    client.call('subtract', [1, 1], 1);
    await client.answerTo(1);
    const drained = (scene.control as unknown as { drain(): Promise<number> }).drain();
    expect(await client.closed).toEqual({ code: 1001, reason: 'the relay is shutting down' });
    expect(await drained).toBe(0);
  });
});

test('there is nothing where no path is set', async () => {
  await using scene = await ChangingScene.start(1);
  await expect(RpcClient.open(`ws://127.0.0.1:${scene.port('http')}/rpc`)).rejects.toThrow('cannot open');
});
