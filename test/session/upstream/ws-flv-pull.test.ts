import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, test } from 'vitest';
import { type WebSocket, WebSocketServer } from 'ws';
import { ServerConnector } from '../../../src/session/upstream/server-connector.ts';
import { WsFlvPull } from '../../../src/session/upstream/ws-flv-pull.ts';
import { systemClock } from '../../../src/stream/clock.ts';
import { flvBody, flvHeader } from '../../support/flv-body.ts';
import { httpUrl } from '../../support/http-url.ts';
import { RawServer } from '../../support/raw-server.ts';
import { UpstreamNotes } from '../../support/upstream-notes.ts';

const connector = new ServerConnector(systemClock, { proxy: { url: null, bypass: [] } });

function pullFrom(port: number, notes: UpstreamNotes): WsFlvPull {
  const url = httpUrl(`ws://me:pass@127.0.0.1:${port}/live/a.flv?token=x`);
  const wish = { url, waiting: ['me', 'child'], maxTagBytes: 100_000, maxMessageBytes: 200_000 };
  return new WsFlvPull(wish, connector, notes);
}

/** A pull from a server that does this once the WebSocket is open. */
async function pulling(act: (webSocket: WebSocket, request: IncomingMessage) => void) {
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0 });
  server.on('headers', (headers) => headers.push('Streampump-Path: b, origin'));
  server.on('connection', (webSocket, request) => {
    webSocket.on('error', () => {});
    act(webSocket, request);
  });
  await once(server, 'listening');
  const notes = new UpstreamNotes();
  const pull = pullFrom((server.address() as AddressInfo).port, notes);
  return {
    server,
    notes,
    pull,
    async [Symbol.asyncDispose]() {
      pull.close();
      for (const client of server.clients) client.terminate();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

test('asks once, with its path and credentials, and tells path, media and end', async () => {
  const asked: IncomingMessage[] = [];
  await using scene = await pulling((webSocket, request) => {
    asked.push(request);
    const body = flvBody('M1@0 VH1@0 K1@40');
    webSocket.send(flvHeader);
    webSocket.send(body.subarray(0, 40));
    webSocket.send(body.subarray(40), { fin: false });
    webSocket.send(Buffer.alloc(0), { fin: true });
    webSocket.close(1000, 'the stream has ended');
  });
  expect(await scene.notes.end()).toEqual({
    kind: 'ended',
    description: 'the server closed the WebSocket',
    said: 'the stream has ended',
  });
  expect(asked).toHaveLength(1);
  expect(asked[0]?.url).toBe('/live/a.flv?token=x');
  expect(asked[0]?.headers).toMatchObject({
    'streampump-path': 'me, child',
    authorization: `Basic ${btoa('me:pass')}`,
  });
  expect(asked[0]?.headers).not.toHaveProperty('sec-websocket-extensions');
  expect(scene.notes.told.map(([name, first, second]) => [name, first, second])).toEqual([
    ['start', ['b', 'origin'], undefined],
    ['media', 18, 0],
    ['media', 9, 0],
    ['media', 9, 40],
    ['end', expect.anything(), undefined],
  ]);
});

describe('a close', () => {
  test.each([
    {
      code: 4404,
      reason: 'there is no stream',
      end: { kind: 'not-found', description: 'closed with 4404', said: 'there is no stream' },
    },
    {
      code: 4508,
      reason: 'loop: a -> b',
      end: { kind: 'refused', description: 'closed with 4508', said: 'loop: a -> b' },
    },
    { code: 1001, reason: '', end: { kind: 'lost', description: 'closed with 1001', said: '' } },
    {
      code: 1011,
      reason: 'oh\u001b[31m',
      end: { kind: 'lost', description: 'closed with 1011', said: 'oh\u001b[31m' },
    },
    {
      code: 1000,
      reason: '',
      end: { kind: 'ended', description: 'the server closed the WebSocket', said: '' },
    },
    {
      code: undefined,
      reason: undefined,
      end: { kind: 'ended', description: 'the server closed the WebSocket', said: '' },
    },
  ])('with $code is an end: $end.kind', async ({ code, reason, end }) => {
    await using scene = await pulling((webSocket) => webSocket.close(code, reason));
    expect(await scene.notes.end()).toEqual(end);
  });

  test('that was none is a cut', async () => {
    await using scene = await pulling((webSocket) => webSocket.terminate());
    expect(await scene.notes.end()).toEqual({
      kind: 'lost',
      description: 'the server closed the connection',
    });
  });
});

test('answers to pings are signs of life', async () => {
  await using scene = await pulling((webSocket) => webSocket.on('ping', () => webSocket.send(flvHeader)));
  scene.pull.ping(); // not open yet: no harm
  await scene.notes.until('start');
  scene.pull.ping();
  while (scene.pull.signsOfLife === 0) await new Promise((resolve) => setImmediate(resolve));
  expect(scene.pull.signsOfLife).toBe(1);
});

describe('a hostile server costs its connection', () => {
  test.each([
    { it: 'garbage', send: Buffer.alloc(500, 7), says: /no FLV signature/ },
    {
      it: 'an absurd tag',
      send: Buffer.concat([flvHeader, Buffer.from('09ffffff00000000000000', 'hex')]),
      says: /limit/,
    },
    { it: 'text', send: 'hello', says: /text/ },
    { it: 'a message beyond all bounds', send: Buffer.alloc(200_001), says: /Max payload size exceeded/ },
  ])('$it', async ({ send, says }) => {
    await using scene = await pulling((webSocket) => webSocket.send(send));
    const { kind, description } = await scene.notes.end();
    expect([kind, description]).toEqual(['lost', expect.stringMatching(says)]);
    while (scene.server.clients.size > 0) await new Promise((resolve) => setImmediate(resolve));
  });

  test('that sends a message in fragments of a byte', async () => {
    await using scene = await pulling((webSocket) => {
      for (let i = 0; i < 5000; i++) webSocket.send(Buffer.of(7), { fin: false });
    });
    expect((await scene.notes.end()).description).toBe('Too many message fragments');
  });
});

describe('an answer that is no upgrade', () => {
  test.each([
    {
      answer: 'HTTP/1.1 404 x\r\nContent-Length: 0\r\n\r\n',
      end: { kind: 'not-found', description: '404 Not Found', said: '' },
    },
    {
      answer: 'HTTP/1.1 403 x\r\nContent-Type: text/plain\r\nContent-Length: 2\r\n\r\nno',
      end: { kind: 'refused', description: '403 Forbidden', said: 'no' },
    },
    {
      answer: 'HTTP/1.1 307 x\r\nLocation: https://other/x\r\nContent-Length: 0\r\n\r\n',
      end: { kind: 'redirect', description: '307 Temporary Redirect', url: 'https://other/x' },
    },
    {
      answer:
        'HTTP/1.1 101 x\r\nConnection: upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: x\r\n\r\n',
      end: { kind: 'lost', description: 'Invalid Sec-WebSocket-Accept header' },
    },
    { answer: `HTTP/1.1 101 ${'x'.repeat(20_000)}`, end: { kind: 'lost', description: /overflow/i } },
    {
      answer: 'HTTP/1.1 403 x\r\nContent-Type: text/plain\r\nContent-Length: 9\r\n\r\nnot for',
      breaksOff: true,
      end: { kind: 'refused', description: '403 Forbidden', said: 'not for' },
    },
  ])('$end.kind', async ({ answer, breaksOff = false, end }) => {
    await using server = await RawServer.start((socket) =>
      breaksOff ? socket.end(answer) : socket.write(answer),
    );
    const notes = new UpstreamNotes();
    pullFrom(server.port, notes);
    const told = await notes.end();
    if (end.description instanceof RegExp) expect(told.description).toMatch(end.description);
    else expect(told).toEqual(end);
    await (await server.connection()).closed;
  });
});

test('who leaves says so', async () => {
  const { promise: closed, resolve } = Promise.withResolvers<number>();
  await using scene = await pulling((webSocket) => {
    webSocket.on('close', resolve);
    webSocket.send(flvHeader);
    webSocket.send(flvBody('K1@0'));
  });
  scene.notes.react = (name) => name === 'media' && scene.pull.close();
  expect(await closed).toBe(1000);
});

test('who leaves is told nothing more, before and after the upgrade', async () => {
  await using server = await RawServer.start();
  const notes = new UpstreamNotes();
  const pull = pullFrom(server.port, notes);
  const { closed } = await server.connection();
  pull.close();
  await closed;
  expect(notes.told).toEqual([]);

  await using scene = await pulling((webSocket) =>
    webSocket.send(Buffer.concat([flvHeader, flvBody('K1@0 P2@40')])),
  );
  scene.notes.react = (name) => name === 'media' && scene.pull.close();
  await scene.notes.until('media');
  while (scene.server.clients.size > 0) await new Promise((resolve) => setImmediate(resolve));
  expect(scene.notes.told.map(([name]) => name)).toEqual(['start', 'media']);
});
