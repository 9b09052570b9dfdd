import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { InjectOptions } from 'fastify';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import { ApiError } from '../../../../src/service/admin/api/api-error.ts';
import { makeApp } from '../../../../src/service/admin/api/app.ts';
import { type Operation, operation } from '../../../../src/service/admin/api/operation.ts';
import { UnavailableError } from '../../../../src/service/admin/unavailable-error.ts';
import { RecordingLog } from '../../../support/recording-log.ts';
import { startRelay, type TestRelay } from '../../../support/start-relay.ts';

let folder: string;
let relay: TestRelay;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'streampump-api-'));
  for (const role of ['read', 'operate']) await writeFile(join(folder, role), `${role}-token\n`);
  relay = await startRelay({
    admin: {
      tokens: ['read', 'operate'].map((role) => ({ name: `${role}er`, role, file: join(folder, role) })),
    },
    access: { failures: { delayMs: 0, attempts: 5 } },
  });
});
afterAll(async () => {
  await relay[Symbol.asyncDispose]();
  await rm(folder, { recursive: true });
});

const change = { may: 'operate', summary: '', answers: { 200: { description: '' } } } as const;

/** What can go well or wrong. */
const trials: readonly Operation[] = [
  operation({ ...change, method: 'GET', path: '/open', may: 'anyone', handle: () => ({ seen: true }) }),
  operation({
    ...change,
    method: 'POST',
    path: '/things',
    body: z.strictObject({ name: z.string(), count: z.int().min(1).max(9).optional() }),
    answers: { 201: { description: '' } },
    handle: ({ operator, body }) => ({ operator, body }),
  }),
  operation({
    ...change,
    method: 'DELETE',
    path: '/things/{id}',
    params: z.strictObject({ id: z.string().max(5) }),
    query: z.strictObject({ banMs: z.int().min(1).max(1000).optional() }),
    handle: ({ params, query }) => ({ ...params, ...query }),
  }),
  operation({
    ...change,
    method: 'DELETE',
    path: '/nothing',
    answers: { 204: { description: '' } },
    handle: () => undefined,
  }),
  operation({
    ...change,
    method: 'GET',
    path: '/fails/{how}',
    may: 'read',
    params: z.strictObject({ how: z.enum(['bug', 'busy', 'conflict']) }),
    handle({ params: { how } }) {
      if (how === 'busy') throw new UnavailableError('all hands are full');
      if (how === 'conflict')
        throw new ApiError('conflict', 'it is of the configuration', { more: { faults: [1] } });
      throw new Error('secret-word is undefined');
    },
  }),
];

const token = (word: string) => ({ authorization: `Bearer ${word}` });

async function ask(
  path: string,
  {
    headers,
    log = new RecordingLog(),
    ...more
  }: Omit<InjectOptions, 'url' | 'path'> & { log?: RecordingLog } = {},
): Promise<readonly [status: number, body: unknown]> {
  const app = await makeApp({ service: relay.relay, names: ['relay.example'], log, operations: trials });
  const answer = await app.inject({
    path,
    headers: { host: '127.0.0.1', ...headers },
    remoteAddress: '127.0.0.1',
    ...more,
  });
  expect(answer.headers['x-content-type-options']).toBe('nosniff');
  return [answer.statusCode, answer.body === '' ? '' : answer.json()];
}

const json = { 'content-type': 'application/json' };
const operate = { ...json, ...token('operate-token') };
const post = { method: 'POST', payload: '{"name":"a"}' } as const;

test.each([
  { who: 'nobody, from here', headers: {}, status: 401, error: 'unauthorized' },
  { who: 'who may read', headers: token('read-token'), status: 403, error: 'forbidden' },
  { who: 'who may operate', headers: token('operate-token'), status: 201, error: undefined },
  { who: 'a page of here', headers: { ...token('operate-token'), origin: 'http://127.0.0.1' }, status: 201 },
  {
    who: 'a page of here by a proxy that speaks TLS',
    headers: {
      ...token('operate-token'),
      host: 'relay.example',
      via: '1.1 p',
      origin: 'https://relay.example',
    },
    status: 201,
  },
  {
    who: 'another page',
    headers: { ...token('operate-token'), origin: 'http://evil.example' },
    status: 403,
    error: 'forbidden',
  },
  {
    who: 'a page of another port',
    headers: { ...token('operate-token'), origin: 'http://127.0.0.1:81' },
    status: 403,
    error: 'forbidden',
  },
  {
    who: 'a page without an origin',
    headers: { ...token('operate-token'), origin: 'null' },
    status: 403,
    error: 'forbidden',
  },
  {
    who: 'another site, as the browser says',
    headers: { ...token('operate-token'), 'sec-fetch-site': 'cross-site' },
    status: 403,
    error: 'forbidden',
  },
  {
    who: 'a page with a name of its own for this machine',
    headers: { ...token('operate-token'), host: 'evil.example' },
    status: 421,
    error: 'misdirected',
  },
  { who: 'a wrong token', headers: token('operate-tokem'), status: 401, error: 'unauthorized' },
])('to change something: $who gets $status', async ({ headers, status, error }) => {
  const [found, body] = await ask('/things', { ...post, headers: { ...json, ...headers } });
  expect(found).toBe(status);
  if (error !== undefined) expect(body).toEqual({ error, message: expect.stringMatching(/^\w.{10,}/) });
  else
    expect(body).toEqual({
      operator: { by: 'token', identity: 'operateer', address: '127.0.0.1' },
      body: { name: 'a' },
    });
});

