import { chmod, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { AdminClient } from '../../../../src/commands/ctl/api/admin-client.ts';
import { NotReached } from '../../../../src/commands/ctl/api/not-reached.ts';
import { Refused } from '../../../../src/commands/ctl/api/refused.ts';
import { CtlFailure } from '../../../../src/commands/ctl/ctl-failure.ts';
import { socketSurroundings, temporarySocket } from '../../../../src/config/admin/admin-socket.ts';
import { runTool } from '../../../support/run-tool.ts';
import { ScriptedApi } from '../../../support/scripted-api.ts';

const noTls = { ca: undefined, cert: undefined, key: undefined };

function atSockets(...paths: readonly string[]): AdminClient {
  return new AdminClient({ by: 'socket', paths });
}

function atUrl(url: string, token?: string): AdminClient {
  return new AdminClient({ by: 'url', url: new URL(url), token, tls: noTls });
}

/** A folder that goes with its scope. */
async function temporary(): Promise<AsyncDisposable & { readonly path: string }> {
  const path = await mkdtemp(join(tmpdir(), 'streampump-client-'));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true }) };
}

test('asks at a socket and at a URL, with the token in a header and JSON in the body', async () => {
  await using admin = await ScriptedApi.start({
    'GET streams': { json: { items: [], next: null } },
    'PUT log-level': { json: { level: 'debug' } },
    'DELETE bans/b1': { status: 204, json: undefined },
  });
  await atSockets(admin.socket).get('streams', { stream: 'live/**', limit: undefined });
  const client = atUrl(admin.url, 's3cret');
  expect(await client.change('PUT', 'log-level', {}, { level: 'debug' })).toEqual({ level: 'debug' });
  expect(await client.change('DELETE', 'bans/b1')).toBeUndefined();
  expect(admin.asked).toMatchObject([
    { method: 'GET', path: 'streams', query: { stream: 'live/**' }, headers: { host: 'localhost' } },
    {
      method: 'PUT',
      path: 'log-level',
      headers: { authorization: 'Bearer s3cret', 'content-type': 'application/json' },
      body: { level: 'debug' },
    },
    { method: 'DELETE', path: 'bans/b1', body: undefined },
  ]);
  expect(admin.asked[0]?.headers.authorization).toBeUndefined();
});

test('asks nobody at a socket that somebody else may have put there', async () => {
  await using folder = await temporary();
  await using admin = await ScriptedApi.start({ 'GET relay': { json: 1 } });
  vi.stubEnv('TMPDIR', folder.path);
  try {
    const path = temporarySocket(socketSurroundings());
    const relay = (): Promise<unknown> => atSockets(path).get('relay');
    await expect(relay()).rejects.toThrow(`no relay found: there is no socket ${path}`);
    await mkdir(dirname(path));
    await symlink(admin.socket, path);
    await chmod(dirname(path), 0o777);
    await expect(relay()).rejects.toThrow("is not this user's alone");
    await chmod(dirname(path), 0o700);
    expect(await relay()).toBe(1);
  } finally {
    vi.unstubAllEnvs();
  }
});

test('asks below a path where a proxy has the relay', async () => {
  await using admin = await ScriptedApi.start({ 'GET /ottawa/api/v1/relay': { json: 1 } });
  expect(await atUrl(`${admin.url}/ottawa/`).get('relay')).toBe(1);
});

test('reads a list page by page, and no more of it than is wanted', async () => {
  await using admin = await ScriptedApi.start({
    'GET sessions': ({ query }) => {
      const first = Number(query['after'] ?? 0);
      const items = Array.from({ length: Number(query['limit']) }, (_, index) => first + index + 1);
      const last = first + items.length;
      return {
        json: { items: items.filter((item) => item <= 2500), next: last < 2500 ? String(last) : null },
      };
    },
  });
  const client = atSockets(admin.socket);
  const all = await client.all<number>('sessions', { role: 'player' }, Number.POSITIVE_INFINITY);
  expect(all.items).toEqual(Array.from({ length: 2500 }, (_, index) => index + 1));
  expect(all.next).toBeNull();
  const some = await client.all<number>('sessions', {}, 1200);
  expect(some.items).toHaveLength(1200);
  expect(some.next).toBe('1200');
  expect(admin.asked.map(({ query }) => [query['limit'], query['after']])).toEqual([
    ['1000', undefined],
    ['1000', '1000'],
    ['1000', '2000'],
    ['1000', undefined],
    ['200', '1000'],
  ]);
});

