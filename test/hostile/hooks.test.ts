import type { Socket } from 'node:net';
import { describe, expect, test } from 'vitest';
import { media } from '../support/fake-media.ts';
import { HookServer } from '../support/hook-server.ts';
import { RawServer } from '../support/raw-server.ts';
import { TestCluster } from '../support/start-cluster.ts';
import { startRelay, type TestRelay } from '../support/start-relay.ts';
import { TestPlayer } from '../support/test-player.ts';
import { TestPublisher } from '../support/test-publisher.ts';

const unavailable = 'the server cannot find out now whether this is allowed: try again later';

/** How many play at a time what the hook is asked about. */
const JOINS = 40;

function hookOf(url: string, more: object = {}) {
  return { hooks: [{ match: 'gated/**', events: ['publish', 'play'], url, timeoutMs: 500, ...more }] };
}

/** Asks for a stream over HTTP; the answer in a line. */
async function join(relay: Pick<TestRelay, 'flvUrl'>, key: string): Promise<string> {
  const response = await fetch(relay.flvUrl(key), { redirect: 'manual' });
  if (response.status !== 200) return `${response.status} ${(await response.text()).trim()}`;
  await response.body?.cancel();
  return '200';
}

describe.concurrent.each<{ does: string; onHead: (socket: Socket) => void }>([
  { does: 'is silent', onHead: () => {} },
  { does: 'closes', onHead: (socket) => socket.end() },
  { does: 'resets', onHead: (socket) => socket.resetAndDestroy() },
  { does: 'speaks no HTTP', onHead: (socket) => socket.write('SSH-2.0-x\r\n\r\n') },
  {
    does: 'lies about its length',
    onHead: (socket) => socket.write('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{}'),
  },
  {
    does: 'announces 100 MB',
    onHead: (socket) => flood(socket, 'HTTP/1.1 200 OK\r\nContent-Length: 104857600\r\n\r\n'),
  },
  { does: 'sends 100 MB', onHead: (socket) => flood(socket, 'HTTP/1.1 200 OK\r\n\r\n') },
  { does: 'never ends its head', onHead: (socket) => flood(socket, 'HTTP/1.1 200 OK\r\nX: ') },
])('a hook server that $does', ({ onHead }) => {
  test('is no answer, costs little, and nobody else waits for it', async () => {
    await using server = await RawServer.start(onHead);
    await using relay = await startRelay(hookOf(`http://127.0.0.1:${server.port}/`));
    await using publisher = await TestPublisher.start(relay.port('rtmp'), 'open/a');
    await using player = TestPlayer.play(relay.port('rtmp'), 'open/a');
    publisher.sendMedia(...media('VH1@0 K1@0'));
    await player.mediaOf(2);

    let answered = 0;
    const joins = Array.from({ length: JOINS }, async (_, i) => {
      const said = await join(relay, `gated/${i}`);
      answered++;
      return said;
    });
    for (let i = 1; i <= 50; i++) publisher.sendMedia(...media(`P1@${i * 20}`));
    const received = await player.mediaOf(52);
    expect(received.map(({ timestamp }) => timestamp)).toEqual([
      0,
      ...Array.from({ length: 51 }, (_, i) => i * 20),
    ]);
    expect(await join(relay, 'open/a')).toBe('200');

    expect(new Set(await Promise.all(joins))).toEqual(new Set([`503 ${unavailable}`]));
    expect(answered).toBe(JOINS);
    const taken = server.connections.map(({ socket }) => socket.bytesWritten - socket.writableLength);
    expect(Math.max(0, ...taken)).toBeLessThan(8 * 2 ** 20); // which is in the buffers of the kernel
    expect(await relay.metric('streampump_hook_breakers{hook="hooks.0",state="open"}')).toBe(1);
    expect(relay.log.find('hook').length).toBe(1);
  });
});

/** Says this and then goes on as long as somebody reads, up to 100 MB. */
function flood(socket: Socket, head: string): void {
  socket.write(head);
  const more = Buffer.alloc(2 ** 20, 'x');
  let left = 100;
  const write = (): void => {
    while (left-- > 0) if (!socket.write(more)) return void socket.once('drain', write);
  };
  write();
}

