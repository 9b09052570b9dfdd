import type { Socket } from 'node:net';
import { expect, test } from 'vitest';
import { encodeChunks } from '../../src/protocol/rtmp/chunk/chunk-writer.ts';
import { RawClient } from '../support/raw-client.ts';
import { type ScriptedConnection, ScriptedServer } from '../support/scripted-server.ts';
import type { SessionScene } from '../support/session-scene.ts';
import { spliceScene } from '../support/splice-scene.ts';

const playing = {
  onPlay: ({ dialogue }: ScriptedConnection, { messageStreamId }: { messageStreamId: number }) =>
    dialogue.startPlay(messageStreamId, 'go'),
};

/** What one splice may keep of what an end does not take, bytes: the most that waits, a message, and what is read ahead. */
const MOST_KEPT = 2 ** 20;
const MESSAGE = Buffer.alloc(64 * 1024, 7);

/** Lets the loop of a scene take its turns, though its time stands still. */
function turning({ clock }: SessionScene): Disposable {
  let turn = setImmediate(function next() {
    clock.advance(0);
    turn = setImmediate(next);
  });
  return { [Symbol.dispose]: () => clearImmediate(turn) };
}

/** Resolves when a socket takes nothing more. */
async function stuck(socket: Socket): Promise<void> {
  for (let same = 0, left = -1; same < 200; ) {
    await new Promise((resolve) => setImmediate(resolve));
    same = socket.writableLength === left ? same + 1 : 0;
    left = socket.writableLength;
  }
}

test('a player that reads nothing slows its relay down, and loses nothing', async () => {
  await using server = await ScriptedServer.start(playing);
  await using scene = await spliceScene(server.port);
  using _turns = turning(scene);
  await using client = await scene.connected();
  client.commandOn(1, 'play', 4, null, 'a');
  await client.heard('onStatus NetStream.Play.Start');
  client.socket.pause();
  const { socket } = server.connections[0] as ScriptedConnection;
  const count = 400; // 25 MiB: more than the kernels keep
  for (let i = 0; i < count; i++)
    socket.write(encodeChunks({ type: 9, timestamp: i, messageStreamId: 1 }, MESSAGE));
  const [session] = scene.sessions;
  await expect.poll(() => session?.backlogBytes ?? 0).toBeGreaterThan(0);
  await stuck(socket);
  expect(socket.writableLength).toBeGreaterThan(MOST_KEPT);
  expect((session?.backlogBytes ?? 0) + (session?.partialBytes ?? 0)).toBeLessThan(MOST_KEPT);
  client.socket.resume();
  await client.heard('type 9 on 1', count);
}, 30_000);

test('a relay that reads nothing slows its publisher down, who is not late then, and loses nothing', async () => {
  await using server = await ScriptedServer.start();
  await using scene = await spliceScene(server.port);
  using _turns = turning(scene);
  await using client = await scene.connected();
  client.commandOn(1, 'publish', 4, null, 'a', 'live');
  await client.heard('onStatus NetStream.Publish.Start');
  const connection = server.connections[0] as ScriptedConnection;
  connection.socket.pause();
  const count = 400;
  for (let i = 0; i < count; i++) client.message(9, MESSAGE, 1, i);
  await expect.poll(() => scene.sessions[0]?.partialBytes ?? 0).toBeGreaterThan(0);
  await stuck(client.socket);
  expect(client.socket.writableLength).toBeGreaterThan(MOST_KEPT);
  expect(scene.sessions[0]?.partialBytes).toBeLessThan(MOST_KEPT);
  scene.clock.advance(20_000); // longer than a publisher may be silent
  expect(scene.log.find('deadline')).toEqual([]);
  connection.socket.resume();
  await expect.poll(() => connection.media.length, { timeout: 20_000 }).toBe(count);
  expect(connection.media.map(({ timestamp }) => timestamp)).toEqual(
    Array.from({ length: count }, (_, i) => i),
  );
  scene.clock.advance(12_000);
  await scene.log.waitFor('deadline', { missed: 'media' });
  await Promise.all([client.closed, connection.closed]);
  expect(connection.stops).toBe(0); // the relay keeps the stream for a publisher that was lost
}, 30_000);

