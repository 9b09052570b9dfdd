import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { type Balancer, startBalancer } from '../support/fleet/balancer.ts';
import { HttpPlayer } from '../support/fleet/http-player.ts';
import { freePort } from '../support/free-port.ts';
import { type HouseProcess, startHouseProcess } from '../support/house-process.ts';
import { startRedis } from '../support/redis.ts';
import { startRelay, type TestRelay } from '../support/start-relay.ts';
import { publishPattern } from '../support/test-pattern.ts';

const ids = ['root', 'edge1', 'edge2'] as const;
const keyOf = (id: string): string => `secret-of-relay-${id}`;

/** Where a relay of the test listens. */
interface RelayPlace {
  readonly id: (typeof ids)[number];
  readonly rtmp: number;
  readonly http: number;
}

/** Places for the relays: the houses have to know them before the relays link up. */
async function relayPlaces(): Promise<readonly RelayPlace[]> {
  const places: RelayPlace[] = [];
  for (const id of ids) places.push({ id, rtmp: await freePort(), http: await freePort() });
  return places;
}

/** Relays that link up wherever the balancer leads, by id. */
async function startRelays(
  stack: AsyncDisposableStack,
  places: readonly RelayPlace[],
  { port: balancer }: Balancer,
): Promise<ReadonlyMap<string, TestRelay>> {
  const folder = await mkdtemp(join(tmpdir(), 'streampump-fleet-'));
  stack.defer(() => rm(folder, { recursive: true, force: true }));
  const relays = new Map<string, TestRelay>();
  for (const { id, rtmp, http } of places) {
    const keyFile = join(folder, `${id}.key`);
    await writeFile(keyFile, keyOf(id));
    const link = { url: `http://127.0.0.1:${balancer}`, id, keyFile, insecure: true };
    const listen = { rtmp: { host: '127.0.0.1', port: rtmp }, http: { host: '127.0.0.1', port: http } };
    const house = { ...link, copyFile: join(folder, `${id}.json`) };
    relays.set(id, stack.use(await startRelay({ name: id, listen, house })));
  }
  return relays;
}

/** The root takes publishers, the edges take players of this machine. */
function rosterOf(places: readonly RelayPlace[]): readonly object[] {
  return places.map(({ id, rtmp, http }) => ({
    ...{ id, key: keyOf(id), parent: id === 'root' ? null : 'root' },
    networks: id === 'root' ? [] : [{ cidr: '127.0.0.0/8' }],
    urls: { rtmp: `rtmp://127.0.0.1:${rtmp}`, http: `http://127.0.0.1:${http}` },
  }));
}

/** Resolves when so many links have been made with a house. */
async function linked(house: HouseProcess, times: number): Promise<void> {
  const line = '"event":"link"[^\\n]*"reason":"linked"';
  await house.waitForLog(new RegExp(`(?:${line}[^]*?){${times}}`));
}

/** Resolves when a house says this of a relay. */
async function says(house: HouseProcess, id: string, what: object): Promise<void> {
  await expect.poll(() => house.get(`/api/v1/relays/${id}`), { timeout: 15_000 }).toMatchObject(what);
}

/** Asks a house to have a relay take no new players. */
function drain(house: HouseProcess, id: string): Promise<Response> {
  return fetch(`http://127.0.0.1:${house.adminPort}/api/v1/relays/${id}`, {
    method: 'PATCH',
    headers: { ...house.token, 'content-type': 'application/json' },
    body: '{"draining": true}',
  });
}

test('of two houses on one Redis one is killed, then Redis: nobody who plays notices, and new players find a relay', async () => {
  await using stack = new AsyncDisposableStack();
  const redis = stack.use(await startRedis());
  const balancer = stack.use(await startBalancer());
  const places = await relayPlaces();
  const roster = rosterOf(places);
  const config = {
    store: { type: 'redis', url: redis.url },
    streams: [{ match: 'live/**', source: { type: 'push' } }],
    ...{ telemetryIntervalMs: 500, offlineAfterMs: 2000, stickyMs: 0 },
  };
  const [one, other] = await Promise.all([
    startHouseProcess({ config, roster }),
    startHouseProcess({ config: { ...config, rosterFile: null } }),
  ]);
  stack.use(one);
  stack.use(other);
  balancer.share(one.httpPort);
  const relays = await startRelays(stack, places, balancer);
  await linked(one, 3);
  balancer.share(one.httpPort, other.httpPort);
  stack.use(publishPattern(relays.get('root')?.rtmpUrl('live/cam1') ?? ''));
  await relays.get('root')?.published('live/cam1');

  // both know the whole fleet, and send to it
  const first = stack.use(await HttpPlayer.play(one.url('/live/cam1.flv')));
  await first.more();
  await says(other, 'edge1', { state: 'ready' });
  const second = stack.use(await HttpPlayer.play(other.url('/live/cam1.flv')));
  await second.more();

  // one house is killed: its relays link to the other
  await one.tool.stop('SIGKILL');
  await linked(other, 3);
  await Promise.all([first.more(), second.more()]);
  const entrance = `http://127.0.0.1:${balancer.port}/live/cam1.flv`;
  const third = stack.use(await HttpPlayer.play(entrance));
  await third.more();

  // Redis is killed
  await redis.kill();
  await other.waitForLog(/"event":"store"[^\n]*goes on with what it knows/);
  const fourth = stack.use(await HttpPlayer.play(entrance));
  await Promise.all([first, second, third, fourth].map((player) => player.more()));
  const refused = await drain(other, 'edge1');
  expect([refused.status, await refused.text()]).toEqual([
    503,
    expect.stringContaining('nothing can be decided'),
  ]);

  // a house that starts now goes by what it has kept; when Redis is back both decide again
  const again = stack.use(await startHouseProcess({ config, roster, folder: one.folder }));
  await redis.restart();
  await Promise.all(
    [again, other].map((house) => house.waitForLog(/"event":"store"[^\n]*(?:is back|shares with)/)),
  );
  await other.waitForLog(/is back after/);
  expect((await drain(other, 'edge1')).status).toBe(200);
  await says(again, 'edge1', { draining: true });
  await says(again, 'edge2', { state: 'ready' });
  balancer.share(again.httpPort);
  const fifth = stack.use(await HttpPlayer.play(entrance));
  expect(new URL(fifth.location).port).toBe(String(relays.get('edge2')?.port('http')));
  await Promise.all([first, second, third, fourth, fifth].map((player) => player.more()));
}, 90_000);
