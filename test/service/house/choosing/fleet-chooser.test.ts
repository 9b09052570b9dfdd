import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { RosterEntry } from '../../../../src/config/house/roster-settings.ts';
import type { Choice, Seeking } from '../../../../src/service/house/choosing/choice.ts';
import { type ChoosingSettings, FleetChooser } from '../../../../src/service/house/choosing/fleet-chooser.ts';
import type { HouseNews } from '../../../../src/service/house/store/house-store.ts';
import { FakeClock } from '../../../support/fake-clock.ts';
import { FakeFleet, FakeRoster, rosterEntry, seeded } from '../../../support/fleet-scene.ts';

const WALL_MS = 1_800_000_000_000;

/** Houses that hear each other, with what each hears at once. */
class Wire {
  readonly told: HouseNews[] = [];
  isThere = true;
  readonly #hearers = new Map<string, (news: HouseNews, from: string) => void>();

  store(house: string) {
    const isThere = (): boolean => this.isThere;
    return {
      house,
      get isThere() {
        return isThere();
      },
      tell: (news: HouseNews): void => {
        this.told.push(news);
        for (const [name, take] of this.#hearers) if (name !== house) take(news, house);
      },
      hear: (take: (news: HouseNews, from: string) => void) => {
        this.#hearers.set(house, take);
        return () => this.#hearers.delete(house);
      },
    };
  }
}

class ChoosingTestScene {
  readonly clock = new FakeClock(1000);
  readonly fleet = new FakeFleet(this.clock);
  readonly roster: FakeRoster;
  readonly wire = new Wire();
  readonly chooser: FleetChooser;
  readonly #settings: ChoosingSettings;

  constructor(entries: readonly RosterEntry[], settings: Partial<ChoosingSettings> = {}) {
    this.#settings = {
      offlineAfterMs: 10_000,
      stickyMs: 60_000,
      reserveMs: 10_000,
      defaultRelay: null,
      ...settings,
    };
    this.roster = new FakeRoster(entries);
    for (const { id } of entries) this.fleet.says(id);
    this.chooser = this.house('here', 1);
  }

  house(name: string, seed: number): FleetChooser {
    return new FleetChooser(this.#settings, {
      ...{ roster: this.roster, fleet: this.fleet, store: this.wire.store(name), clock: this.clock },
      ...{ random: seeded(seed), wallMs: () => WALL_MS + this.clock.now() },
    });
  }

  /** The relay that a player is sent to; else why there is none. */
  sent(address: string, chooser = this.chooser): string {
    const choice = chooser.choose(play(address));
    return 'refused' in choice ? choice.refused : choice.relay;
  }
}

function play(address: string, parts: Partial<Seeking> = {}): Seeking {
  return { verb: 'play', stream: 'live/a', address, way: 'http-flv', ...parts };
}

/** An address for each number. */
function client(at: number): string {
  return `10.${(at >> 16) & 255}.${(at >> 8) & 255}.${at & 255}`;
}

const limited = (id: string, players: number, parts: Partial<RosterEntry> = {}): RosterEntry =>
  rosterEntry(id, { limits: { players, sentBitsPerSecond: null }, ...parts });

test('tells the relay, its address with the stream, and the rule', () => {
  const scene = new ChoosingTestScene([rosterEntry('north')]);
  const url = 'http://north:8080/live/a.flv';
  expect(scene.chooser.choose(play('10.0.0.1'))).toEqual({ relay: 'north', url, by: 'priority' });
  scene.clock.advance(5000);
  scene.fleet.says('north');
  expect(scene.chooser.choose(play('10.0.0.1'))).toEqual({ relay: 'north', url, by: 'sticky' });
});

