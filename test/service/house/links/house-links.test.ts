import { expect, test } from 'vitest';
import { LinkError } from '../../../../src/service/house/links/relay-links.ts';
import { LinkHouse } from '../../../support/fleet/link-house.ts';
import { MemoryStores } from '../../../support/fleet/memory-stores.ts';
import { rosterEntry, TestRoster } from '../../../support/fleet/test-roster.ts';

test('a relay is welcomed, told what to do, and says that it has', async () => {
  await using house = await LinkHouse.start([rosterEntry('a')]);
  await using relay = await house.link('a');
  expect(await relay.hears('welcome')).toEqual({
    ...{ type: 'welcome', version: 1, name: 'house', telemetryIntervalMs: 2000 },
  });
  expect([...house.links.here]).toEqual(['a']);
  const acknowledgement = await house.links.order('a', { type: 'reload' });
  const { id } = await relay.hears('reload');
  expect(acknowledgement).toEqual({ type: 'ack', id, problem: null });
  await expect(house.links.order('b', { type: 'reload' })).rejects.toThrow(
    new LinkError('relay b is not linked'),
  );
});

test('an instruction that nobody acknowledges fails after its time, and one of a relay that leaves at once', async () => {
  await using house = await LinkHouse.start([rosterEntry('a')]);
  await using relay = await house.link('a', { isMute: true });
  const unanswered = house.links.order('a', { type: 'resume' });
  await relay.hears('resume');
  house.clock.advance(10_000);
  await expect(unanswered).rejects.toThrow('relay a has not acknowledged resume in 10000 ms');
  const lost = house.links.order('a', { type: 'reload' });
  relay.webSocket.terminate();
  await expect(lost).rejects.toThrow('relay a is not linked any more: the connection was lost');
  expect([...house.links.here]).toEqual([]);
  await house.log.waitFor('link', { id: 'a', reason: 'lost' });
});

test('what holds is insisted on: a relay that does not acknowledge it has to link up again', async () => {
  await using house = await LinkHouse.start([rosterEntry('a')]);
  await using relay = await house.link('a', { isMute: true });
  const told = house.links.insist('a', { type: 'resume' });
  await relay.hears('resume');
  house.clock.advance(10_000);
  expect(await told).toBeUndefined();
  expect(await relay.closed).toEqual({
    ...{ code: 4004, reason: 'relay a has not acknowledged resume in 10000 ms' },
  });
});

test('the newer link of a relay wins, and the older is told', async () => {
  await using house = await LinkHouse.start([rosterEntry('a')]);
  await using older = await house.link('a');
  await using newer = await house.link('a');
  expect(await older.closed).toEqual({ code: 4001, reason: 'it has a newer link, from 127.0.0.1' });
  await house.links.order('a', { type: 'reload' });
  expect((await newer.hears('reload')).type).toBe('reload');
  expect(house.links.reconnects.get('a')).toBe(1);
});

test('a relay that leaves the roster, or has another key there, is dismissed', async () => {
  await using house = await LinkHouse.start([rosterEntry('a'), rosterEntry('b'), rosterEntry('c')]);
  await using gone = await house.link('a');
  await using rekeyed = await house.link('b');
  await using same = await house.link('c');
  house.roster.set(rosterEntry('b', { key: 'quite another key' }), rosterEntry('c', { title: 'C' }));
  expect(await gone.closed).toEqual({ code: 4002, reason: 'it is not in the roster any more' });
  expect(await rekeyed.closed).toEqual({ code: 4002, reason: 'the roster has another key for it' });
  await house.links.order('c', { type: 'reload' });
  expect((await same.hears('reload')).type).toBe('reload');
});

test('a house that stops says so', async () => {
  await using house = await LinkHouse.start([rosterEntry('a')]);
  await using relay = await house.link('a');
  house.links.close();
  expect(await relay.closed).toEqual({ code: 1001, reason: 'the house stops' });
});

test('a relay that says nothing, or does not report, is let go; pings keep a link', async () => {
  await using house = await LinkHouse.start([rosterEntry('a'), rosterEntry('b')]);
  await using quiet = await house.link('a');
  quiet.webSocket.pause(); // not even its pongs come
  house.clock.advance(30_000);
  await house.log.waitFor('link', { id: 'a', reason: 'silent' });
  await using unreporting = await house.link('b');
  for (let i = 0; i < 3; i++) {
    const pinged = new Promise((resolve) => unreporting.webSocket.once('ping', resolve));
    house.clock.advance(i === 2 ? 9999 : 10_000);
    if (i < 2) await pinged;
    await house.links.order('b', { type: 'reload' });
  }
  house.clock.advance(1);
  expect(await unreporting.closed).toEqual({ code: 4004, reason: 'no report for 30000 ms' });
});

test('a house reaches the relays of another one, until that is gone', async () => {
  const stores = new MemoryStores();
  const roster = new TestRoster(rosterEntry('a'));
  await using one = await LinkHouse.start([], { name: 'one', stores, roster });
  await using two = await LinkHouse.start([], { name: 'two', stores, roster });
  await using relay = await one.link('a');
  relay.report({ whole: true });
  await two.event('reported');
  expect(two.fleet.report('a')).toMatchObject({ house: 'one', software: 'test 1.0' });
  expect(await two.links.order('a', { type: 'reload' })).toMatchObject({ type: 'ack', problem: null });
  expect((await relay.hears('reload')).type).toBe('reload');
  relay.webSocket.terminate();
  await one.log.waitFor('link', { id: 'a', reason: 'lost' });
  await expect(two.links.order('a', { type: 'reload' })).rejects.toThrow('relay a is not linked');
});

test('a relay that links up with another house leaves none behind', async () => {
  const stores = new MemoryStores();
  const roster = new TestRoster(rosterEntry('a'));
  await using one = await LinkHouse.start([], { name: 'one', stores, roster });
  await using two = await LinkHouse.start([], { name: 'two', stores, roster });
  await using older = await one.link('a');
  older.report({ whole: true });
  await one.event('reported');
  two.clock.advance(1);
  await using newer = await two.link('a');
  newer.report({ whole: true });
  expect(await older.closed).toEqual({ code: 4001, reason: 'it has a newer link, with another house' });
  await one.links.order('a', { type: 'reload' });
  expect((await newer.hears('reload')).type).toBe('reload');
});
