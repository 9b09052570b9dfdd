import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { expect, test } from 'vitest';
import { FlvMessageType } from '../../../src/family/flv/flv-family.ts';
import { DirectSocket } from '../../../src/session/reading/direct-socket.ts';
import { PacedInput } from '../../../src/session/reading/paced-input.ts';
import { ownMemory } from '../../../src/stream/own-memory.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { frameOf } from '../../support/fake-media.ts';

/** A client on loopback and the socket that was accepted for it. */
class Scene implements AsyncDisposable {
  readonly client: Socket;
  readonly socket: DirectSocket;
  readonly #server: Server;

  private constructor(server: Server, client: Socket, socket: DirectSocket) {
    this.#server = server;
    this.client = client;
    this.socket = socket;
  }

  static async start(): Promise<Scene> {
    const server = createServer();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const accepted = once(server, 'connection');
    const client = connect((server.address() as { port: number }).port, '127.0.0.1');
    const [socket] = (await accepted) as [Socket];
    return new Scene(server, client, DirectSocket.of(socket) as DirectSocket);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.client.destroy();
    this.socket.destroy();
    this.#server.close();
    await once(this.#server, 'close'); // comes when it counts no connection any more
  }
}

/** What a socket's session acts on, in the order in which it comes. */
function readAll(socket: Socket): {
  input: PacedInput;
  reader: { isHeld: boolean };
  text: () => string;
  onText: () => Promise<void>;
} {
  const clock = new FakeClock();
  const reader = { isHeld: false, proceed: () => {}, onSlowed: () => {} };
  const input = new PacedInput(clock, reader);
  let text = '';
  let wake = (): void => {};
  clock.advance(1000); // one that is new is read in slices
  input.attach(socket, (memory, length) => {
    text += memory.toString('latin1', 0, length);
    wake();
  });
  const onText = (): Promise<void> => new Promise((resolve) => (wake = resolve));
  return { input, reader, text: () => text, onText };
}

test('until somebody reads it directly it is a socket like any other, and what came before is first', async () => {
  await using scene = await Scene.start();
  const { client, socket } = scene;
  const readable = once(socket, 'readable');
  client.write('proxy;');
  await readable;
  expect(String(socket.read())).toBe('proxy;');
  socket.unshift(Buffer.from('first;'));
  const { text, onText } = readAll(socket);
  const came = onText();
  await came;
  const more = onText();
  client.write('second');
  await more;
  expect(text()).toBe('first;second');
});

test('two sockets read into one memory, and what is held of each stays what it was', async () => {
  await using a = await Scene.start();
  await using b = await Scene.start();
  const heldA = readAll(a.socket);
  const readB = readAll(b.socket);
  heldA.reader.isHeld = true;
  a.client.write('held');
  while (heldA.input.keptBytes < 4) await new Promise((resolve) => setImmediate(resolve));
  const came = readB.onText();
  b.client.write('other');
  await came;
  heldA.reader.isHeld = false;
  heldA.input.goOn();
  expect([heldA.text(), readB.text()]).toEqual(['held', 'other']);
});

test('a stream keeps no view of the memory, however much of it a frame takes', async () => {
  await using scene = await Scene.start();
  const { client, socket } = scene;
  const read = new Promise<Buffer>((resolve) => {
    socket.readDirectly((memory) => {
      resolve(memory);
      return true;
    });
  });
  client.write('any');
  const memory = await read;
  const frame = frameOf({ type: FlvMessageType.video, timestamp: 0, payload: memory });
  ownMemory(frame);
  expect(frame.payload).toEqual(memory);
  expect(frame.payload.buffer).not.toBe(memory.buffer);
});

test('of one that is held no more is read than a bound, and all of it in the end', async () => {
  await using scene = await Scene.start();
  const { client, socket } = scene;
  const { input, reader, text } = readAll(socket);
  reader.isHeld = true;
  const sent = 'x'.repeat(4_000_000);
  client.write(sent);
  while (input.keptBytes < 128 * 1024) await new Promise((resolve) => setImmediate(resolve));
  for (let turns = 0; turns < 20; turns++) await new Promise((resolve) => setImmediate(resolve));
  expect(input.keptBytes).toBeLessThanOrEqual(192 * 1024);
  const ended = once(socket, 'end');
  client.end();
  reader.isHeld = false;
  input.goOn();
  await ended;
  expect(text()).toBe(sent);
  expect(socket.bytesRead).toBe(sent.length);
});