test('yields events as they come, from the one that is named on', async () => {
  await using admin = await ScriptedApi.start({
    'GET events': (_asked, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write('id: 8\nevent: stream\ndata: {}\n\n');
      return undefined;
    },
  });
  const ending = new AbortController();
  const position = { after: '7' };
  for await (const event of atSockets(admin.socket).events({ types: 'stream' }, position, ending.signal)) {
    expect(event).toEqual({ id: '8', type: 'stream', data: '{}' });
    ending.abort();
  }
  expect(position).toEqual({ after: '8' });
  expect(admin.asked).toMatchObject([{ query: { types: 'stream' }, headers: { 'last-event-id': '7' } }]);
});

test('an event stream that breaks off is told', async () => {
  await using admin = await ScriptedApi.start({
    'GET events': (_asked, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write(': hello\n\n', () => response.destroy());
      return undefined;
    },
  });
  const events = atSockets(admin.socket).events({}, { after: undefined }, new AbortController().signal);
  await expect(events.next()).rejects.toThrow(CtlFailure);
});

test.for([
  {
    answer: { status: 409, json: { error: 'conflict', message: 'u1 is of the configuration' } },
    message: 'u1 is of the configuration',
  },
  {
    answer: { status: 401, json: { error: 'unauthorized', message: 'a token is needed' } },
    message: /^a token is needed; give a token with --token-file, or use the Unix socket/,
  },
  {
    answer: { status: 403, json: { error: 'forbidden', message: 'alice may only read' } },
    message: /^alice may only read$/,
  },
  {
    answer: { status: 404, json: { error: 'not-found', message: 'there is no session \x1b[2J' } },
    message: /^there is no session \\x1b\[2J$/,
  },
  { answer: { status: 404, json: 'not ours' }, message: /no admin listener of a relay.*\(status 404\)/ },
])('a refusal says what the relay says, and what helps: $message', async ({ answer, message }) => {
  await using admin = await ScriptedApi.start({ 'DELETE sessions/c1': answer });
  const refused = await atSockets(admin.socket)
    .change('DELETE', 'sessions/c1')
    .catch((error: unknown) => error);
  expect(refused).toBeInstanceOf(Refused);
  expect(refused).toMatchObject({ status: answer.status, answer: answer.json });
  expect((refused as Error).message).toMatch(message);
});

test('what is no JSON is no answer of a relay', async () => {
  await using admin = await ScriptedApi.start({
    'GET relay': (_asked, response) => {
      response.end('<html>hello</html>');
      return undefined;
    },
  });
  await expect(atUrl(admin.url).get('relay')).rejects.toThrow(/no admin listener/);
});

test('an answer that breaks off, or goes on without end, is told', async () => {
  await using admin = await ScriptedApi.start({
    'GET relay': (_asked, response) => {
      response.writeHead(200, { 'content-length': 100 });
      response.write('{', () => response.destroy());
      return undefined;
    },
  });
  await expect(atSockets(admin.socket).get('relay')).rejects.toThrow(/^the answer has broken off/);
});

test('tries each socket until somebody listens, and says where it has looked', async () => {
  await using admin = await ScriptedApi.start({ 'GET relay': { json: 1 } });
  await using folder = await temporary();
  const [absent, plain] = [join(folder.path, 'absent.sock'), join(folder.path, 'plain')];
  await writeFile(plain, '');
  expect(await atSockets(absent, plain, admin.socket).get('relay')).toBe(1);
  await expect(atSockets(absent).get('relay')).rejects.toThrow(
    `no relay found: there is no socket ${absent}; is a relay running?`,
  );
  await expect(atSockets(absent, `${absent}2`).get('relay')).rejects.toThrow(
    `there is no socket ${absent} or ${absent}2; is a relay running? --socket or --url says where it is`,
  );
});

test('a socket whose relay has ended is told from one that is not there', async () => {
  await using folder = await temporary();
  const stale = await staleSocket(folder.path);
  await expect(atSockets(stale).get('relay')).rejects.toThrow(
    /the relay that has made this socket has ended/,
  );
});

/** A socket that a process has left without closing it. */
async function staleSocket(folder: string): Promise<string> {
  const path = join(folder, 'stale.sock');
  const script = `require('net').createServer().listen(${JSON.stringify(path)}, () => process.kill(process.pid, 'SIGKILL'))`;
  await using tool = runTool(process.execPath, ['-e', script]);
  await tool.exited;
  return path;
}

test('a port where nobody listens, or where something else is spoken, is told', async () => {
  let url: string;
  {
    await using admin = await ScriptedApi.start({});
    url = admin.url;
    await expect(atUrl(url.replace('http:', 'https:')).get('relay')).rejects.toThrow(
      /then it is https, else http/i,
    );
  }
  await expect(atUrl(url).get('relay')).rejects.toThrow(NotReached);
  await expect(atUrl(url).get('relay')).rejects.toThrow(
    /is a relay running, and is this its admin listener\?$/,
  );
});
