import { expect, test } from 'vitest';
import { MAX_REPORTED } from '../../../../src/service/fleet-link/link-limits.ts';
import type { RelayHello } from '../../../../src/service/fleet-link/relay-message.ts';
import type { FleetEvent } from '../../../../src/service/house/fleet/fleet.ts';
import { LiveFleet } from '../../../../src/service/house/fleet/live-fleet.ts';
import { ReportError } from '../../../../src/service/house/fleet/reported-relay.ts';
import { FakeClock } from '../../../support/fake-clock.ts';
import { playerReport, streamReport, telemetry } from '../../../support/fleet/link-client.ts';
import { type MemoryStore, MemoryStores } from '../../../support/fleet/memory-stores.ts';
import { rosterEntry, TestRoster } from '../../../support/fleet/test-roster.ts';
import { RecordingLog } from '../../../support/recording-log.ts';

const START = 1_700_000_000_000;

/** What one house knows, with relays a, b and c in its roster. */
class Scene {
  readonly clock = new FakeClock(50_000);
  readonly roster = new TestRoster(rosterEntry('a'), rosterEntry('b'), rosterEntry('c'));
  readonly store: MemoryStore;
  readonly fleet: LiveFleet;
  readonly events: FleetEvent[] = [];

  constructor(house = 'house', stores = new MemoryStores(), maxPlayers?: number) {
    const { clock, roster } = this;
    this.store = stores.open(house);
    this.fleet = new LiveFleet({
      ...{ settings: { offlineAfterMs: 10_000 }, roster, store: this.store, clock, log: new RecordingLog() },
      wallTime: () => START + clock.now(),
      ...(maxPlayers === undefined ? {} : { maxPlayers }),
    });
    this.fleet.follow((event) => this.events.push(event));
  }

  link(relay: string, instance = 'i1', linkedAt = START): void {
    const hello: RelayHello = { type: 'hello', version: 1, software: 'test 1.0', instance, revision: null };
    this.fleet.linked(relay, hello, linkedAt);
  }

  /** What has happened since this was last asked, in short. */
  happened(): string[] {
    return this.events.splice(0).map((event) => {
      if (event.what === 'joined') return `joined ${event.player.player}`;
      if (event.what !== 'left') return `${event.what} ${event.relay}`;
      const { player, seconds, bytes, reason } = event;
      return `left ${player.player} after ${seconds} s, ${bytes} bytes: ${reason}`;
    });
  }
}

function ids(players: Iterable<{ readonly player: string }>): string[] {
  return [...players].map(({ player }) => player).sort();
}

test('a relay is online while it reports, and what it reports last holds', () => {
  const scene = new Scene();
  const { fleet, clock } = scene;
  expect(fleet.report('a')).toBeUndefined();
  expect(fleet.isOnline('a')).toBe(false);
  scene.link('a');
  expect(fleet.isOnline('a')).toBe(false);
  fleet.take('a', telemetry({ whole: true, players: 2, streams: [streamReport('live/a', { players: 2 })] }));
  expect(fleet.isOnline('a')).toBe(true);
  expect(fleet.report('a')).toEqual({
    ...{ relay: 'a', at: 50_000, state: 'ready', players: 2, publishers: 0, house: 'house' },
    ...{ sentBitsPerSecond: 0, receivedBitsPerSecond: 0, software: 'test 1.0', instance: 'i1' },
    ...{ revision: null, problem: null },
    streams: new Map([['live/a', streamReport('live/a', { players: 2 })]]),
  });
  clock.advance(9999);
  expect(fleet.isOnline('a')).toBe(true);
  clock.advance(1);
  expect(fleet.isOnline('a')).toBe(false);
});

test('going down and coming back is told, and its players leave and join with it', () => {
  const scene = new Scene();
  scene.link('a');
  const since = START + 40_000;
  scene.fleet.take('a', telemetry({ whole: true, joined: [playerReport('1', { since })] }));
  expect(scene.happened()).toEqual(['joined a/1', 'relay-up a', 'reported a']);
  scene.clock.advance(10_000);
  expect(scene.happened()).toEqual(['relay-down a', 'left a/1 after 20 s, 0 bytes: relay-down']);
  expect(ids(scene.fleet.players())).toEqual([]);
  scene.fleet.unlinked('a');
  scene.link('a', 'i1', START + 1);
  scene.fleet.take('a', telemetry({ whole: true, joined: [playerReport('1', { since })] }));
  expect(scene.happened()).toEqual(['joined a/1', 'relay-up a', 'reported a']);
});

test('of a house that stops no relay is said to be offline', () => {
  const scene = new Scene();
  scene.link('a');
  scene.fleet.take('a', telemetry());
  expect(scene.happened()).toEqual(['relay-up a', 'reported a']);
  scene.fleet.rest();
  scene.fleet.unlinked('a');
  scene.clock.advance(60_000);
  expect(scene.happened()).toEqual([]);
});