test('half a message in pieces of a byte is whole at the relay or not there at all', async () => {
  await using server = await ScriptedServer.start();
  await using scene = await spliceScene(server.port);
  await using client = await scene.connected();
  client.commandOn(1, 'publish', 4, null, 'a', 'live');
  await client.heard('onStatus NetStream.Publish.Start');
  const whole = encodeChunks(
    { type: 9, timestamp: 5, messageStreamId: 1 },
    Buffer.from('1701000000aabbccdd', 'hex'),
    128,
  );
  for (const byte of whole) client.send(Buffer.of(byte));
  const [connection] = server.connections;
  await expect.poll(() => connection?.media.length).toBe(1);
  client.send(whole.subarray(0, -1));
  client.socket.end();
  await client.closed;
  await connection?.closed;
  expect(connection?.media.map(({ payload }) => payload.toString('hex'))).toEqual(['1701000000aabbccdd']);
});

test('a client has as many plays as at a relay, and may not ask too often', async () => {
  await using server = await ScriptedServer.start(playing);
  await using scene = await spliceScene(server.port);
  await using client = await scene.connected();
  for (let id = 1; id <= 9; id++) client.commandOn(id, 'play', 4, null, `a${id}`);
  expect(await client.heard('onStatus NetStream.Play.Failed')).toContain('already plays 8 streams');
  await expect.poll(() => server.connections.length).toBe(8);
  await using flood = await scene.connected();
  for (let i = 0; i < 100; i++) flood.commandOn(1, 'play', 4, null, 'a');
  await flood.closed;
  expect(scene.log.find('protocol-error')).toMatchObject([{ fields: { code: 'RTMP_REQUESTS_TOO_MANY' } }]);
  await expect.poll(() => server.connections.filter(({ socket }) => !socket.destroyed).length).toBe(8);
});

test('whoever is ended while the relay is slow is ended at once, and the rest of the connection goes on', async () => {
  await using server = await ScriptedServer.start();
  await using scene = await spliceScene(server.port);
  using _turns = turning(scene);
  await using client = await scene.connected();
  for (const id of [1, 2]) client.commandOn(id, 'publish', 4, null, `a${id}`, 'live');
  await client.heard('onStatus NetStream.Publish.Start', 2);
  const [slow, other] = server.connections as [ScriptedConnection, ScriptedConnection];
  slow.socket.pause();
  for (let i = 0; i < 200; i++) client.message(9, MESSAGE, 1, i);
  client.message(9, Buffer.from('1701000000', 'hex'), 2, 7);
  await expect.poll(() => scene.sessions[0]?.partialBytes ?? 0).toBeGreaterThan(0);
  const first = [...(scene.sessions[0]?.activities() ?? [])].find(({ key }) => key === 'live/a1');
  first?.revoke('go away', 'kicked');
  expect(await client.heard('onStatus NetStream.Publish.Denied')).toContain('go away');
  await expect.poll(() => other.media.length, { timeout: 10_000 }).toBe(1);
  slow.socket.resume();
  await slow.closed;
}, 20_000);

test('a client that goes while its relay is asked leaves nothing there', async () => {
  await using server = await ScriptedServer.start({ onPublish: () => {} });
  await using scene = await spliceScene(server.port);
  const client = await RawClient.openConnected(scene.port);
  client.commandOn(1, 'publish', 4, null, 'a', 'live');
  await expect.poll(() => server.connections.length).toBe(1);
  await client[Symbol.asyncDispose]();
  await server.connections[0]?.closed;
  expect(scene.log.find('publish')).toEqual([]);
});
