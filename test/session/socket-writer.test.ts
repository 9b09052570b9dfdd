import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { setTimeout } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { SocketWriter } from '../../src/session/socket-writer.ts';

/** A socket whose kernel takes a write when it is told to. */
function slowSocket(): { socket: Socket; take(error?: Error): void } {
  let done: (error?: Error) => void = () => {};
  const socket = new Duplex({
    read() {},
    write: (_bytes, _encoding, callback) => {
      done = callback;
    },
  });
  socket.on('error', () => {});
  return { socket: socket as Socket, take: (error) => done(error) };
}

const nextTick = () => new Promise<void>((resolve) => process.nextTick(resolve));

test('the backlog is what the kernel has not taken, and progress is told', async () => {
  const { socket, take } = slowSocket();
  const writer = new SocketWriter(socket);
  const taken: string[] = [];
  writer.write(Buffer.alloc(100), () => taken.push('first'));
  writer.write(Buffer.alloc(50));
  expect(writer.backlogBytes).toBe(150);
  take();
  await nextTick();
  expect(writer.backlogBytes).toBe(50);
  expect(taken).toEqual(['first']);
  take();
  expect(writer.backlogBytes).toBe(0);
  socket.destroy();
});

test('nothing is written to a socket that is closing or closed, and no progress is told of a failed one', async () => {
  const { socket, take } = slowSocket();
  const writer = new SocketWriter(socket);
  const taken: string[] = [];
  writer.write(Buffer.alloc(10), () => taken.push('failed'));
  take(new Error('reset'));
  await new Promise((resolve) => socket.once('close', resolve));
  writer.write(Buffer.alloc(10), () => taken.push('closed'));
  expect(taken).toEqual([]);
  const ending = slowSocket();
  ending.socket.end();
  new SocketWriter(ending.socket).write(Buffer.alloc(10), () => taken.push('ending'));
  expect(ending.socket.writableLength).toBe(0);
  expect(taken).toEqual([]);
  ending.socket.destroy();
});

/** Both ends of a connection over TCP. */
async function connectedPair(): Promise<AsyncDisposable & { near: Socket; far: Socket }> {
  const listening = createServer().listen(0, '127.0.0.1');
  await once(listening, 'listening');
  const { port } = listening.address() as AddressInfo;
  const arriving = once(listening, 'connection') as Promise<[Socket]>;
  const far = connect(port, '127.0.0.1');
  const [near] = await arriving;
  for (const socket of [near, far]) socket.on('error', () => {});
  const dispose = async (): Promise<void> => {
    near.destroy();
    far.destroy();
    listening.close();
    await once(listening, 'close');
  };
  return { near, far, [Symbol.asyncDispose]: dispose };
}

test('what the kernel takes of a write shows before the write is done', async () => {
  await using pair = await connectedPair();
  const { near, far } = pair;
  far.pause();
  const writer = new SocketWriter(near);
  const size = 64 * 2 ** 20;
  let isDone = false;
  writer.write(Buffer.alloc(size / 2));
  writer.write(Buffer.alloc(size / 2), () => {
    isDone = true;
  });
  const seen: number[] = [];
  for (let read = 0; !isDone; ) {
    const { backlogBytes } = writer;
    if (seen.at(-1) !== backlogBytes) seen.push(backlogBytes);
    expect(writer.takenBytes).toBeLessThanOrEqual(size - backlogBytes);
    const either = new AbortController();
    const { signal } = either;
    const waits = [once(far.resume(), 'data', { signal }), once(near, 'drain', { signal })];
    const [part] = (await Promise.race(waits)) as [Buffer?];
    either.abort(); // the other wait would stay
    read += part?.length ?? 0;
    expect(read).toBeLessThanOrEqual(size - writer.backlogBytes);
  }
  expect(seen.length).toBeGreaterThan(3);
  expect([writer.backlogBytes, writer.takenBytes]).toEqual([0, size]);
});

test.runIf(process.platform === 'linux')(
  'what the peer takes shows while the kernel takes nothing',
  async () => {
    await using pair = await connectedPair();
    const { near, far } = pair;
    far.pause();
    const writer = new SocketWriter(near);
    const size = 64 * 2 ** 20;
    writer.write(Buffer.alloc(size));
    const look = async (): Promise<number> => {
      await setTimeout(600);
      return writer.takenBytes;
    };
    // the kernel's buffer is full, and the queue in it is known
    while ((await look()) === size - writer.backlogBytes);
    let before = await look();
    for (let next = await look(); next !== before; next = await look()) before = next;
    far.read(200_000);
    while ((await look()) === before);
    expect(writer.takenBytes).toBeGreaterThan(before);
  },
);
