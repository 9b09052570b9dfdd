import { describe, expect, test } from 'vitest';
import type { RosterEntry } from '../../../../src/config/house/roster-settings.ts';
import { type StreamSettings, streamSettings } from '../../../../src/config/stream-settings.ts';
import type { Acknowledgement } from '../../../../src/service/fleet-link/relay-message.ts';
import { LinkError, type Order, type RelayLinks } from '../../../../src/service/house/links/relay-links.ts';
import { FleetRoutes } from '../../../../src/service/house/routes/fleet-routes.ts';
import {
  type Decisions,
  type HouseNews,
  undecided,
} from '../../../../src/service/house/store/house-store.ts';
import { FakeClock } from '../../../support/fake-clock.ts';
import { FakeFleet, FakeRoster, rosterEntry, seeded } from '../../../support/fleet-scene.ts';
import { RecordingLog } from '../../../support/recording-log.ts';

const pulled = streamSettings.parse([
  { match: '**', source: { type: 'pull', urls: ['rtmp://origin/{key}'] } },
]);
const pushed = streamSettings.parse([{ match: '**', source: { type: 'push' } }]);

/** Relays whose ways a test gives, as they would measure them. */
class RouteTestScene implements RelayLinks {
  readonly clock = new FakeClock();
  readonly fleet = new FakeFleet(this.clock, 1e9);
  readonly log = new RecordingLog();
  readonly roster: FakeRoster;
  readonly routes: FleetRoutes;
  readonly told: HouseNews[] = [];
  readonly settings: { autoRoutes: boolean; streams: readonly StreamSettings[] };
  decisions: Decisions = undecided;
  /** Orders that are not answered yet, by relay. */
  readonly asked = new Map<
    string,
    { readonly order: Order; readonly answer: (ways: Record<string, number | null> | undefined) => void }
  >();
  hear: (news: HouseNews, from: string) => void = () => {};
  readonly #entries: readonly RosterEntry[];

  constructor(entries: readonly RosterEntry[], { autoRoutes = true, streams = pulled, house = 'here' } = {}) {
    this.#entries = entries;
    this.settings = { autoRoutes, streams };
    this.roster = new FakeRoster(entries);
    for (const { id } of entries) this.fleet.says(id);
    const store = {
      ...{ house, isThere: true, onDecisions: () => () => {}, close: async () => {} },
      tell: (news: HouseNews) => void this.told.push(news),
      hear: (take: typeof this.hear) => {
        this.hear = take;
        return () => {};
      },
      decide: async (by: (decisions: Decisions) => Decisions) => this.#hold(by(this.decisions)),
    };
    this.routes = new FleetRoutes({
      ...{ settings: this.settings, roster: this.roster, fleet: this.fleet, links: this },
      ...{ clock: this.clock, log: this.log, random: seeded(1) },
      store: Object.defineProperty(store, 'decisions', { get: () => this.decisions }) as typeof store & {
        decisions: Decisions;
      },
    });
  }

  get here(): string[] {
    return this.#entries.map(({ id }) => id);
  }

  order(relay: string, order: Order): Promise<Acknowledgement> {
    const { promise, resolve, reject } = Promise.withResolvers<Acknowledgement>();
    const answer = (roundTrips: Record<string, number | null> | undefined): void => {
      if (roundTrips === undefined) reject(new LinkError(`${relay} says nothing`));
      else resolve({ type: 'ack', id: '1', problem: null, roundTrips });
    };
    this.asked.set(relay, { order, answer });
    return promise;
  }

  /** Lets time pass in which relays measure these ways, until none is asked. */
  async measure(ways: Readonly<Record<string, Readonly<Record<string, number | null>>>>): Promise<void> {
    this.clock.advance(1000);
    while (this.asked.size > 0) {
      for (const [relay, { answer }] of this.asked) {
        this.asked.delete(relay);
        answer({ ...ways[relay] });
      }
      await this.settled();
      this.clock.advance(1000);
    }
  }

  /** As long as what is decided takes effect. */
  async settled(): Promise<void> {
    for (let turn = 0; turn < 10; turn++) await Promise.resolve();
  }

  async decideNow(): Promise<Decisions['routes']> {
    this.clock.advance(60_000);
    await this.settled();
    return this.decisions.routes;
  }

  #hold(decisions: Decisions): void {
    this.decisions = decisions;
    this.roster.write(
      this.#entries.map((entry) => ({
        ...entry,
        parent: entry.parent ?? decisions.routes[entry.id] ?? null,
      })),
    );
  }
}

const source = '=source0';
const three = ['far', 'hub', 'near'].map((id) => rosterEntry(id));
const ways = {
  hub: { [source]: 10, far: 90, near: 5 },
  near: { [source]: 14, hub: 5, far: 90 },
  far: { [source]: 95, hub: 90, near: 70 },
};

test('relays are asked for the ways to the others and to the source, by the addresses that they pull from', () => {
  const urls = { rtmp: 'rtmp://far', rtmps: 'rtmps://far', http: 'http://far', https: null, mmsh: null };
  const scene = new RouteTestScene([
    rosterEntry('hub'),
    rosterEntry('far', { urls }),
    rosterEntry('off', { enabled: false }),
  ]);
  scene.clock.advance(1000);
  expect(scene.asked.get('hub')?.order).toEqual({
    type: 'measure',
    targets: [
      { relay: source, url: 'rtmp://origin/{key}' },
      { relay: 'far', url: 'rtmps://far' },
    ],
  });
});