test('players come and go by what is told, and a whole list replaces what was known', () => {
  const scene = new Scene();
  scene.link('a');
  const joined = ['1', '2', '3'].map((id) => playerReport(id, { since: START + 45_000 }));
  scene.fleet.take('a', telemetry({ whole: true, joined }));
  scene.fleet.take('a', telemetry({ left: [{ id: '2', bytes: 7, seconds: 4, reason: 'closed' }] }));
  scene.happened();
  scene.fleet.take('a', telemetry({ joined: [playerReport('4')], left: [] }));
  expect(scene.happened()).toEqual(['joined a/4', 'reported a']);
  scene.fleet.linked(
    'a',
    { type: 'hello', version: 1, software: 't', instance: 'i1', revision: null },
    START,
  );
  const left = [{ id: '4', bytes: 9, seconds: 1, reason: 'kicked' }];
  scene.fleet.take('a', telemetry({ whole: true, more: true, joined: [joined[0] as never] }));
  scene.fleet.take('a', telemetry({ joined: [playerReport('5')], left }));
  expect(scene.happened()).toEqual([
    'left a/4 after 1 s, 9 bytes: kicked',
    'left a/3 after 5 s, 0 bytes: unknown',
    'joined a/5',
    'reported a',
  ]);
  expect(ids(scene.fleet.players())).toEqual(['a/1', 'a/5']);
});

test('after its restart a relay has other players, though they have the same ids', () => {
  const scene = new Scene();
  scene.link('a');
  scene.fleet.take('a', telemetry({ whole: true, joined: [playerReport('1', { uid: 'old' })] }));
  scene.happened();
  scene.link('a', 'i2');
  scene.fleet.take('a', telemetry({ whole: true, joined: [playerReport('1', { uid: 'new' })] }));
  expect(scene.happened()).toEqual([
    expect.stringMatching(/^left a\/1 after .*: relay-restarted$/),
    'joined a/1',
    'reported a',
  ]);
  expect(scene.fleet.player('a/1')?.uid).toBe('new');
});

test('players are found by label, identity, address, stream and relay, and by several at once', () => {
  const scene = new Scene();
  for (const relay of ['a', 'b']) scene.link(relay);
  const ann = { uid: 'ann', identity: 'ann@example' };
  scene.fleet.take(
    'a',
    telemetry({ joined: [playerReport('1', ann), playerReport('2', { stream: 'live/b' })] }),
  );
  scene.fleet.take('b', telemetry({ joined: [playerReport('1', { ...ann, address: '2001:db8::1' })] }));
  const { fleet } = scene;
  expect(ids(fleet.players())).toEqual(['a/1', 'a/2', 'b/1']);
  expect(ids(fleet.players({ uid: 'ann' }))).toEqual(['a/1', 'b/1']);
  expect(ids(fleet.players({ identity: 'ann@example', relay: 'b' }))).toEqual(['b/1']);
  expect(ids(fleet.players({ address: '192.0.2.1' }))).toEqual(['a/1', 'a/2']);
  expect(ids(fleet.players({ address: '192.0.2.1', stream: 'live/b' }))).toEqual(['a/2']);
  expect(ids(fleet.players({ relay: 'a' }))).toEqual(['a/1', 'a/2']);
  expect(ids(fleet.players({ uid: 'nobody' }))).toEqual([]);
  fleet.take('a', telemetry({ left: [{ id: '1', bytes: 0, seconds: 0, reason: 'closed' }] }));
  expect(ids(fleet.players({ uid: 'ann' }))).toEqual(['b/1']);
  expect(fleet.player('a/1')).toBeUndefined();
});

test('a relay that is taken out of the roster is forgotten', () => {
  const scene = new Scene();
  scene.link('a');
  scene.fleet.take('a', telemetry({ joined: [playerReport('1')] }));
  scene.happened();
  scene.roster.set(rosterEntry('b'));
  expect(scene.happened()).toEqual(['relay-down a', expect.stringMatching(/^left a\/1 /)]);
  expect(scene.fleet.report('a')).toBeUndefined();
});

test('a house knows what the others are told, and one that arrives is told all', () => {
  const stores = new MemoryStores();
  const one = new Scene('one', stores);
  one.link('a');
  one.link('b');
  const streams = Array.from({ length: 2500 }, (_, i) => streamReport(`live/${i}`));
  one.fleet.take('a', telemetry({ whole: true, players: 1, joined: [playerReport('1')] }));
  for (const more of [true, false])
    one.fleet.take('b', telemetry({ more, streams: more ? streams.slice(0, 2000) : streams.slice(2000) }));
  const two = new Scene('two', stores);
  one.clock.advance(1000);
  expect(two.fleet.report('a')).toMatchObject({ players: 1, house: 'one', at: 50_000 });
  expect(two.fleet.report('b')?.streams.size).toBe(2500);
  expect(ids(two.fleet.players())).toEqual(['a/1']);
  expect(two.fleet.houseOf('a')).toBe('one');
  one.fleet.take('a', telemetry({ joined: [playerReport('2')] }));
  expect(ids(two.fleet.players())).toEqual(['a/1', 'a/2']);
  one.fleet.unlinked('a');
  expect(two.fleet.houseOf('a')).toBeUndefined();
  expect(two.fleet.isOnline('a')).toBe(true);
});

