import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, expect, test, vi } from 'vitest';
import { drainingSocket } from '../../../../src/config/admin/admin-socket.ts';
import { relaySettings } from '../../../../src/config/relay-settings.ts';
import { Predecessor } from '../../../../src/service/relay/handover/predecessor.ts';

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'streampump-predecessor-'));
  return () => rm(folder, { recursive: true });
});

const { listen } = relaySettings.parse({
  listen: { rtmp: { port: 1935 }, http: { port: 8080 }, admin: null },
});

/** Something that answers at a socket, in these words. */
async function answering(
  stack: AsyncDisposableStack,
  name: string,
  answers: Readonly<Record<string, readonly [status: number, body: unknown]>>,
): Promise<string> {
  const path = join(folder, name);
  const server: Server = createServer(({ method, url }, response) => {
    const [status, body] = answers[`${method} ${url}`] ?? [404, { error: 'not-found' }];
    response.writeHead(status).end(JSON.stringify(body));
  });
  server.listen(path);
  await once(server, 'listening');
  stack.defer(async () => {
    server.close();
    await once(server, 'close');
  });
  return path;
}

function relayOn(...ports: (number | null)[]): readonly [number, unknown] {
  return [
    200,
    { id: 'x1', pid: 7, listeners: ports.map((port) => ({ listener: 'rtmp', host: '::', port })) },
  ];
}

test('the relay that has one of the ports is found, wherever its socket is', async () => {
  await using stack = new AsyncDisposableStack();
  const other = await answering(stack, 'other.sock', { 'GET /api/v1/relay': relayOn(2935, null) });
  const ours = await answering(stack, 'ours.sock', { 'GET /api/v1/relay': relayOn(9999, 8080, null) });
  const sockets = [join(folder, 'none.sock'), folder, other, ours];
  const found = await Predecessor.find(sockets, listen);
  expect(found).toMatchObject({ id: 'x1', pid: 7, socket: ours, isDraining: false });
  found?.close();
  expect(await Predecessor.find([other], listen)).toBeUndefined();
  expect(await Predecessor.find([], listen)).toBeUndefined();
});

test('nobody is believed who answers where everybody can make a directory', async () => {
  await using stack = new AsyncDisposableStack();
  vi.stubEnv('TMPDIR', folder);
  stack.defer(async () => void vi.unstubAllEnvs());
  const directory = `streampump-${process.getuid?.() ?? -1}`;
  await mkdir(join(folder, directory), { mode: 0o700 });
  const path = await answering(stack, `${directory}/admin.sock`, { 'GET /api/v1/relay': relayOn(1935) });
  await chmod(join(folder, directory), 0o777);
  expect(await Predecessor.find([path], listen)).toBeUndefined();
  await chmod(join(folder, directory), 0o700);
  const found = await Predecessor.find([path], listen);
  expect(found?.socket).toBe(path);
  found?.close();
});

test.for([
  {
    what: 'that is no relay',
    answer: [200, { hello: 1 }] as const,
    says: 'is no relay that could be replaced',
  },
  { what: 'that refuses', answer: [403, { error: 'forbidden' }] as const, says: 'says 403' },
  { what: 'without end', answer: [200, 'x'.repeat(2 ** 21)] as const, says: 'the answer is too long' },
])('an answer $what is a fault: nobody is replaced blindly', async ({ answer, says }) => {
  await using stack = new AsyncDisposableStack();
  const path = await answering(stack, 'odd.sock', { 'GET /api/v1/relay': answer });
  await expect(Predecessor.find([path], listen)).rejects.toThrow(says);
});

test('it is asked by its id, and where it can be reached then', async () => {
  const sockets = ['/run/streampump/handover-x1'];
  const look = { 'GET /api/v1/relay': relayOn(1935) };
  const handover = (answer: readonly [number, unknown]) => ({ 'POST /api/v1/handover?relay=x1': answer });
  for (const answers of [{ ...look, ...handover([200, { sockets }]) }, look]) {
    await using stack = new AsyncDisposableStack();
    const path = await answering(stack, 'moving.sock', answers);
    if (answers === look)
      await answering(stack, drainingSocket('moving.sock', 7), handover([200, { sockets }]));
    const predecessor = await Predecessor.find([path], listen);
    expect(await predecessor?.takeOver()).toEqual(sockets);
  }
});

test.for([
  { what: 'refuses', answer: [409, { error: 'conflict' }] as const, says: 'says 409' },
  {
    what: 'says something else',
    answer: [200, {}] as const,
    says: 'process id 7 has gone, or cannot hand over',
  },
])('one that $what does not hand over', async ({ answer, says }) => {
  await using stack = new AsyncDisposableStack();
  const answers = { 'GET /api/v1/relay': relayOn(1935), 'POST /api/v1/handover?relay=x1': answer };
  const predecessor = await Predecessor.find([await answering(stack, 'stubborn.sock', answers)], listen);
  await expect(predecessor?.takeOver()).rejects.toThrow(says);
});
