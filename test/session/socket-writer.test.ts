import type { Socket } from 'node:net';
import { Duplex } from 'node:stream';
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