describe('players of a burst', () => {
  test('never get more places than there are, and all that there are', () => {
    const limits = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(limits, fc.array(fc.nat(60), { maxLength: 12 }), fc.nat(), (places, bursts, seed) => {
        const scene = new ChoosingTestScene(places.map((players, at) => limited(`r${at}`, players)));
        const house = scene.house('second', seed);
        const there = places.map(() => 0);
        let clients = 0;
        for (const burst of bursts) {
          const sent = places.map(() => 0);
          const room = places.reduce((sum, most, at) => sum + most - (there[at] ?? 0), 0);
          let found = 0;
          for (let at = 0; at < burst; at++) {
            const relay = scene.sent(client(++clients), house);
            if (relay === 'full') continue;
            found++;
            const number = Number(relay.slice(1));
            sent[number] = (sent[number] ?? 0) + 1;
          }
          expect(found).toBe(Math.min(burst, room));
          scene.clock.advance(2000);
          for (const [at, came] of sent.entries()) {
            there[at] = (there[at] ?? 0) + came;
            expect(there[at]).toBeLessThanOrEqual(places[at] ?? 0);
            scene.fleet.says(`r${at}`, { players: there[at] ?? 0 }, came);
          }
        }
      }),
      { numRuns: 200 },
    );
  });

  test('that never come give their places back', () => {
    const scene = new ChoosingTestScene([limited('north', 2)], { stickyMs: 0 });
    expect([1, 2, 3].map((at) => scene.sent(client(at)))).toEqual(['north', 'north', 'full']);
    scene.clock.advance(9000);
    scene.fleet.says('north');
    expect(scene.sent(client(3))).toBe('full');
    scene.clock.advance(3000);
    scene.fleet.says('north');
    expect(scene.sent(client(3))).toBe('north');
  });

  test('have their places also while a report comes that names them and does not count them yet', () => {
    const scene = new ChoosingTestScene([limited('north', 2)]);
    expect([1, 2].map((at) => scene.sent(client(at)))).toEqual(['north', 'north']);
    scene.fleet.joins('north', 2);
    expect(scene.sent(client(3))).toBe('full');
    scene.fleet.says('north', { players: 1 });
    expect(scene.sent(client(3))).toBe('north');
  });

  test('behind one address count one by one', () => {
    const scene = new ChoosingTestScene([limited('north', 2)]);
    expect([1, 1, 1].map((at) => scene.sent(client(at)))).toEqual(['north', 'north', 'full']);
  });

  test('of several houses do not overfill a relay once these have heard of each other', () => {
    const scene = new ChoosingTestScene([limited('north', 3)]);
    const other = scene.house('there', 2);
    expect([1, 2].map((at) => scene.sent(client(at)))).toEqual(['north', 'north']);
    scene.clock.advance(100);
    expect([3, 4].map((at) => scene.sent(client(at), other))).toEqual(['north', 'full']);
  });
});

test('the players of many clients are shared by free places', () => {
  const scene = new ChoosingTestScene([limited('big', 3000), limited('mid', 1000), limited('small', 100)]);
  const sent = Array.from({ length: 2050 }, (_, at) => scene.sent(client(at)));
  const share = (relay: string): number => sent.filter((one) => one === relay).length / sent.length;
  expect(share('big')).toBeCloseTo(3000 / 4100, 1);
  expect(share('mid')).toBeCloseTo(1000 / 4100, 1);
  expect(share('small')).toBeCloseTo(100 / 4100, 2);
});

test('the same seed sends the same players to the same relays', () => {
  const sentBy = (seed: number): string[] => {
    const scene = new ChoosingTestScene(['a', 'b', 'c', 'd'].map((id) => rosterEntry(id)));
    const house = scene.house('second', seed);
    return Array.from({ length: 50 }, (_, at) => scene.sent(client(at), house));
  };
  expect(sentBy(7)).toEqual(sentBy(7));
  expect(sentBy(7)).not.toEqual(sentBy(8));
});

describe('a client', () => {
  const fleet = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'].map((id) => rosterEntry(id));

  test('is sent to the same relay for as long as that holds, from any house', () => {
    const scene = new ChoosingTestScene(fleet);
    const other = scene.house('there', 99);
    const first = Array.from({ length: 20 }, (_, at) => scene.sent(client(at)));
    scene.clock.advance(1000);
    expect(Array.from({ length: 20 }, (_, at) => scene.sent(client(at), other))).toEqual(first);
    scene.clock.advance(60_000);
    for (const { id } of fleet) scene.fleet.says(id);
    expect(Array.from({ length: 20 }, (_, at) => scene.sent(client(at)))).not.toEqual(first);
  });

  test('goes elsewhere at once when its relay takes nobody any more', () => {
    const scene = new ChoosingTestScene([rosterEntry('a'), rosterEntry('b')]);
    const first = scene.sent('10.0.0.1');
    scene.roster.drain(first, true);
    const second = scene.sent('10.0.0.1');
    expect([first, second].sort()).toEqual(['a', 'b']);
    scene.roster.drain(first, false);
    scene.clock.advance(9999);
    scene.fleet.says(first);
    scene.clock.advance(1);
    expect(scene.sent('10.0.0.2')).toBe(first);
  });
});

test('a roster that is written anew holds at once, and keeps who is on the way', () => {
  const scene = new ChoosingTestScene([limited('north', 2)], { stickyMs: 0 });
  scene.sent('10.0.0.1');
  const networks = [{ cidr: '10.0.0.0/24', priority: 3 }];
  scene.roster.write([limited('north', 2, { networks }), rosterEntry('south')]);
  scene.fleet.says('south');
  expect(['10.0.0.2', '10.0.0.3', '10.0.1.1'].map((at) => scene.sent(at))).toEqual([
    'north',
    'south',
    'south',
  ]);
});

test('a place at a relay of another house counts until that house can be heard, however long that takes', () => {
  const scene = new ChoosingTestScene([limited('north', 1), limited('south', 1)], { stickyMs: 0 });
  scene.fleet.says('north', { house: 'there' });
  scene.wire.isThere = false;
  for (const at of [1, 2]) scene.sent(client(at));
  scene.clock.advance(60_000);
  scene.fleet.says('south');
  scene.fleet.says('north', { house: 'there' });
  expect([client(3), client(4)].map((at) => scene.sent(at))).toEqual(['south', 'full']);
  scene.wire.isThere = true;
  scene.clock.advance(2000);
  scene.fleet.says('north', { house: 'there' });
  expect(scene.sent(client(5))).toBe('north');
});

