import { expect, test } from 'vitest';
import { fleetBans } from '../../../../src/service/house/access/fleet-bans.ts';
import { FakeClock } from '../../../support/fake-clock.ts';
import { MemoryStores } from '../../../support/fleet/memory-stores.ts';

const startMs = 1_800_000_000_000;
const ban = { id: 'b1', kind: 'identity', value: 'ann', reason: 'spam' } as const;

test('who is banned by any house is kept out here, until the time is over', async () => {
  const clock = new FakeClock(77);
  const store = new MemoryStores().open('one');
  let told = 0;
  const parts = { store, clock, wallMs: () => startMs - 77 + clock.now() };
  using bans = fleetBans(parts, () => {
    told++;
  });
  await store.decide((decisions) => ({ ...decisions, bans: [{ ...ban, until: startMs + 5000 }] }));
  expect(bans.objectionTo('192.0.2.1', 'ann')).toMatchObject({ refused: 'banned' });
  expect(bans.objectionTo('192.0.2.1', 'bob')).toBeUndefined();
  expect(told).toBe(1);
  await store.decide((decisions) => ({ ...decisions, draining: ['ottawa'] }));
  expect(told).toBe(1);
  clock.advance(5000);
  expect(bans.objectionTo('192.0.2.1', 'ann')).toBeUndefined();
});

test('a ban that was lifted holds no more', async () => {
  const store = new MemoryStores().open('one');
  await store.decide((decisions) => ({ ...decisions, bans: [{ ...ban, until: startMs + 5000 }] }));
  using bans = fleetBans({ store, clock: new FakeClock(), wallMs: () => startMs });
  expect(bans.objectionTo(null, 'ann')).toMatchObject({ refused: 'banned' });
  await store.decide((decisions) => ({ ...decisions, bans: [] }));
  expect(bans.objectionTo(null, 'ann')).toBeUndefined();
});