test.concurrent('a hook server that is not there is no answer', async () => {
  await using relay = await startRelay(hookOf('http://127.0.0.1:1/'));
  expect(await join(relay, 'gated/a')).toBe(`503 ${unavailable}`);
});

test.concurrent('a hook server that flaps is asked again, and everybody gets in', async () => {
  let requests = 0;
  await using server = await HookServer.start((_question, response) => {
    if (requests++ % 2 === 1) return { allow: true };
    response.destroy();
    return undefined;
  });
  await using relay = await startRelay(hookOf(server.url, { timeoutMs: 5000, retries: 5, connections: 1 }));
  await using publisher = await TestPublisher.start(relay.port('rtmp'), 'gated/a');
  publisher.sendMedia(...media('VH1@0 K1@0'));
  await relay.published('gated/a');
  for (let i = 0; i < 10; i++) expect(await join(relay, 'gated/a')).toBe('200');
  expect(await relay.metric('streampump_hook_breakers{hook="hooks.0",state="closed"}')).toBe(1);
});

test.concurrent.each([
  {
    answer: { allow: false, message: 'pay\r\nset-cookie: x\u001b[2J' },
    said: '403 pay\\x0d\\x0aset-cookie: x\\x1b[2J',
  },
  {
    answer: { allow: true, rename: 'tv/a' },
    said: '404 there is no stream tv/a on this server: no entry in streams matches',
  },
  { answer: { redirect: 'http://b.example/\r\nx: y' }, said: `503 ${unavailable}` },
  { answer: { redirect: 'javascript:alert(1)' }, said: `503 ${unavailable}` },
  { answer: { allow: 'true' }, said: `503 ${unavailable}` },
])('an answer of $answer means $said', async ({ answer, said }) => {
  await using server = await HookServer.start(() => answer);
  const streams = ['gated/**', 'open/**'].map((match) => ({ match, source: { type: 'push' } }));
  await using relay = await startRelay({ ...hookOf(server.url), streams });
  expect(await join(relay, 'gated/a')).toBe(said);
});

test.concurrent('a client that leaves while the hook thinks gives its place to the next', async () => {
  const leaving: (() => void)[] = [];
  await using server = await HookServer.start(({ stream }) => {
    if (stream === 'gated/next') return { allow: false, message: 'next' };
    leaving.shift()?.();
    return undefined;
  });
  await using relay = await startRelay(
    hookOf(server.url, { connections: 1, queueLength: 1, timeoutMs: 10_000 }),
  );
  const left = new Promise<void>((resolve) => leaving.push(resolve));
  const player = TestPlayer.play(relay.port('rtmp'), 'gated/a');
  await left;
  const next = join(relay, 'gated/next');
  await player.cut();
  expect(await next).toBe('403 next');
});

test.concurrent('with two workers each asks by itself, and a revocation ends what was answered in both', async () => {
  await using server = await HookServer.start(({ stream }) => ({
    allow: stream === 'gated/a',
    message: 'no',
  }));
  await using relay = await TestCluster.start(hookOf(server.url, { onUnavailable: 'last-answer' }));
  await using publisher = await relay.publish(1, 'gated/a');
  publisher.sendMedia(...media('VH1@0 K1@0'));
  const workers = [0, 1];
  for (const worker of workers) {
    await using player = await relay.play(worker, 'gated/a');
    await player.mediaOf(2);
    await using other = await relay.play(worker, 'gated/b');
    expect(await other.refused).toMatchObject({ description: 'no' });
  }
  server.script = (_question, response) => {
    response.destroy();
    return undefined;
  };
  for (const worker of workers) {
    await using player = await relay.play(worker, 'gated/a');
    await player.mediaOf(2);
  }
  await relay.cluster.changes.kick({ key: 'gated/a' });
  expect((await publisher.refused).description).toBe('an operator of this server has ended this session');
  for (const worker of workers) {
    await using player = await relay.play(worker, 'gated/a');
    expect(await player.refused).toMatchObject({ description: unavailable });
  }
});
