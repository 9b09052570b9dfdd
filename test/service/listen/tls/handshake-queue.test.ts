import type { Socket } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { HandshakeQueue } from '../../../../src/service/listen/tls/handshake-queue.ts';
import { FakeClock } from '../../../support/fake-clock.ts';
import { MemorySocket } from '../../../support/memory-socket.ts';

class Scene {
  readonly clock = new FakeClock();
  readonly queue = new HandshakeQueue(this.clock);
  /** Numbers of the connections whose handshake has begun. */
  readonly begun: number[] = [];

  /** A connection, by the client's end of it. @param costMs - what its handshake takes of the thread */
  connect(number: number, costMs = 1): { readonly client: Socket; readonly server: Socket } {
    const [server, client] = MemorySocket.pair(false);
    this.queue.receive(server, () => {
      this.begun.push(number);
      process.nextTick(() => this.clock.spend(costMs));
    });
    return { client, server };
  }

  /** One turn of the loop. */
  async turn(): Promise<void> {
    this.clock.advance(0);
    await nextTurn();
  }
}

test('a handshake begins when the client has spoken, with what it has said still there', async () => {
  const scene = new Scene();
  const silent = scene.connect(1);
  const { client, server } = scene.connect(2);
  client.write('hello');
  await nextTurn();
  await scene.turn();
  expect([scene.begun, String(server.read())]).toEqual([[2], 'hello']);
  expect(silent.server.readableLength).toBe(0);
});

test('of a crowd a few begin in each turn of the loop, in the order in which they have spoken', async () => {
  const scene = new Scene();
  const clients = [0, 1, 2, 3, 4].map((number) => scene.connect(number).client);
  for (const client of clients.reverse()) {
    client.write('hello');
    await nextTurn();
  }
  const begunAfter: number[][] = [];
  for (let turn = 0; turn < 3; turn++) {
    await scene.turn();
    begunAfter.push([...scene.begun]);
  }
  expect(begunAfter).toEqual([
    [4, 3],
    [4, 3, 2, 1],
    [4, 3, 2, 1, 0],
  ]);
});

test('one that takes longer than a turn is the only one of its turn', async () => {
  const scene = new Scene();
  for (const number of [1, 2]) scene.connect(number, 50).client.write('hello');
  await nextTurn();
  await scene.turn();
  expect([scene.begun, scene.queue.size]).toEqual([[1], 1]);
  await scene.turn();
  expect([scene.begun, scene.queue.size]).toEqual([[1, 2], 0]);
});

test('a connection that closes while it waits has no handshake', async () => {
  const scene = new Scene();
  const { client, server } = scene.connect(1);
  client.write('hello');
  await nextTurn();
  expect(scene.queue.size).toBe(1);
  server.destroy();
  await nextTurn();
  expect(scene.queue.size).toBe(0);
  await scene.turn();
  expect(scene.begun).toEqual([]);
});

test('a client that leaves without a word is let go', async () => {
  const scene = new Scene();
  const { client, server } = scene.connect(1);
  client.end();
  await nextTurn();
  await nextTurn();
  expect([server.destroyed, scene.queue.size]).toEqual([true, 0]);
});
