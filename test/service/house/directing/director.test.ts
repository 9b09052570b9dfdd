import { expect, test } from 'vitest';
import type { RosterEntry } from '../../../../src/config/house/roster-settings.ts';
import type { StreamSettings } from '../../../../src/config/stream-settings.ts';
import type { ConfigInstruction } from '../../../../src/service/fleet-link/house-message.ts';
import { Director, type PlanMemory } from '../../../../src/service/house/directing/director.ts';
import type { FleetPlan } from '../../../../src/service/house/directing/fleet-plan.ts';
import { pullEntry, pushEntry } from '../../../support/fleet/arbitrary-fleets.ts';
import { type LinkClient, streamReport } from '../../../support/fleet/link-client.ts';
import { LinkHouse } from '../../../support/fleet/link-house.ts';
import { rosterEntry } from '../../../support/fleet/test-roster.ts';

/** A house that directs, and its relays, which report when they are told to. */
class Scene implements AsyncDisposable {
  readonly house: LinkHouse;
  readonly director: Director;
  readonly kept: FleetPlan[] = [];
  readonly relays = new Map<string, LinkClient>();
  readonly renewals: (() => void)[] = [];
  edition = 1;

  private constructor(house: LinkHouse, streams: readonly StreamSettings[], kept: FleetPlan | undefined) {
    this.house = house;
    const { roster, fleet, links, clock, log } = house;
    const memory: PlanMemory = { kept, keep: (plan) => this.kept.push(plan) };
    this.director = new Director({
      ...{ settings: settingsOf(streams), roster, fleet, links, memory, clock, log, wallTime: () => 5 },
      permits: {
        publicKeys: () => ({ key: `edition-${this.edition}` }),
        relayPermit: (relay, at) => `permit=${relay}-${at}-${this.edition}`,
        onRenewal: (tell) => {
          this.renewals.push(tell);
          return () => {};
        },
      },
    });
  }

  static async start(
    entries: readonly RosterEntry[],
    streams: readonly StreamSettings[],
    kept?: FleetPlan,
  ): Promise<Scene> {
    return new Scene(await LinkHouse.start(entries), streams, kept);
  }

  /** Links a relay up and has it report. @param players - of the stream live/a */
  async link(id: string, players = 0): Promise<LinkClient> {
    const { house } = this;
    const client = await house.link(id);
    this.relays.set(id, client);
    house.clock.advance(0);
    await this.report(id, players);
    return client;
  }

  /** Has a relay report that it goes by what it was given last. */
  async report(
    id: string,
    players: number,
    given: { problem?: string; state?: 'live' | 'waiting' } = {},
  ): Promise<void> {
    const { house } = this;
    const client = this.relays.get(id);
    const revision = client?.heard.findLast((message) => message.type === 'config')?.revision ?? null;
    const { problem = null, state = 'live' } = given;
    const before = house.events.length;
    client?.report({
      ...{ whole: true, players, config: { revision, problem } },
      streams: players === 0 ? [] : [streamReport('live/a', { players, state })],
    });
    while (!house.events.slice(before).some((event) => event.what === 'reported' && event.relay === id))
      await new Promise((resolve) => setImmediate(resolve));
  }

  /** What a relay is told next, once all that has changed is gathered. @param count - of all that it was told */
  async told(id: string, count: number): Promise<ConfigInstruction> {
    this.house.clock.advance(200);
    const client = this.relays.get(id);
    if (client === undefined) throw new Error(`${id} is not linked`);
    const told = await client.hears('config', count);
    await this.house.links.order(id, { type: 'reload' }); // what it has said of that one has come, too
    return told;
  }

  count(id: string): number {
    return this.relays.get(id)?.heard.filter(({ type }) => type === 'config').length ?? 0;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.director.close();
    for (const client of this.relays.values()) await client[Symbol.asyncDispose]();
    await this.house[Symbol.asyncDispose]();
  }
}

function settingsOf(streams: readonly StreamSettings[]) {
  return { streams, permits: { houseOnly: false }, telemetryIntervalMs: 2000 };
}

