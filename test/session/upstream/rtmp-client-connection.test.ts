import { once } from 'node:events';
import type { Socket } from 'node:net';
import { setImmediate as turn } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { encodeChunks } from '../../../src/protocol/rtmp/chunk/chunk-writer.ts';
import { parseRtmpUrl } from '../../../src/protocol/rtmp/rtmp-url.ts';
import {
  RtmpClientConnection,
  type RtmpClientHost,
} from '../../../src/session/upstream/rtmp-client-connection.ts';
import { connectStraight } from '../../../src/session/upstream/server-connector.ts';
import { systemClock } from '../../../src/stream/clock.ts';
import { LoopClock } from '../../support/loop-clock.ts';
import { MemorySocket } from '../../support/memory-socket.ts';
import { ScriptedConnection, ScriptedServer } from '../../support/scripted-server.ts';

const limits = { messageBytes: 2 ** 20, partialBytes: 2 ** 22, chunkStreams: 64 };

interface Publishing {
  readonly connection: RtmpClientConnection;
  readonly started: Promise<void>;
  readonly socket: Promise<Socket>;
  /** Calls of the handler but for the first. */
  readonly told: string[];
}

function publishTo(port: number, host: Partial<RtmpClientHost> = {}): Publishing {
  const target = parseRtmpUrl(`rtmp://127.0.0.1:${port}/app/name`);
  if (target === undefined) throw new Error('no URL');
  const told: string[] = [];
  const socket = Promise.withResolvers<Socket>();
  const { promise: started, resolve } = Promise.withResolvers<void>();
  const handler = {
    onStarted: () => resolve(),
    onMedia: () => {},
    onRefused: () => told.push('refused'),
    onEnded: () => told.push('ended'),
    onClosed: (description: string) => told.push(description),
  };
  const connection = new RtmpClientConnection(
    handler,
    { does: 'publish', target, connectProperties: {} },
    {
      clock: systemClock,
      limits,
      connect: (to, done) =>
        connectStraight(to, (connected) => {
          if (!(connected instanceof Error)) socket.resolve(connected);
          done(connected);
        }),
      ...host,
    },
  );
  return { connection, started, told, socket: socket.promise };
}

const openSockets = (): number =>
  process.getActiveResourcesInfo().filter((kind) => kind === 'TCPSocketWrap').length;

test('a server that takes nothing does not keep a connection that is closed', async () => {
  await using server = await ScriptedServer.start();
  const { connection, started, told, socket } = publishTo(server.port);
  await started;
  server.connections[0]?.socket.pause();
  connection.writer?.write(Buffer.alloc(64 * 2 ** 20)); // more than the kernel takes on both sides
  connection.close();
  const closedAt = performance.now();
  await once(await socket, 'close');
  const waitedMs = performance.now() - closedAt;
  expect(waitedMs).toBeGreaterThan(1000); // it could still have read
  expect(waitedMs).toBeLessThan(4000);
  expect(told).toEqual([]);
});

test('one that is closed before it is open is gone at once', async () => {
  await using server = await ScriptedServer.start();
  const before = openSockets();
  const { connection, told } = publishTo(server.port);
  connection.close();
  while (openSockets() > before) await new Promise((resolve) => setImmediate(resolve));
  expect(told).toEqual([]);
});

test('a fault of ours in reaction to a server costs that connection, not the process', async () => {
  await using server = await ScriptedServer.start({
    onConnect: ({ dialogue }) => dialogue.acceptConnect(),
  });
  const target = parseRtmpUrl(`rtmp://127.0.0.1:${server.port}/app/name`);
  if (target === undefined) throw new Error('no URL');
  const closed = Promise.withResolvers<string>();
  const fault = (): never => {
    throw new RangeError('ours');
  };
  new RtmpClientConnection(
    {
      onConnected: fault,
      onStarted: fault,
      onMedia: fault,
      onRefused: fault,
      onEnded: fault,
      onClosed: closed.resolve,
    },
    { does: 'play', target, connectProperties: {} },
    { clock: systemClock, limits },
  );
  expect(await closed.promise).toMatch(/^bug: RangeError: ours at /);
});

test('a server that asks and reads no answer is left before they fill the memory', async () => {
  const clock = new LoopClock();
  const [near, far] = MemorySocket.pair(true);
  const server = new ScriptedConnection(far, {});
  const { started, told } = publishTo(1935, {
    clock,
    connect(_to, done) {
      clock.next(() => done(near));
      return () => {};
    },
  });
  await started;
  const ping = encodeChunks(
    { type: 4, timestamp: 0, messageStreamId: 0 },
    Buffer.from('000600000001', 'hex'),
    128,
  );
  far.pause();
  for (let seconds = 0; seconds < 60 && told.length === 0; seconds++) {
    server.send(Buffer.concat(new Array<Buffer>(500).fill(ping)));
    clock.advance(1000);
    await turn();
  }
  expect(told).toEqual([expect.stringContaining('RTMP_ANSWERS_UNREAD')]);
});
