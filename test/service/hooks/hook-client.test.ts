import type { Socket } from 'node:net';
import { describe, expect, test } from 'vitest';
import { HookClient, type HookClientSettings } from '../../../src/service/hooks/hook-client.ts';
import { connectStraight } from '../../../src/session/upstream/server-connector.ts';
import { systemClock } from '../../../src/stream/clock.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { RawServer } from '../../support/raw-server.ts';

const request = { id: 'evt_1', contentType: 'application/json', body: '{"event":"play"}' };

function clientOf(server: RawServer, settings: Partial<HookClientSettings> = {}, clock = systemClock) {
  const client = new HookClient(
    {
      url: `http://me:p%40ss@127.0.0.1:${server.port}/hook?x=y`,
      secret: 'sixteen letters!',
      timeoutMs: 10_000,
      connections: 2,
      maxAnswerBytes: 1024,
      ...settings,
    },
    { clock, connect: connectStraight },
  );
  return Object.assign(client, { [Symbol.dispose]: () => client.destroy() });
}

function answer(body: string, head = ''): string {
  return `HTTP/1.1 200 OK\r\n${head}Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
}

test('posts the body, signed, with user and password of the URL, and gives the answer', async () => {
  await using server = await RawServer.start((socket) => socket.write(answer('{"allow":true}')));
  using client = clientOf(server);
  expect(await client.send(request)).toEqual({
    is: 'answer',
    status: 200,
    location: undefined,
    text: '{"allow":true}',
  });
  const { heard } = await server.connection();
  expect(heard).toMatch(/^POST \/hook\?x=y HTTP\/1\.1\r\n/);
  for (const line of [
    `host: 127.0.0.1:${server.port}`,
    'content-type: application/json',
    `authorization: Basic ${btoa('me:p@ss')}`,
    'webhook-id: evt_1',
  ])
    expect(heard).toContain(`${line}\r\n`);
  expect(heard).toMatch(/webhook-timestamp: \d{10}\r\nwebhook-signature: v1,[\w+/]{43}=\r\n/);
  expect(heard).toMatch(/\r\n\r\n\{"event":"play"\}$/);
});

test('keeps its connections, and opens no more than it may', async () => {
  const open: Socket[] = [];
  await using server = await RawServer.start((socket) => {
    open.push(socket);
    if (open.length < 2) return;
    for (const each of open) each.on('data', () => each.write(answer('{}')));
    for (const each of open) each.write(answer('{}'));
  });
  using client = clientOf(server);
  const replies = await Promise.all(['a', 'b', 'c', 'd'].map((id) => client.send({ ...request, id })));
  expect(replies.map((reply) => reply.is)).toEqual(['answer', 'answer', 'answer', 'answer']);
  expect(server.connections.length).toBe(2);
});

test('does not follow where it is sent', async () => {
  await using server = await RawServer.start((socket) =>
    socket.write('HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n'),
  );
  using client = clientOf(server);
  expect(await client.send(request)).toEqual({
    is: 'answer',
    status: 302,
    location: 'http://127.0.0.1:1/',
    text: '',
  });
  expect(server.connections.length).toBe(1);
});

describe('a server that', () => {
  test.each([
    {
      does: 'announces too much',
      says: 'HTTP/1.1 200 OK\r\nContent-Length: 104857600\r\n\r\n',
      fault: 'answer',
      problem: 'its answer is too large',
    },
    {
      does: 'sends too much',
      says: `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n800\r\n${'x'.repeat(2048)}\r\n`,
      fault: 'answer',
      problem: 'its answer is too large',
    },
    {
      does: 'never ends its head',
      says: 'HTTP/1.1 200 OK\r\n'.padEnd(40_000, 'X: yyyyyyyyyyyyyyyyyyyyyyyyyyyyy\r\n'),
      fault: 'answer',
      problem: 'the head of its answer is too large',
    },
    {
      does: 'speaks something else',
      says: 'SSH-2.0-x\r\n\r\n',
      fault: 'answer',
      problem: expect.stringMatching(/^its answer is no HTTP \(.*\)$/),
    },
  ])('$does is left', async ({ says, fault, problem }) => {
    await using server = await RawServer.start((socket) => socket.write(says));
    using client = clientOf(server);
    expect(await client.send(request)).toEqual({ is: 'fault', fault, problem });
    await (await server.connection()).closed;
  });

  test('closes without a word, or is not there, gives no answer', async () => {
    await using server = await RawServer.start((socket) => socket.destroy());
    using client = clientOf(server);
    expect(await client.send(request)).toMatchObject({ is: 'fault', fault: 'connection' });
    using other = clientOf(server, { url: 'http://127.0.0.1:1/' });
    const problem = 'cannot reach 127.0.0.1 port 1: connect ECONNREFUSED 127.0.0.1:1';
    expect(await other.send(request)).toEqual({ is: 'fault', fault: 'connection', problem });
  });

  test('is silent, or begins and does not end, gets no more than the time of the whole request', async () => {
    const clock = new FakeClock();
    for (const says of ['', answer('{}').slice(0, -1)]) {
      await using server = await RawServer.start((socket) => {
        socket.write(says, () => setImmediate(() => clock.advance(10_000)));
      });
      using client = clientOf(server, {}, clock);
      const problem = 'no whole answer within 10000 ms';
      expect(await client.send(request)).toEqual({ is: 'fault', fault: 'timeout', problem });
      await (await server.connection()).closed;
      expect(clock.pending).toBe(0);
    }
  });
});

test('whoever waits no more gives its connection back', async () => {
  await using server = await RawServer.start();
  using client = clientOf(server);
  const leaving = new AbortController();
  const sent = client.send(request, leaving.signal);
  const connection = await server.connection();
  leaving.abort(new Error('the peer has left'));
  await expect(sent).rejects.toThrow('the peer has left');
  await connection.closed;
  await expect(client.send(request, leaving.signal)).rejects.toThrow('the peer has left');
});

test('closing lets what was sent be answered, and closes the connections', async () => {
  let reply = (): void => {};
  await using server = await RawServer.start((socket) => {
    reply = () => socket.write(answer('{}'));
    void client.close();
    setImmediate(reply);
  });
  using client = clientOf(server);
  expect(await client.send(request)).toMatchObject({ is: 'answer' });
  await (await server.connection()).closed;
  expect(await client.send(request)).toMatchObject({ is: 'fault', fault: 'connection' });
});