test('few measure at a time, each again after a while only, and one that does not answer in its turn', async () => {
  const scene = new RouteTestScene(Array.from({ length: 10 }, (_, at) => rosterEntry(`r${at}`)));
  const counts: number[] = [];
  for (let look = 0; look < 5; look++) {
    scene.clock.advance(1000);
    counts.push(scene.asked.size);
    for (const [relay, { answer }] of scene.asked) {
      scene.asked.delete(relay);
      answer(relay === 'r3' ? undefined : { r1: 5 });
    }
    await scene.settled();
  }
  expect(counts).toEqual([4, 4, 2, 0, 0]);
  scene.clock.advance(290_000);
  expect(scene.asked.size).toBe(0);
  scene.clock.advance(10_000);
  expect([...scene.asked.keys()]).toContain('r3');
});

test('the best tree is proposed, with how long its ways are', async () => {
  const scene = new RouteTestScene(three, { autoRoutes: false });
  await scene.measure(ways);
  expect(scene.routes.all()).toEqual([
    {
      relay: 'far',
      parent: null,
      isFixed: false,
      roundTripMs: 95,
      proposed: 'near',
      proposedRoundTripMs: 70,
    },
    { relay: 'hub', parent: null, isFixed: false, roundTripMs: 10, proposed: null, proposedRoundTripMs: 10 },
    { relay: 'near', parent: null, isFixed: false, roundTripMs: 14, proposed: 'hub', proposedRoundTripMs: 5 },
  ]);
  expect(await scene.decideNow()).toEqual({});
});

describe('with autoRoutes', () => {
  test('it is decided and said, and left alone as long as it holds', async () => {
    const scene = new RouteTestScene(three);
    await scene.measure(ways);
    expect(await scene.decideNow()).toEqual({ far: 'near', near: 'hub' });
    expect(scene.log.lines.filter(({ event }) => event === 'route').map(({ text }) => text)).toEqual([
      'relay near is to pull from hub, 5 ms away',
      'relay far is to pull from near, 70 ms away',
    ]);
    const { decisions } = scene;
    await scene.decideNow();
    expect(scene.decisions).toBe(decisions);
  });

  test('a parent that is written by hand wins, also over what was decided before', async () => {
    const scene = new RouteTestScene(
      three.map((entry) => (entry.id === 'near' ? { ...entry, parent: 'far' } : entry)),
    );
    scene.decisions = { ...undecided, routes: { near: 'hub', gone: 'hub' } };
    await scene.measure({ ...ways, far: { ...ways.far, hub: 60 } });
    expect(await scene.decideNow()).toEqual({ far: 'hub' });
    expect(scene.routes.all().map(({ relay, isFixed, proposed }) => [relay, isFixed, proposed])).toEqual([
      ['far', false, 'hub'],
      ['hub', false, null],
      ['near', true, 'far'],
    ]);
  });

  test('a parent that goes offline is left, and what it was takes nobody', async () => {
    const scene = new RouteTestScene(three);
    await scene.measure(ways);
    await scene.decideNow();
    scene.fleet.says('near', { at: scene.clock.now() - 2e9 });
    expect(await scene.decideNow()).toEqual({ far: 'hub', near: 'hub' });
  });

  test('only one house decides', async () => {
    const scene = new RouteTestScene(three);
    scene.fleet.says('far', { house: 'a house before' });
    await scene.measure(ways);
    expect(await scene.decideNow()).toEqual({});
  });

  test('what is switched off holds no more', async () => {
    const scene = new RouteTestScene(three);
    await scene.measure(ways);
    await scene.decideNow();
    scene.settings.autoRoutes = false;
    expect(await scene.decideNow()).toEqual({});
  });

  test('where streams may be published to any relay nobody is hung below another', async () => {
    const scene = new RouteTestScene(three, { streams: pushed });
    await scene.measure(ways);
    expect(await scene.decideNow()).toEqual({});
  });

  test('where it is written to which relay they are published that is where the tree begins', async () => {
    const entries = three.map((entry) => (entry.id === 'far' ? { ...entry, ingest: ['**'] } : entry));
    const scene = new RouteTestScene(entries, { streams: pushed });
    await scene.measure(ways);
    expect(await scene.decideNow()).toEqual({ hub: 'far', near: 'hub' });
  });
});

test('houses tell each other what their relays have measured', async () => {
  const scene = new RouteTestScene(three, { autoRoutes: false });
  scene.hear({ what: 'measured', relay: 'near', roundTrips: { hub: 3, '=source': 9 } }, 'there');
  scene.hear({ what: 'measured', relay: 'stranger', roundTrips: { hub: 3 } }, 'there');
  expect(scene.routes.all().find(({ relay }) => relay === 'near')).toMatchObject({
    roundTripMs: 9,
    proposed: null,
  });
  await scene.measure({ hub: ways.hub });
  expect(scene.told).toContainEqual({
    what: 'measured',
    relay: 'hub',
    roundTrips: { '=source': 10, far: 90, near: 5 },
  });
});

test('a house that is closed leaves nothing on the clock', () => {
  const scene = new RouteTestScene(three);
  scene.routes.close();
  expect(scene.clock.pending).toBe(0);
});
