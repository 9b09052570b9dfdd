import { once } from 'node:events';
import { connect, createServer, Server } from 'node:net';
import { expect, test, vi } from 'vitest';
import { endpoint, ListenError, listen, type PortSharing } from '../../../src/service/listen/listener.ts';
import { closed } from '../../support/closed.ts';

const local = { host: '127.0.0.1', port: 0 };

test('hands over connections, and none after close', async () => {
  const accepted = Promise.withResolvers<number | undefined>();
  const listener = await listen(
    'rtmp',
    local,
    (socket) => accepted.resolve(socket.destroy().remotePort),
    () => {},
  );
  const socket = connect(listener.address.port, '127.0.0.1').on('error', () => {});
  await accepted.promise;
  await closed(socket);
  listener.close();
  listener.close();
  const late = connect(listener.address.port, '127.0.0.1');
  const [error] = (await once(late, 'error')) as [NodeJS.ErrnoException];
  expect(error.code).toBe('ECONNREFUSED');
});

test('an accept that fails is told, and no crash', async () => {
  const listening = vi.spyOn(Server.prototype, 'listen');
  const errors: string[] = [];
  const listener = await listen(
    'rtmp',
    local,
    () => {},
    (error) => errors.push(error.message),
  );
  const server = listening.mock.contexts[0] as Server;
  listening.mockRestore();
  server.emit('error', new Error('accept ENOBUFS'));
  expect(errors).toEqual(['accept ENOBUFS']);
  listener.close();
});

test('a port that is taken, and an address that is not ours, fail with a sentence', async () => {
  const other = createServer().listen(local);
  await once(other, 'listening');
  const { port } = other.address() as { port: number };
  const tryPort = listen(
    'rtmp',
    { host: '127.0.0.1', port },
    () => {},
    () => {},
  );
  await expect(tryPort).rejects.toThrow(ListenError);
  await expect(tryPort).rejects.toThrow('another program already uses this port');
  await expect(
    listen(
      'rtmp',
      { host: '192.0.2.1', port: 0 },
      () => {},
      () => {},
    ),
  ).rejects.toThrow(/^cannot listen on rtmp 192/);
  other.close();
});

test('an endpoint is written as people write it', () => {
  expect(endpoint('::1', 1935)).toBe('[::1]:1935');
  expect(endpoint('10.0.0.1', 1935)).toBe('10.0.0.1:1935');
});

test('a port that somebody has is shared with nobody by mistake, and with whoever means to', async () => {
  const connections: string[] = [];
  const open = (who: string, port: number, sharing: PortSharing) =>
    listen(
      'rtmp',
      { ...local, port, sharing },
      (socket) => {
        connections.push(who);
        socket.destroy();
      },
      () => {},
    );
  const old = await open('old', 0, 'later');
  const { port } = old.address;
  await expect(open('mistaken', port, 'later')).rejects.toThrow('another program already uses this port');
  const successor = await open('successor', port, 'now');
  await old.leave();
  for (let i = 0; i < 20; i++) await closed(connect(port, '127.0.0.1').on('error', () => {}));
  expect(connections).toEqual(Array(20).fill('successor'));
  successor.close();
});

test('a listener that leaves takes those who have connected already', async () => {
  let accepted = 0;
  const listener = await listen(
    'rtmp',
    { ...local, sharing: 'later' },
    (socket) => {
      accepted++;
      socket.destroy();
    },
    () => {},
  );
  const sockets = Array.from({ length: 30 }, () => connect(listener.address.port, '127.0.0.1'));
  for (const socket of sockets) socket.on('error', () => {});
  await new Promise((resolve) => process.nextTick(resolve)); // they are on their way, and none was accepted
  await Promise.all([listener.leave(), ...sockets.map((socket) => closed(socket))]);
  expect(accepted).toBe(30);
});