test.each([
  {
    what: 'no JSON',
    more: {
      payload: 'name=a',
      headers: { ...token('operate-token'), 'content-type': 'application/x-www-form-urlencoded' },
    },
    status: 415,
  },
  {
    what: 'text',
    more: { payload: '{"name":"a"}', headers: { ...token('operate-token'), 'content-type': 'text/plain' } },
    status: 415,
    says: 'expected a body with Content-Type: application/json',
  },
  { what: 'half of some JSON', more: { payload: '{"name":' }, status: 400 },
  { what: 'nothing', more: { payload: '' }, status: 400 },
  { what: 'more than 64 KiB', more: { payload: JSON.stringify({ name: 'a'.repeat(65_536) }) }, status: 413 },
  { what: 'a prototype', more: { payload: '{"name":"a","__proto__":{"x":1}}' }, status: 400 },
  { what: 'another type', more: { payload: '{"name":1}' }, status: 400, says: 'name: expected a string' },
  {
    what: 'an unknown field',
    more: { payload: '{"name":"a","nmae":1}' },
    status: 400,
    says: 'unknown field nmae: expected name or count',
  },
  {
    what: 'a number out of range',
    more: { payload: '{"name":"a","count":10}' },
    status: 400,
    says: 'count: expected an integer from 1 to 9',
  },
])('a body of $what gets $status', async ({ more, status, says }) => {
  const [found, body] = await ask('/things', { method: 'POST', headers: operate, ...more });
  expect([found, body]).toEqual([
    status,
    {
      error: expect.stringMatching(/^(?:bad-request|too-large|unsupported-media-type)$/),
      message: says ?? expect.any(String),
    },
  ]);
});

test('what has no body is asked for without one, and parameters are what their schema says', async () => {
  const headers = token('operate-token');
  expect(await ask('/things/a?banMs=10', { method: 'DELETE', headers })).toEqual([
    200,
    { id: 'a', banMs: 10 },
  ]);
  expect(await ask('/nothing', { method: 'DELETE', headers })).toEqual([204, '']);
  expect(await ask('/nothing', { method: 'DELETE', headers: operate, payload: '{}' })).toMatchObject([
    400,
    {},
  ]);
  expect(await ask('/things/a?banMs=1e2', { method: 'DELETE', headers })).toMatchObject([
    400,
    { message: 'banMs: expected an integer from 1 to 1000' },
  ]);
  expect(await ask('/things/a?banMs=1&banMs=2', { method: 'DELETE', headers })).toMatchObject([
    400,
    { message: 'banMs: expected once' },
  ]);
  expect(await ask('/things/abcdef', { method: 'DELETE', headers })).toMatchObject([400, {}]);
  expect(await ask('/things/a?%00[x=1', { method: 'DELETE', headers })).toMatchObject([
    400,
    { message: expect.stringContaining('unknown parameter') },
  ]);
});

test('what anyone may have is had from anywhere, but not by another name or with a credential in the URL', async () => {
  const remoteAddress = '203.0.113.7';
  expect(await ask('/open', { remoteAddress })).toEqual([200, { seen: true }]);
  expect((await ask('/open', { headers: { host: 'evil.example' } }))[0]).toBe(421);
  expect((await ask('/open?access_token=operate-token'))[0]).toBe(400);
});

test('who comes by a proxy is not on this machine: reading needs a token, too', async () => {
  for (const header of ['via', 'x-forwarded-for', 'x-forwarded-host', 'x-real-ip', 'forwarded']) {
    const headers = { host: 'relay.example', [header]: '127.0.0.1' };
    expect(await ask('/fails/busy', { headers })).toMatchObject([401, { error: 'unauthorized' }]);
    expect((await ask('/fails/busy', { headers: { ...headers, ...token('read-token') } }))[0]).toBe(503);
  }
  expect((await ask('/fails/busy', { headers: { host: 'relay.example' } }))[0]).toBe(503);
});

test('what goes wrong is said in JSON, and of a fault of our own nothing', async () => {
  const log = new RecordingLog();
  expect(await ask('/fails/busy')).toEqual([503, { error: 'unavailable', message: 'all hands are full' }]);
  expect(await ask('/fails/conflict')).toEqual([
    409,
    { error: 'conflict', message: 'it is of the configuration', faults: [1] },
  ]);
  expect(await ask('/fails/bug', { log })).toEqual([
    500,
    { error: 'internal', message: expect.not.stringContaining('secret') },
  ]);
  expect(log.find('bug')[0]?.text).toContain('secret-word is undefined');
  expect(await ask('/fails/otherwise')).toMatchObject([400, { error: 'bad-request' }]);
  expect(await ask('/nowhere')).toMatchObject([404, { error: 'not-found' }]);
  expect(await ask('/%zz')).toEqual([400, { error: 'bad-request', message: 'the path is badly encoded' }]);
  expect(await ask('/things', { method: 'PUT' })).toEqual([
    405,
    { error: 'method-not-allowed', message: 'only POST here' },
  ]);
});

test('too many wrong tokens from somewhere, and none from there is looked at any more', async () => {
  const asked = { headers: token('wrong'), remoteAddress: '198.51.100.9' };
  for (let times = 0; times < 5; times++) expect((await ask('/fails/busy', asked))[0]).toBe(401);
  const right = { headers: token('read-token') };
  expect(await ask('/fails/busy', { ...right, remoteAddress: '198.51.100.9' })).toMatchObject([
    429,
    { error: 'too-many' },
  ]);
  expect((await ask('/fails/busy', { ...right, remoteAddress: '198.51.100.8' }))[0]).toBe(503);
});