function urlsOf({ settings }: ConfigInstruction): unknown {
  return (settings.streams as StreamSettings[]).map(({ match, source }) =>
    source.type === 'push' ? [match] : [match, ...source.urls],
  );
}

const tree = [rosterEntry('a'), rosterEntry('b', { parent: 'a' }), rosterEntry('c', { parent: 'a' })];

test('a relay is given its configuration when it links up, and again when permits are others', async () => {
  await using scene = await Scene.start(tree, [pullEntry('**', 'rtmp://origin/{key}')]);
  await scene.link('b');
  const first = await scene.told('b', 1);
  expect(urlsOf(first)).toEqual([['**', 'rtmp://a.example/{key}?permit=b-a-1', 'rtmp://origin/{key}']]);
  expect(first.settings.access).toEqual({ permitKeys: { key: 'edition-1' }, houseOnly: false });
  scene.edition = 2;
  for (const tell of scene.renewals) tell();
  expect(urlsOf(await scene.told('b', 2))).toEqual([
    ['**', 'rtmp://a.example/{key}?permit=b-a-2', 'rtmp://origin/{key}'],
  ]);
  expect(scene.director.status).toEqual({ at: 'settled' });
});

test('another configuration goes to one relay, and to the others once that one has done well', async () => {
  await using scene = await Scene.start(tree, [pushEntry('**')]);
  await scene.link('a', 9);
  await scene.link('b', 5);
  await scene.link('c', 3);
  for (const id of ['a', 'b', 'c']) await scene.told(id, 1);
  scene.director.configure(settingsOf([pullEntry('**', 'rtmp://other/{key}')]));
  expect(scene.director.status).toMatchObject({ at: 'trying', relay: 'c', relays: 3 });
  expect(urlsOf(await scene.told('c', 2))).toEqual([
    ['**', 'rtmp://a.example/{key}?permit=c-a-1', 'rtmp://other/{key}'],
  ]);
  expect(scene.house.log.find('directing', { outcome: 'trying' })[0]?.text).toBe(
    'relay c is the first of 3 to get another configuration, as no other relay pulls from it, and it has live streams and only 3 players',
  );
  for (let i = 0; i < 4; i++) await scene.report('c', 3);
  scene.house.clock.advance(1000);
  expect([scene.count('a'), scene.count('b')]).toEqual([1, 1]);
  await scene.report('c', 3);
  expect(scene.director.status).toEqual({ at: 'settled' });
  expect(urlsOf(await scene.told('a', 2))).toEqual([['**', 'rtmp://other/{key}']]);
  await scene.told('b', 2);
  expect(scene.count('c')).toBe(2);
  expect(scene.kept.at(-1)?.streams).toEqual([pullEntry('**', 'rtmp://other/{key}')]);
});

test.each([
  {
    what: 'cannot go by it',
    report: { problem: 'streams.0: wrong' },
    players: 3,
    times: 1,
    why: 'it cannot go by it: streams.0: wrong',
  },
  {
    what: 'has players that wait',
    report: { state: 'waiting' as const },
    players: 3,
    times: 3,
    why: 'players wait for 1 of 1 streams that were live, live/a among them',
  },
  { what: 'loses players', report: {}, players: 20, left: 10, times: 3, why: 'it had 20 players and has 10' },
])(
  'one that $what goes back, and the others keep what they have',
  async ({ report, players, left, times, why }) => {
    await using scene = await Scene.start(tree, [pushEntry('**')]);
    await scene.link('b', 50);
    await scene.link('c', players);
    for (const id of ['b', 'c']) await scene.told(id, 1);
    scene.director.configure(settingsOf([pullEntry('**', 'rtmp://wrong/{key}')]));
    await scene.told('c', 2);
    for (let i = 0; i < times; i++) await scene.report('c', left ?? players, report);
    expect(scene.director.status).toEqual({ at: 'rolled-back', relay: 'c', why, since: 5 });
    expect(urlsOf(await scene.told('c', 3))).toEqual([['**', 'rtmp://a.example/{key}?permit=c-a-1']]);
    expect(scene.count('b')).toBe(1);
    expect(scene.house.log.find('directing', { outcome: 'rolled-back' })[0]?.text).toContain(why);
    scene.house.roster.set(...tree); // nothing new
    expect(scene.director.status.at).toBe('rolled-back');
    scene.director.configure(settingsOf([pullEntry('**', 'rtmp://wrong/{key}')])); // somebody asks for it again
    expect(scene.director.status.at).toBe('trying');
  },
);

