import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, test } from 'vitest';
import { Resolving } from '../../../../src/service/house/entrance/resolving.ts';
import type { PageVisitor } from '../../../../src/session/http/http-activity.ts';
import { HttpOrigins } from '../../../../src/session/http/http-origins.ts';
import { requestOf } from '../../../support/access-question.ts';
import { EntranceScene } from '../../../support/entrance-scene.ts';
import { startHouse } from '../../../support/start-house.ts';

/** Serves what is resolved, to pages of one origin. */
async function serve(scene: EntranceScene) {
  const origins = new HttpOrigins({ corsOrigins: ['https://a.example'], publishOrigins: [] });
  const resolving = new Resolving(scene.gate, origins);
  const visitor: Pick<PageVisitor, 'request'> = {
    request: (verb, wish, intent) => requestOf({ ...wish, verb, intent, protocol: 'http-flv' }),
  };
  const server = createServer(async (request, response) => {
    if (!(await resolving.answer(request, response, visitor as PageVisitor))) response.writeHead(418).end();
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    ask: async (query: string, init: RequestInit = {}) => {
      const response = await fetch(`http://127.0.0.1:${port}/api/v1/resolve${query}`, init);
      const text = await response.text();
      return {
        status: response.status,
        headers: response.headers,
        body: text === '' ? '' : JSON.parse(text),
      };
    },
    [Symbol.asyncDispose]: async () => {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

test('says the relay, the URL and how long it is good; pages of the origins may read it', async () => {
  const scene = new EntranceScene();
  await using site = await serve(scene);
  const origin = 'https://a.example';
  const query = '?stream=live%2Fcam%201&protocol=wss-flv&uid=7&key=hush';
  const { status, headers, body } = await site.ask(query, { headers: { origin } });
  expect([status, body]).toEqual([
    200,
    { relay: 'paris', url: 'wss-flv://paris/live/cam 1?uid=7&permit=signed', expiresInMs: 60_000 },
  ]);
  expect(headers.get('cache-control')).toBe('no-store');
  expect(headers.get('access-control-allow-origin')).toBe(origin);
  expect(scene.sought).toEqual(['play live/cam 1 from 192.0.2.1 by wss-flv']);
  await site.ask(query, { method: 'HEAD' });
  expect(scene.sought[1]).toBe('?play live/cam 1 from 192.0.2.1 by wss-flv');
});

test.each([
  { query: '', status: 400, message: 'expected protocol= with one of rtmp, rtmps' },
  { query: '?stream=live/a', status: 400, message: 'expected protocol=' },
  { query: '?stream=live/a&protocol=ftp', status: 400, message: 'expected protocol=' },
  { query: '?protocol=rtmp', status: 400, message: 'expected stream= with the key of a stream' },
  { query: '?protocol=rtmp&stream=', status: 400, message: 'the stream key is not valid' },
  { query: '?protocol=rtmp&stream=live/../a', status: 400, message: 'the stream key is not valid' },
  {
    query: `?protocol=rtmp&stream=${'a/'.repeat(5000)}`,
    status: 400,
    message: 'the stream key is not valid',
  },
  { query: '?protocol=rtmp&stream=a&stream=b', status: 400, message: 'stream stands there more than once' },
])('$query is answered with a sentence', async ({ query, status, message }) => {
  await using site = await serve(new EntranceScene());
  const answer = await site.ask(query);
  expect(answer.status).toBe(status);
  expect(answer.body).toEqual({ error: 'bad-request', message: expect.stringContaining(message) });
});

describe('a refusal', () => {
  test.each([
    { verdict: { refused: 'credentials', description: 'a key' }, status: 403, error: 'credentials' },
    { verdict: { refused: 'capacity-limit', description: 'full' }, status: 503, error: 'capacity-limit' },
    {
      verdict: { description: 'log in', challenges: ['Basic realm="x"'] },
      status: 401,
      error: 'credentials',
    },
  ] as const)('is $status with the reason and its sentence', async ({ verdict, status, error }) => {
    const scene = new EntranceScene();
    scene.judge = () => verdict;
    await using site = await serve(scene);
    const answer = await site.ask('?stream=live/a&protocol=rtmp');
    expect([answer.status, answer.body]).toEqual([status, { error, message: verdict.description }]);
    expect(answer.headers.get('retry-after')).toBe(status === 503 ? '5' : null);
    expect(answer.headers.get('www-authenticate')).toBe(status === 401 ? 'Basic realm="x"' : null);
  });
});

test('other methods are refused, and what has address= is for somebody else to answer', async () => {
  await using site = await serve(new EntranceScene());
  expect((await site.ask('?stream=live/a&protocol=rtmp', { method: 'POST' })).status).toBe(405);
  const preflight = await site.ask('', { method: 'OPTIONS', headers: { origin: 'https://a.example' } });
  expect(preflight.headers.get('access-control-allow-methods')).toContain('GET');
  expect((await site.ask('?stream=live/a&protocol=rtmp&address=192.0.2.9')).status).toBe(418);
});

test('a house answers it to whoever comes', async () => {
  await using house = await startHouse();
  const response = await fetch(house.url('/api/v1/resolve?stream=live/a&protocol=http-flv'));
  expect([response.status, await response.json()]).toEqual([
    404,
    { error: 'not-found', message: 'no relay serves your network' },
  ]);
});
