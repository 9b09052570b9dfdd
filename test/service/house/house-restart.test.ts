import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { FleetEvent } from '../../../src/service/house/fleet/fleet.ts';
import type { Decisions } from '../../../src/service/house/store/house-store.ts';
import { basic, LinkClient, playerReport } from '../../support/fleet/link-client.ts';
import { startHouse, type TestHouse } from '../../support/start-house.ts';
import { relayEntry } from '../../support/store-scene.ts';

const everybody = [{ cidr: '0.0.0.0/0', priority: 0 }];
const keyOf = (id: string): string => `secret-of-relay-${id}`;
const roster = ['a', 'b'].map((id) => ({
  ...{ id, key: keyOf(id), networks: everybody, urls: { http: `http://${id}.example:8080` } },
}));

/** Resolves when a relay has reported. */
function reported({ house }: TestHouse, relay: string): Promise<void> {
  return new Promise((resolve) => {
    const stop = house.fleet.follow((event: FleetEvent) => {
      if (event.what !== 'reported' || event.relay !== relay) return;
      stop();
      resolve();
    });
  });
}

/** Links up as a relay does that has a player, and resolves when the house knows of both. */
async function link(house: TestHouse, id: string): Promise<LinkClient> {
  const known = reported(house, id);
  const client = await LinkClient.open(house.url(''), id, { authorization: basic(id, keyOf(id)) });
  await client.hears('welcome');
  client.report({ whole: true, players: 1, joined: [playerReport(`${id}1`)] });
  await known;
  return client;
}

const seeking = { verb: 'play', stream: 'live/x', address: '192.0.2.77', way: 'http-flv' } as const;

test('what a house has decided outlasts it, and what it knows of the fleet comes back with the first reports', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'streampump-restart-'));
  await using stack = new AsyncDisposableStack();
  stack.defer(() => rm(folder, { recursive: true, force: true }));
  const config = { stateDir: join(folder, 'state'), stickyMs: 0 };
  const until = Date.now() + 3_600_000;
  const decided: Partial<Decisions> = {
    draining: ['b'],
    bans: [{ id: 'ban1', kind: 'address', value: '203.0.113.9', until, reason: 'rude' }],
    provisioned: [{ entry: relayEntry('p'), isApproved: true }],
  };
  {
    await using before = await startHouse({ config, roster });
    await using _a = await link(before, 'a');
    await before.house.store.decide((decisions) => ({ ...decisions, ...decided }));
    expect(before.house.fleet.player('a/a1')).toBeDefined();
  }
  await using after = await startHouse({ config, roster });
  const { store, roster: now, fleet, chooser } = after.house;
  expect(store.decisions).toMatchObject(decided);
  expect([...now.entries.keys()]).toEqual(['a', 'b', 'p']);
  expect(now.isDraining('b')).toBe(true);
  expect(chooser.choose(seeking)).toMatchObject({ refused: 'offline' });
  const startedAt = performance.now();
  await using _a = await link(after, 'a');
  await using _b = await link(after, 'b');
  expect(performance.now() - startedAt).toBeLessThan(after.settings.telemetryIntervalMs);
  expect([...fleet.players()].map(({ player }) => player).sort()).toEqual(['a/a1', 'b/b1']);
  for (let times = 0; times < 5; times++) expect(chooser.choose(seeking)).toMatchObject({ relay: 'a' });
});