test('one that goes offline goes back, too', async () => {
  await using scene = await Scene.start(tree, [pushEntry('**')]);
  await scene.link('b');
  await scene.told('b', 1);
  scene.director.configure(settingsOf([pullEntry('**', 'rtmp://x/{key}')]));
  await scene.told('b', 2);
  await scene.report('b', 0);
  scene.house.clock.advance(11_000);
  expect(scene.director.status).toMatchObject({ at: 'rolled-back', why: 'it is offline' });
});

test('another parent re-hangs one relay at once, and says nothing to the others', async () => {
  await using scene = await Scene.start([...tree, rosterEntry('d')], [pullEntry('**', 'rtmp://o/{key}')]);
  for (const id of ['a', 'b', 'd']) {
    await scene.link(id);
    await scene.told(id, 1);
  }
  scene.house.roster.set(...tree, rosterEntry('d', { parent: 'b' }));
  expect(urlsOf(await scene.told('d', 2))).toEqual([
    ['**', 'rtmp://b.example/{key}?permit=d-b-1', 'rtmp://a.example/{key}?permit=d-a-1', 'rtmp://o/{key}'],
  ]);
  expect([scene.count('a'), scene.count('b')]).toEqual([1, 1]);
});

test('a stream that is published to one root is pulled by another as long as it is, without a trial', async () => {
  await using scene = await Scene.start([rosterEntry('a'), rosterEntry('b')], [pushEntry('**')]);
  const a = await scene.link('a');
  await scene.link('b');
  for (const id of ['a', 'b']) await scene.told(id, 1);
  a.report({
    streams: [streamReport('live/x', { source: 'publisher' }), streamReport('*/y', { source: 'publisher' })],
  });
  await scene.house.event('reported', 3);
  expect(urlsOf(await scene.told('b', 2))).toEqual([
    ['live/x', 'rtmp://a.example/{key}?permit=b-a-1'],
    ['**'],
  ]);
  scene.house.clock.advance(11_000); // a is offline
  expect(urlsOf(await scene.told('b', 3))).toEqual([['**']]);
  expect(scene.count('a')).toBe(1);
});

test('children of a relay that drains are given another parent at once', async () => {
  const entries = [rosterEntry('a'), rosterEntry('b', { parent: 'a' }), rosterEntry('c', { parent: 'b' })];
  await using scene = await Scene.start(entries, [pullEntry('**', 'rtmp://o/{key}')]);
  await scene.link('c');
  await scene.told('c', 1);
  scene.house.roster.drain('b');
  expect(urlsOf(await scene.told('c', 2))).toEqual([
    ['**', 'rtmp://a.example/{key}?permit=c-a-1', 'rtmp://o/{key}'],
  ]);
});

test('a house that was started with another configuration tries that, too', async () => {
  const kept: FleetPlan = {
    houseOnly: false,
    relays: tree.map(({ id, parent, limits, urls, ingest, enabled }) => ({
      id,
      parent,
      limits,
      urls,
      ingest,
      enabled,
    })),
    streams: [pullEntry('**', 'rtmp://old/{key}')],
  };
  await using scene = await Scene.start(tree, [pullEntry('**', 'rtmp://new/{key}')], kept);
  expect(scene.director.status).toEqual({ at: 'waiting', relays: 3 });
  await scene.link('b');
  expect(scene.director.status).toMatchObject({ at: 'trying', relay: 'b' });
  expect(urlsOf(await scene.told('b', 1))).toEqual([
    ['**', 'rtmp://a.example/{key}?permit=b-a-1', 'rtmp://new/{key}'],
  ]);
  await scene.link('c');
  expect(urlsOf(await scene.told('c', 1))).toEqual([
    ['**', 'rtmp://a.example/{key}?permit=c-a-1', 'rtmp://old/{key}'],
  ]);
});
