import { expect, test } from 'vitest';
import { StoreError } from '../../../../src/service/house/store/house-store.ts';
import { FleetDesk } from '../../../support/fleet/fleet-desk.ts';
import { fleetPlayer, rosterEntry } from '../../../support/fleet-scene.ts';

function desk(): FleetDesk {
  const made = new FleetDesk([rosterEntry('a'), rosterEntry('b'), rosterEntry('off')]);
  for (const relay of ['a', 'b']) made.fleet.says(relay);
  made.links.here = ['a', 'b'];
  made.links.answer = () => ({ ended: 1 });
  made.fleet.seat(fleetPlayer('a', 'c1', { uid: 'ann', address: '192.0.2.1' }));
  made.fleet.seat(fleetPlayer('b', 'c1', { uid: 'ann', address: '2001:db8::7', identity: 'ann@x' }));
  made.fleet.seat(fleetPlayer('b', 'c2', { uid: 'bob', address: '192.0.2.9' }));
  return made;
}

const terms = { reason: 'out', banMs: 60_000 };

test('one player is ended at its relay, and its address and identity are kept out everywhere, before that', async () => {
  const { control, links, store, wallMs } = desk();
  let bansAtKick = 0;
  links.answer = () => {
    bansAtKick = store.decisions.bans.length;
    return { ended: 1 };
  };
  expect(await control.kick.player('b/c1', terms)).toEqual({ ended: 1, unreached: [] });
  expect(links.orders).toEqual([
    {
      relay: 'b',
      order: {
        ...{ type: 'kick', session: 'c1', uid: null, identity: null, address: null, stream: null },
        reason: 'out',
      },
    },
  ]);
  expect(bansAtKick).toBe(2);
  expect(store.decisions.bans).toMatchObject([
    { kind: 'address', value: '2001:db8::/64', until: wallMs + 60_000, reason: 'out' },
    { kind: 'identity', value: 'ann@x' },
  ]);
});

test("who came by RTMP may have been brought by the house: its address there is nobody's to keep out, unless the relay is told", async () => {
  const { control, fleet, store, roster } = desk();
  fleet.seat(fleetPlayer('a', 'c7', { protocol: 'rtmp', address: '10.0.0.1', identity: 'eve' }));
  fleet.seat(fleetPlayer('a', 'c8', { protocol: 'rtmp', address: '10.0.0.1' }));
  await control.kick.player('a/c7', terms);
  expect(store.decisions.bans).toMatchObject([{ kind: 'identity', value: 'eve' }]);
  await expect(control.kick.player('a/c8', terms)).rejects.toMatchObject({
    message: expect.stringMatching(
      /^sessions that have ended: 1, but nobody is kept out: .*address of a house/,
    ),
  });
  expect(store.decisions.bans).toHaveLength(1);
  roster.write([rosterEntry('a', { proxyProtocol: true })]);
  await control.kick.player('a/c8', terms);
  expect(store.decisions.bans).toMatchObject([{ value: 'eve' }, { kind: 'address', value: '10.0.0.1' }]);
});

test('a label means every relay that is there, and those who have it are kept out', async () => {
  const { control, links, store } = desk();
  expect(await control.kick.all({ uid: 'ann' }, terms)).toEqual({ ended: 2, unreached: [] });
  expect(links.orders.map(({ relay }) => relay)).toEqual(['a', 'b']);
  expect(store.decisions.bans.map(({ value }) => value).sort()).toEqual([
    '192.0.2.1',
    '2001:db8::/64',
    'ann@x',
  ]);
});

test('an address that is named is kept out, be it there or not', async () => {
  const { control, store } = desk();
  await control.kick.all({ address: '203.0.113.7' }, terms);
  expect(store.decisions.bans).toMatchObject([{ kind: 'address', value: '203.0.113.7' }]);
});

test('a relay that cannot be told is named, and the others are told', async () => {
  const { control, links } = desk();
  links.here = ['a'];
  const { ended, unreached } = await control.kick.all({ stream: 'live/a' }, { reason: 'out' });
  expect([ended, unreached]).toEqual([1, [{ relay: 'b', problem: 'relay b is not linked' }]]);
});

test('where bans cannot be kept, players are ended nevertheless, and it is said', async () => {
  const { control, links, store } = desk();
  store.decide = () => Promise.reject(new StoreError('Redis is away'));
  await expect(control.kick.all({ uid: 'bob' }, terms)).rejects.toMatchObject({
    why: 'unavailable',
    message: 'sessions that have ended: 2, but nobody is kept out: Redis is away',
  });
  expect(links.orders).toHaveLength(2);
});

test('a player that is not there is not found', async () => {
  await expect(desk().control.kick.player('a/c9', terms)).rejects.toMatchObject({ why: 'not-found' });
});
