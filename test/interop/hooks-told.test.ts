import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { json } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { playWithFfmpeg, publishWithFfmpeg } from '../support/real-clients.ts';
import { TestCluster } from '../support/start-cluster.ts';
import { startRelay } from '../support/start-relay.ts';

interface Body {
  readonly event: string;
  readonly stream: string;
  readonly session?: string;
  readonly reason?: string;
  readonly lost?: number;
}

type Answer = (body: Body, response: ServerResponse) => void;

const yes: Answer = (_body, response) => response.writeHead(204).end();

/** A server that notes what it is told, and answers as a test wants. */
async function startHookServer(answer: Answer = yes) {
  const told: Body[] = [];
  const ids: string[] = [];
  const waiting = new Set<() => void>();
  const listener = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const body = (await json(request)) as Body;
    ids.push(String(request.headers['webhook-id']));
    told.push(body);
    for (const wake of [...waiting]) wake();
    answer(body, response);
  };
  const server = createServer((request, response) => void listener(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    told,
    ids,
    url: `http://127.0.0.1:${port}/hook`,
    /** Resolves when it was told so many of an event. */
    heard: (event: string, count = 1): Promise<void> =>
      new Promise((resolve) => {
        const look = (): void => {
          if (told.filter((body) => body.event === event).length < count) return;
          waiting.delete(look);
          resolve();
        };
        waiting.add(look);
        look();
      }),
    [Symbol.asyncDispose]: () =>
      new Promise<void>((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}

const all = ['publish', 'play', 'unpublish', 'stop', 'streamUp', 'streamDown'];

test('every event of a stream with two players is told once, in the order of each session', async () => {
  await using hook = await startHookServer();
  await using cluster = await TestCluster.start({ hooks: [{ events: all, url: hook.url, asks: false }] });
  const rtmp = cluster.cluster.listeners.find(({ protocol }) => protocol === 'rtmp');
  const url = `rtmp://127.0.0.1:${rtmp?.address.port}/live/a`;
  await using publisher = publishWithFfmpeg(url, { realTime: true });
  await hook.heard('streamUp');
  await using one = playWithFfmpeg(url);
  await using other = playWithFfmpeg(url);
  await hook.heard('play', 2);
  await publisher.stop('SIGINT');
  await Promise.all([one.exited, other.exited]);
  await hook.heard('stop', 2);
  await hook.heard('streamDown');
  await hook.heard('unpublish');
  const count = Object.groupBy(hook.told, ({ event }) => event);
  expect(
    Object.entries(count)
      .map(([event, bodies = []]) => [event, bodies.length])
      .sort(),
  ).toEqual([
    ['play', 2],
    ['publish', 1],
    ['stop', 2],
    ['streamDown', 1],
    ['streamUp', 1],
    ['unpublish', 1],
  ]);
  for (const bodies of Map.groupBy(
    hook.told.filter(({ session }) => session !== undefined),
    ({ session }) => session,
  ).values())
    expect(bodies.map(({ event }) => event)).toEqual(
      bodies[0]?.event === 'publish' ? ['publish', 'unpublish'] : ['play', 'stop'],
    );
}, 60_000);

test('while the hook server is dead the stream goes on; it hears the rest when it is back, and that something is missing', async () => {
  let isDead = true;
  const answered: Body[] = [];
  await using hook = await startHookServer((body, response) => {
    if (isDead) response.socket?.destroy();
    else {
      answered.push(body);
      response.writeHead(204).end();
    }
  });
  const hooks = [{ events: ['play', 'stop'], url: hook.url, asks: false, queueLength: 3, connections: 1 }];
  await using relay = await startRelay({ hooks });
  await using publisher = publishWithFfmpeg(relay.rtmpUrl('live/a'), { realTime: true });
  await relay.published('live/a');
  for (let i = 0; i < 4; i++) {
    const response = await fetch(relay.flvUrl('live/a'));
    const reader = response.body?.getReader();
    expect((await reader?.read())?.value?.length).toBeGreaterThan(0);
    await reader?.cancel();
    await relay.log.waitFor('play-end', {}, { count: i + 1 });
  }
  expect(await relay.metric('streampump_hook_events_total{hook="hooks.0",outcome="lost"}')).toBe(5);
  expect(await relay.metric('streampump_hook_waiting_events{hook="hooks.0"}')).toBe(3);
  isDead = false;
  await relay.log.waitFor('hook-events', { outcome: 'told' });
  await hook.heard('stop');
  expect(answered.flatMap(({ lost }) => lost ?? [])).toEqual([5]);
  expect(publisher.stderr).toBe('');
}, 60_000);

test('what is left is told while the relay stops', async () => {
  await using hook = await startHookServer((_body, response) => {
    setTimeout(() => response.writeHead(204).end(), 100);
  });
  const relay = await startRelay({
    hooks: [{ events: all, url: hook.url, asks: false, connections: 1 }],
    drain: { timeoutMs: 1000 },
  });
  await using publisher = publishWithFfmpeg(relay.rtmpUrl('live/a'), { realTime: true });
  await relay.published('live/a');
  await hook.heard('streamUp');
  await relay.relay.drain();
  expect(hook.told.map(({ event }) => event).sort()).toEqual([
    'publish',
    'streamDown',
    'streamUp',
    'unpublish',
  ]);
  expect(hook.told.find(({ event }) => event === 'unpublish')?.reason).toBe('shutdown');
  expect(new Set(hook.ids).size).toBe(4);
  await publisher.exited;
}, 60_000);

test('a program is run for what happens, in order', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'streampump-exec-'));
  try {
    const file = join(folder, 'events');
    const exec = ['/bin/sh', '-c', `echo "$1 $2" >> ${file}`, 'sh', '{event}', '{stream}'];
    const relay = await startRelay({ hooks: [{ events: ['streamUp', 'streamDown'], exec }] });
    await using publisher = publishWithFfmpeg(relay.rtmpUrl('live/a'), { seconds: 1 });
    await publisher.exited;
    await relay.log.waitFor('hook-program', {}, { count: 2 });
    expect(await readFile(file, 'utf8')).toBe('streamUp live/a\nstreamDown live/a\n');
    await relay[Symbol.asyncDispose]();
  } finally {
    await rm(folder, { recursive: true });
  }
}, 60_000);