test('news that were lost are made good within a minute', () => {
  const stores = new MemoryStores();
  const [one, two] = [new Scene('one', stores), new Scene('two', stores)];
  one.link('a');
  one.fleet.take('a', telemetry({ whole: true, joined: [playerReport('1')] }));
  one.store.isThere = false;
  one.fleet.take('a', telemetry({ joined: [playerReport('2')] }));
  one.store.isThere = true;
  for (let i = 0; i < 60; i++) {
    one.clock.advance(1000);
    one.fleet.take('a', telemetry());
  }
  expect(ids(two.fleet.players())).toEqual(['a/1', 'a/2']);
});

test('of two houses with a link of one relay the later has it', () => {
  const stores = new MemoryStores();
  const [one, two] = [new Scene('one', stores), new Scene('two', stores)];
  const superseded: string[] = [];
  one.fleet.onSuperseded = (relay) => superseded.push(relay);
  one.link('a', 'i1', START);
  one.fleet.take('a', telemetry({ whole: true, players: 1 }));
  two.link('a', 'i1', START + 5);
  two.fleet.take('a', telemetry({ whole: true, players: 2 }));
  expect(superseded).toEqual(['a']);
  one.fleet.take('a', telemetry({ players: 3 })); // what came late by the link that is over
  expect(one.fleet.report('a')).toMatchObject({ players: 2, house: 'two' });
  expect(two.fleet.report('a')).toMatchObject({ players: 2, house: 'two' });
});

test('of more players than are kept the relays still say how many there are', () => {
  const scene = new Scene('house', new MemoryStores(), 2);
  scene.link('a');
  const joined = ['1', '2', '3'].map((id) => playerReport(id));
  scene.fleet.take('a', telemetry({ whole: true, players: 3, joined }));
  expect(ids(scene.fleet.players())).toEqual(['a/1', 'a/2']);
  expect(scene.fleet.report('a')?.players).toBe(3);
});

test('while other houses cannot be heard what they told last holds, and their relays stay online; its own go offline as ever', () => {
  const stores = new MemoryStores();
  const other = new Scene('other', stores);
  const { fleet, clock, store, ...scene } = new Scene('house', stores);
  other.link('b');
  other.fleet.take('b', telemetry({ whole: true, players: 7 }));
  fleet.linked('a', { type: 'hello', version: 1, software: 's', instance: 'i', revision: null }, START);
  fleet.take('a', telemetry({ whole: true }));
  store.isThere = false;
  clock.advance(60_000);
  expect([fleet.isOnline('a'), fleet.isOnline('b'), fleet.report('b')?.players]).toEqual([false, true, 7]);
  expect(scene.events.at(-1)).toEqual({ what: 'reported', relay: 'b' });
  store.isThere = true;
  clock.advance(8000);
  expect(fleet.isOnline('b')).toBe(true);
  clock.advance(3000);
  expect(fleet.isOnline('b')).toBe(false);
});

test('a relay may not report players without end, be it in one report or in many', () => {
  const crowd = (part: number) => Array.from({ length: 20_000 }, (_, i) => playerReport(`${part}-${i}`));
  for (const isWhole of [true, false]) {
    const scene = new Scene();
    scene.link('a');
    const reportAll = (): void => {
      for (let part = 0; part <= MAX_REPORTED.players / 20_000; part++)
        scene.fleet.take(
          'a',
          telemetry({ whole: isWhole && part === 0, more: isWhole, joined: crowd(part) }),
        );
    };
    expect(reportAll).toThrow(new ReportError('more than 200000 players'));
  }
});

test.each([true, false])(
  'a relay with endless labels is stopped before they fill the memory: whole %s',
  (whole) => {
    const scene = new Scene();
    scene.link('a');
    if (!whole) scene.fleet.take('a', telemetry({ whole: true }));
    const long = { uid: 'u'.repeat(256), identity: 'i'.repeat(256), stream: 's'.repeat(1024) };
    let told = 0;
    const tell = (): void => {
      const joined = Array.from({ length: 2000 }, () => playerReport(`${told++}`, long));
      scene.fleet.take('a', telemetry({ whole: whole && told === 2000, more: whole, joined }));
    };
    expect(() => {
      while (told < MAX_REPORTED.players) tell();
    }).toThrow(new ReportError('more than 80000000 characters about its players'));
    expect(told).toBeLessThan(56_000);
  },
);
