import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { expect, test } from 'vitest';
import type { Arrival } from '../../../src/service/listen/door.ts';
import { ProxyEntrance } from '../../../src/service/listen/proxy-entrance.ts';
import { closed } from '../../support/closed.ts';
import { LoopClock } from '../../support/loop-clock.ts';
import { binaryHeader, localHeader, textHeader } from '../../support/proxy-wire.ts';
import { RecordingLog } from '../../support/recording-log.ts';

const HANDSHAKE_MS = 10_000;

/** An entrance behind a real listener, with time that stands still. */
class EntranceScene implements AsyncDisposable {
  readonly clock = new LoopClock();
  readonly log = new RecordingLog();
  readonly arrivals: (Arrival | undefined)[] = [];
  readonly turnedAway: string[] = [];
  readonly entrance = new ProxyEntrance(['127.0.0.1'], {
    clock: this.clock,
    log: this.log,
    door: {
      turnAway: (connection, address, { refused }) => {
        this.turnedAway.push(`${address}: ${refused}`);
        connection.destroy();
      },
    },
    deadlines: { handshakeMs: HANDSHAKE_MS },
    limits: { pendingSessions: 2 },
  });
  readonly #sockets: Socket[] = [];
  readonly #server: Server = createServer((socket) => {
    this.#sockets.push(socket);
    this.entrance.receive(socket, (arrived, arrival) => {
      this.arrivals.push(arrival);
      arrived.pipe(arrived); // what comes behind the header goes back
    });
    this.log.info('came', '', { count: this.#sockets.length });
  });

  static async start(): Promise<EntranceScene> {
    const scene = new EntranceScene();
    scene.#server.listen(0, '127.0.0.1');
    await once(scene.#server, 'listening');
    return scene;
  }

  /** Opens a connection; resolves when it was accepted. */
  async open(localAddress = '127.0.0.1'): Promise<Socket> {
    const { port } = this.#server.address() as AddressInfo;
    const socket = connect({ port, host: '127.0.0.1', localAddress }).on('error', () => {});
    await this.log.waitFor('came', { count: this.#sockets.length + 1 });
    return socket;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
    await once(this.#server, 'close');
  }
}

test.each([
  {
    header: binaryHeader('::ffff:c000:209', 7, '200005010000000002000161'),
    arrival: { address: '192.0.2.9', peer: '192.0.2.9:7', isTls: true, serverName: 'a', isProxy: false },
  },
  {
    header: textHeader('2001:DB8:0::9', 8),
    arrival: { address: '2001:db8::9', peer: '[2001:db8::9]:8', isProxy: false },
  },
])('says who has come, and hands on what is behind it: $arrival.peer', async ({ header, arrival }) => {
  await using scene = await EntranceScene.start();
  const socket = await scene.open();
  socket.write(Buffer.concat([header, Buffer.from('hello')]));
  expect(String((await once(socket, 'data'))[0])).toBe('hello');
  expect(scene.arrivals).toMatchObject([{ ...arrival, via: '127.0.0.1' }]);
});

test('a proxy that speaks for itself is nobody brought by a proxy', async () => {
  await using scene = await EntranceScene.start();
  const socket = await scene.open();
  socket.write(localHeader);
  socket.write('hello');
  await once(socket, 'data');
  expect(scene.arrivals).toMatchObject([{ address: '127.0.0.1', isProxy: true }]);
  expect(scene.arrivals[0]).not.toHaveProperty('via');
});

test('whoever is no proxy is not asked for a header; which are proxies may change', async () => {
  await using scene = await EntranceScene.start();
  (await scene.open('127.0.0.2')).write('hello');
  await expect.poll(() => scene.arrivals).toEqual([undefined]);
  scene.entrance.configure([]);
  await scene.open();
  expect(scene.arrivals).toEqual([undefined, undefined]);
});

test('without a header in time, or with its end, a connection is closed', async () => {
  await using scene = await EntranceScene.start();
  const late = await scene.open();
  late.write('PROXY ');
  scene.clock.advance(HANDSHAKE_MS - 1);
  const ended = await scene.open();
  ended.end('PROXY ');
  await closed(ended);
  expect(scene.log.find('deadline')).toEqual([]);
  scene.clock.advance(1);
  await closed(late);
  expect(scene.log.find('deadline')).toMatchObject([{ fields: { missed: 'PROXY protocol header' } }]);
});

test('of too many without a header the newcomer goes, or the oldest when that has had its time', async () => {
  await using scene = await EntranceScene.start();
  const [first, second] = [await scene.open(), await scene.open()];
  await closed(await scene.open());
  expect(scene.turnedAway).toEqual(['127.0.0.1: pending-limit']);
  scene.clock.advance(1000);
  await scene.open();
  await closed(first);
  expect([scene.turnedAway.length, second.closed]).toEqual([2, false]);
});

test('a relay that closes cuts those that have said nothing', async () => {
  await using scene = await EntranceScene.start();
  const silent = await scene.open();
  scene.entrance.close();
  await closed(silent);
});
