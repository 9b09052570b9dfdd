import { expect, test } from 'vitest';
import { StandingOrders } from '../../../../src/service/house/links/standing-orders.ts';
import type { FleetBan } from '../../../../src/service/house/store/house-store.ts';
import { LinkHouse } from '../../../support/fleet/link-house.ts';
import { MemoryStores } from '../../../support/fleet/memory-stores.ts';
import { rosterEntry } from '../../../support/fleet/test-roster.ts';

const NOW = 1_700_000_000_000;

function ban(value: string, until = NOW + 60_000): FleetBan {
  return { id: `ban-${value}`, kind: 'identity', value, until, reason: 'because' };
}

async function start(stores: MemoryStores): Promise<LinkHouse> {
  const house = await LinkHouse.start([rosterEntry('a'), rosterEntry('b')], { stores });
  const { roster, store, links, clock, log } = house;
  const reconnectUrl = (host: string): string => `rtmp://${host.replace(/:\d+$/, '')}:1935`;
  new StandingOrders({ roster, store, links, clock, log, reconnectUrl, wallTime: () => NOW });
  return house;
}

test('a relay that links up hears who is kept out and whether it drains', async () => {
  const stores = new MemoryStores();
  stores.decide((decisions) => ({ ...decisions, bans: [ban('eve'), ban('old', NOW)] }));
  await using house = await start(stores);
  house.roster.drain('b');
  await using a = await house.link('a');
  await using b = await house.link('b');
  expect((await a.hears('bans')).bans).toEqual([{ kind: 'identity', value: 'eve', until: NOW + 60_000 }]);
  expect((await a.hears('resume')).type).toBe('resume');
  expect((await b.hears('drain')).reconnectUrl).toBe('rtmp://127.0.0.1:1935');
});

test('however many relays there are, no telling of bans takes long; the latest are told', async () => {
  const stores = new MemoryStores();
  await using house = await start(stores);
  await using a = await house.link('a');
  await using b = await house.link('b');
  for (const relay of [a, b]) await relay.hears('bans');
  const { clock } = house;
  const { now } = clock;
  let asked = 0;
  clock.now = () => now.call(clock) + 10 * asked++; // each look at it takes as long as a turn may
  stores.decide((decisions) => ({ ...decisions, bans: [ban('eve')] }));
  stores.decide((decisions) => ({ ...decisions, bans: [ban('eve'), ban('mallory')] }));
  for (const relay of [a, b])
    while (relay.heard.findLast((message) => message.type === 'bans')?.bans.length !== 2) {
      clock.advance(0);
      await new Promise((resolve) => setImmediate(resolve));
    }
});

test('bans and drains are told when they change, and only then', async () => {
  const stores = new MemoryStores();
  await using house = await start(stores);
  await using a = await house.link('a');
  await a.hears('resume');
  expect((await a.hears('bans')).bans).toEqual([]);
  stores.decide((decisions) => ({ ...decisions, bans: [ban('eve')] }));
  expect((await a.hears('bans', 2)).bans).toHaveLength(1);
  stores.decide((decisions) => ({ ...decisions, routes: { a: null } }));
  house.roster.drain('b');
  house.roster.drain('a');
  await a.hears('drain');
  house.roster.drain('a', false);
  await a.hears('resume', 2);
  expect(a.heard.map(({ type }) => type)).toEqual(['welcome', 'bans', 'resume', 'bans', 'drain', 'resume']);
});

test('of more bans than a message holds the latest are told', async () => {
  const stores = new MemoryStores();
  const bans = Array.from({ length: 10_000 }, (_, i) => ban(`${'x'.repeat(200)}${i}`));
  stores.decide((decisions) => ({ ...decisions, bans }));
  await using house = await start(stores);
  await using a = await house.link('a');
  const told = (await a.hears('bans')).bans;
  expect(told.length).toBeGreaterThan(3000);
  expect(told.at(-1)?.value).toBe(bans.at(-1)?.value);
  expect(house.log.find('instruction')[0]?.text).toBe(
    `relays are told of the latest ${told.length} of 10000 bans: there are too many`,
  );
});