test('what is told to other houses goes together and has a bound', () => {
  const scene = new ChoosingTestScene([rosterEntry('north'), rosterEntry('south')]);
  for (let at = 0; at < 3000; at++) scene.sent(client(at));
  expect(scene.wire.told).toEqual([]);
  scene.clock.advance(100);
  const [reserved, placed] = scene.wire.told;
  expect(reserved).toEqual({ what: 'reserved', relays: { north: 1500, south: 1500 } });
  expect(placed?.what === 'placed' ? placed.places.length : 0).toBe(1000);
  expect(scene.wire.told).toHaveLength(2);
});

test.each<[Partial<RosterEntry>, Partial<Seeking>, string]>([
  [
    { limits: { players: 1, sentBitsPerSecond: null } },
    {},
    'all relays that serve your network are full: try again in a moment',
  ],
  [{ enabled: false }, {}, 'no relay that serves your network is there at the moment: try again soon'],
  [{ networks: [] }, {}, 'no relay serves your network'],
  [{}, { way: 'rtmps' }, 'no relay that serves your network can be reached over rtmps'],
  [
    { parent: 'root' },
    { verb: 'publish' },
    'no relay that serves your network takes live/a from publishers over http-flv',
  ],
])('%j, %j: %s', (parts, seeking, sentence) => {
  const scene = new ChoosingTestScene([rosterEntry('north', parts)]);
  scene.sent('10.0.0.9');
  expect(scene.chooser.choose(play('10.0.0.1', seeking))).toMatchObject({ sentence });
});

test('an explanation names every relay with its network and verdict, and takes nothing', () => {
  const wide = [{ cidr: '0.0.0.0/0', priority: 0 }];
  const near = [...wide, { cidr: '10.0.0.0/8', priority: 5 }];
  const scene = new ChoosingTestScene([
    rosterEntry('off', { enabled: false }),
    rosterEntry('far', { networks: wide }),
    rosterEntry('elsewhere', { networks: [{ cidr: '::/0', priority: 9 }] }),
    limited('near', 1, { networks: near }),
    rosterEntry('silent', { networks: near }),
  ]);
  scene.clock.advance(9000);
  for (const id of ['off', 'far', 'elsewhere', 'near']) scene.fleet.says(id);
  scene.clock.advance(1000);
  const explain = (): { choice: Choice; verdicts: string[] } => {
    const { choice, relays } = scene.chooser.explain(play('10.0.0.1'));
    return {
      choice,
      verdicts: relays.map((one) => `${one.relay} ${one.network} ${one.priority} ${one.verdict}`),
    };
  };
  const first = explain();
  expect(first).toMatchObject({ choice: { relay: 'near', by: 'priority' } });
  expect(first.verdicts).toEqual([
    'off 0.0.0.0/0 0 disabled',
    'far 0.0.0.0/0 0 lower',
    'elsewhere null null outside',
    'near 10.0.0.0/8 5 chosen',
    'silent 10.0.0.0/8 5 offline',
  ]);
  expect(explain()).toEqual(first);
  expect(scene.chooser.look(play('10.0.0.1'))).toEqual(first.choice);
  expect(scene.sent('10.0.0.1')).toBe('near');
  expect(explain().verdicts.slice(1, 4)).toEqual([
    'far 0.0.0.0/0 0 chosen',
    'elsewhere null null outside',
    'near 10.0.0.0/8 5 full',
  ]);
});

test('a closed chooser leaves nothing on the clock, and has told all', () => {
  const scene = new ChoosingTestScene([rosterEntry('north')]);
  scene.sent('10.0.0.1');
  scene.chooser.close();
  expect(scene.wire.told).toHaveLength(2);
  expect(scene.clock.pending).toBe(0);
});

test('who asks first what the stream is takes one place in all, and comes to the same relay again', () => {
  const networks = [{ cidr: '0.0.0.0/0', priority: 0 }];
  const limits = { players: 3, sentBitsPerSecond: null };
  const scene = new ChoosingTestScene(['a', 'b'].map((id) => rosterEntry(id, { networks, limits })));
  const addresses = Array.from({ length: 6 }, (_, index) => `192.0.2.${index}`);
  const described = addresses.map((address) => {
    const choice = scene.chooser.choose({ ...play(address), isDescription: true });
    return 'relay' in choice ? choice.relay : choice.refused;
  });
  expect(described.toSorted()).toEqual(['a', 'a', 'a', 'b', 'b', 'b']);
  expect(addresses.map((address) => scene.sent(address))).toEqual(described);
  expect(scene.sent('192.0.2.99')).toBe('full');
});
