import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { freePorts } from '../support/free-port.ts';
import { type HouseProcess, startHouseProcess } from '../support/house-process.ts';
import { curl } from '../support/http-client.ts';
import { flvTags } from '../support/media.ts';
import { temporaryFolder } from '../support/packages.ts';
import { playWithFfmpeg } from '../support/real-clients.ts';
import { startRedis } from '../support/redis.ts';
import { type RelayProcess, startRelayProcess } from '../support/relay-process.ts';
import { backwardSteps, publishPattern } from '../support/test-pattern.ts';

const OFFLINE_MS = 2000;

/** One address for several servers: whoever connects gets to the first that takes it. */
async function openBalancer(ports: readonly number[], stack: AsyncDisposableStack): Promise<number> {
  const sockets = new Set<Socket>();
  const server = createServer((near) => {
    sockets.add(near);
    near.on('error', () => {});
    const tryNext = ([port, ...rest]: readonly number[]): void => {
      if (port === undefined) return void near.destroy();
      const far = connect(port, '127.0.0.1');
      sockets.add(far);
      far.on('error', () => {});
      far.once('close', () => (far.bytesRead === 0 && !near.destroyed ? tryNext(rest) : near.destroy()));
      far.once('connect', () => near.pipe(far).pipe(near));
      near.once('close', () => far.destroy());
    };
    tryNext(ports);
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  stack.defer(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

/** Two houses on one Redis and three relays, each a process; loopback addresses are the networks. */
class Fleet implements AsyncDisposable {
  readonly houses: readonly HouseProcess[];
  readonly relays: ReadonlyMap<string, RelayProcess>;
  readonly kill: { readonly redis: () => Promise<void> };
  readonly #stack: AsyncDisposableStack;
  readonly #roster: readonly Readonly<Record<string, unknown>>[];

  private constructor(
    parts: Pick<Fleet, 'houses' | 'relays' | 'kill'>,
    roster: readonly Readonly<Record<string, unknown>>[],
    stack: AsyncDisposableStack,
  ) {
    this.houses = parts.houses;
    this.relays = parts.relays;
    this.kill = parts.kill;
    this.#roster = roster;
    this.#stack = stack;
  }

  static async start(): Promise<Fleet> {
    await using stack = new AsyncDisposableStack();
    const redis = stack.use(await startRedis());
    const { path } = stack.use(await temporaryFolder());
    const ports = new Map<string, readonly [number, number]>();
    const free = await freePorts(6);
    for (const [index, id] of ['root', 'paris', 'oslo'].entries())
      ports.set(id, [free[2 * index] ?? 0, free[2 * index + 1] ?? 0]);
    const entry = (id: string, networks: object[], more: object = {}) => {
      const [rtmp, http] = ports.get(id) ?? [];
      const urls = { rtmp: `rtmp://127.0.0.1:${rtmp}`, http: `http://127.0.0.1:${http}` };
      return { id, key: `the-secret-key-of-${id}`, networks, urls, ...more };
    };
    const everywhere = { cidr: '127.0.0.0/8', priority: 0 };
    const roster = [
      entry('root', [{ cidr: '127.0.0.0/8', priority: -1 }], { limits: { players: 9 } }),
      entry('paris', [{ cidr: '127.1.1.0/24', priority: 5 }, everywhere], {
        parent: 'root',
        limits: { players: 1 },
      }),
      entry('oslo', [{ cidr: '127.1.2.0/24', priority: 5 }, everywhere], { parent: 'root' }),
    ];
    const shared = {
      ...{ telemetryIntervalMs: 200, offlineAfterMs: OFFLINE_MS, stickyMs: 0, reserveMs: 1000 },
      store: { type: 'redis', url: redis.url },
    };
    // the second one takes the roster from the first, by Redis
    const first = stack.use(await startHouseProcess({ config: shared, roster }));
    const second = stack.use(await startHouseProcess({ config: { ...shared, rosterFile: null } }));
    const port = await openBalancer([first.httpPort, second.httpPort], stack);
    const relays = new Map<string, RelayProcess>();
    for (const [id, [rtmpPort, httpPort]] of ports) {
      const [keyFile, copyFile] = [join(path, `${id}.key`), join(path, `${id}.copy`)];
      await writeFile(keyFile, `the-secret-key-of-${id}\n`);
      const house = { url: `ws://127.0.0.1:${port}`, id, keyFile, copyFile, insecure: true };
      relays.set(id, stack.use(await startRelayProcess({ rtmpPort, httpPort, config: { house } })));
    }
    for (const relay of relays.values()) await relay.waitForLog(/"event":"house-order"[^\n]*"what":"config"/);
    const parts = { houses: [first, second], relays, kill: { redis: () => redis.kill() } };
    return new Fleet(parts, roster, stack.move());
  }

  relay(id: string): RelayProcess {
    const found = this.relays.get(id);
    if (found === undefined) throw new Error(`there is no ${id}`);
    return found;
  }

  /** Which relay a house sends somebody to, or the status where that is none. */
  async sends(house: HouseProcess | undefined, address: string): Promise<string> {
    const head = ['-s', '-o', '/dev/null', '-w', '%{http_code} %{redirect_url}', '-m', '5'];
    await using tool = curl(...head, '--interface', address, house?.url('/live/cam.flv') ?? '');
    const [status = '', url = ''] = (await tool.output).toString().split(' ');
    const found = [...this.relays].find(([, { httpPort }]) => url.includes(`:${httpPort}/`));
    return found?.[0] ?? status;
  }

  /** Resolves once a house sends somebody there. @returns how long that has taken, milliseconds */
  async sendsSoon(house: HouseProcess | undefined, address: string, relay: string): Promise<number> {
    const since = performance.now();
    await expect.poll(() => this.sends(house, address), { timeout: 10_000, interval: 50 }).toBe(relay);
    return performance.now() - since;
  }

  /** Has a relay hang below another one from now on. */
  hang(relay: string, parent: string): Promise<void> {
    const roster = this.#roster.map((one) => (one['id'] === relay ? { ...one, parent } : one));
    return writeFile(this.houses[0]?.rosterFile ?? '', JSON.stringify(roster));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#stack.disposeAsync();
  }
}

test('two houses on one Redis, three relays: players go where the rules say, whatever dies, and nobody who plays notices', {
  timeout: 120_000,
}, async () => {
  await using fleet = await Fleet.start();
  const [first, second] = fleet.houses;
  // not by a house, which is to die and would take along whom it brings
  await using _encoder = publishPattern(fleet.relay('root').rtmpUrl('live/cam'), 110);
  await fleet.relay('root').waitForLog(/"event":"publish"[^\n]*"stream":"live\/cam"/);

  // each network its relay, at either house
  for (const house of fleet.houses) {
    await fleet.sendsSoon(house, '127.1.1.5', 'paris');
    await fleet.sendsSoon(house, '127.1.2.5', 'oslo');
  }

  // who follows the redirection plays, and whom the house brings
  await using witness = curl('-sLN', '--interface', '127.1.2.9', first?.url('/live/cam.flv') ?? '');
  await using brought = playWithFfmpeg(first?.rtmpUrl('live/cam') ?? '');
  await witness.waitForStdout(/FLV/);
  await brought.waitForStdout(/FLV/);
  await fleet.relay('oslo').waitForLog(/"event":"play"[^\n]*"protocol":"http-flv"/);

  // drained, on the other house's word: new ones elsewhere
  const drain = (draining: boolean) =>
    fetch(second?.url('/api/v1/relays/oslo') ?? '', {
      method: 'PATCH',
      headers: { ...second?.token, 'content-type': 'application/json' },
      body: JSON.stringify({ draining }),
    });
  expect((await drain(true)).status).toBe(200);
  await fleet.sendsSoon(first, '127.1.2.6', 'paris');
  expect((await drain(false)).status).toBe(200);
  await fleet.sendsSoon(first, '127.1.2.6', 'oslo');

  // filled: the next priority
  await using filler = curl('-sLN', '--interface', '127.1.1.7', first?.url('/live/cam.flv') ?? '');
  await filler.waitForStdout(/FLV/);
  await fleet.sendsSoon(second, '127.1.1.8', 'oslo');

  // hung below another relay, while somebody plays there
  await fleet.hang('oslo', 'paris');
  await expect
    .poll(async () => (await fleet.relay('oslo').upstreams()).map(({ url, state }) => [url, state]), {
      timeout: 15_000,
    })
    .toEqual([[expect.stringContaining(String(fleet.relay('paris').rtmpPort)), 'flowing']]);

  // a relay is killed: the next are sent elsewhere as soon as its last report is too old
  fleet.relay('paris').tool.kill('SIGKILL');
  expect(await fleet.sendsSoon(second, '127.1.1.9', 'oslo')).toBeLessThan(OFFLINE_MS + 3000);

  // a house is killed, then Redis
  first?.tool.kill('SIGKILL');
  await fleet.sendsSoon(second, '127.1.2.10', 'oslo');
  await expect
    .poll(async () => (await second?.get('/api/v1/relays')) as object, { timeout: 15_000 })
    .toMatchObject({
      items: expect.arrayContaining([expect.objectContaining({ id: 'oslo', state: 'ready' })]),
    });
  await fleet.kill.redis();
  await fleet.sendsSoon(second, '127.1.2.11', 'oslo');
  await using late = playWithFfmpeg(second?.rtmpUrl('live/cam') ?? '');
  await late.waitForStdout(/FLV/);

  // nobody who plays has noticed
  const bytes = witness.stdoutBuffer.length;
  await expect.poll(() => witness.stdoutBuffer.length).toBeGreaterThan(bytes);
  witness.kill('SIGTERM');
  await witness.exited;
  const messages = flvTags(witness.stdoutBuffer).map((tag) => ({ ...tag, streamId: 1 }));
  expect(backwardSteps(messages as never)).toEqual([]);
  const plays = fleet.relay('oslo').find('play');
  expect(plays.filter(({ peer }) => String(peer).startsWith('127.1.2.9:'))).toHaveLength(1);
});
