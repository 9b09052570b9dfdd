import { BlockList } from 'node:net';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { RosterEntry } from '../../../../src/config/house/roster-settings.ts';
import { Bags } from '../../../../src/service/house/choosing/bags.ts';
import type { Seeking } from '../../../../src/service/house/choosing/choice.ts';
import { chooseRelay, type Decision } from '../../../../src/service/house/choosing/choose-relay.ts';
import { addressBits } from '../../../../src/service/house/choosing/networks/address-bits.ts';
import { Standings } from '../../../../src/service/house/choosing/standings.ts';
import { FakeClock } from '../../../support/fake-clock.ts';
import {
  FakeFleet,
  FakeRoster,
  type relayReport,
  rosterEntry,
  seeded,
} from '../../../support/fleet-scene.ts';

const NOW = 100_000;
const OFFLINE_AFTER_MS = 10_000;

/** A relay as a test puts it: its entry, and how it stands. */
interface Placed {
  readonly entry: RosterEntry;
  readonly isDraining: boolean;
  readonly state: 'ready' | 'full' | 'draining';
  /** Milliseconds ago; null: never. */
  readonly reported: number | null;
  readonly players: number;
  readonly reserved: number;
}

const networks = [
  '0.0.0.0/0',
  '10.0.0.0/8',
  '10.1.0.0/16',
  '10.1.2.0/24',
  '192.0.2.0/24',
  '::/0',
  '2001:db8::/32',
];
const addresses = ['10.1.2.3', '10.1.9.9', '10.9.9.9', '192.0.2.9', '203.0.113.1', '2001:db8::1', '::1', ''];

const network = fc.record({ cidr: fc.constantFrom(...networks), priority: fc.integer({ min: -1, max: 2 }) });
const limit = fc.option(fc.integer({ min: 1, max: 12 }));
const placedRelay = fc.record({
  networks: fc.array(network, { maxLength: 4 }),
  enabled: fc.constantFrom(true, true, true, false),
  isDraining: fc.constantFrom(false, false, false, true),
  state: fc.constantFrom('ready' as const, 'ready' as const, 'full' as const, 'draining' as const),
  reported: fc.constantFrom(0, 5000, 9999, 10_000, null),
  players: fc.nat(12),
  reserved: fc.nat(4),
  limit,
  bits: limit,
  hasHttp: fc.constantFrom(true, true, false),
  ingest: fc.constantFrom(null, ['live/**'], ['other/**']),
  parent: fc.constantFrom(null, 'root'),
});
const fleetOfPlaced = fc.array(placedRelay, { minLength: 1, maxLength: 6 }).map((all) =>
  all.map(
    (
      { limit: players, bits, hasHttp, ingest, parent, enabled, ...rest },
      at,
    ): Placed & { bits: number | null } => {
      const id = `relay-${at}`;
      const limits = { players, sentBitsPerSecond: bits === null ? null : bits * 1000 };
      const urls = { ...rosterEntry(id).urls, http: hasHttp ? `http://${id}` : null };
      return {
        ...rest,
        bits,
        entry: rosterEntry(id, { networks: rest.networks, limits, urls, ingest, parent, enabled }),
      };
    },
  ),
);

const seekings = fc.record({
  verb: fc.constantFrom('play' as const, 'publish' as const),
  stream: fc.constant('live/a'),
  address: fc.constantFrom(...addresses),
  way: fc.constantFrom('rtmp' as const, 'http-flv' as const),
});

/** Each player takes 1,000 bits per second. */
function standingsOf(relays: readonly Placed[]): Standings {
  const clock = new FakeClock(NOW);
  const roster = new FakeRoster(relays.map(({ entry }) => entry));
  const fleet = new FakeFleet(clock);
  for (const { entry, isDraining, state, reported, players } of relays) {
    roster.drain(entry.id, isDraining);
    const stream = { key: 'live/a', state: 'live', players, keyframeAgeSeconds: 0, source: 'pull' } as const;
    const streams = new Map([['live/a', { ...stream, receivedBitsPerSecond: 1000 }]]);
    if (reported !== null)
      fleet.says(entry.id, {
        at: NOW - reported,
        state,
        players,
        streams,
        sentBitsPerSecond: players * 1000,
      });
  }
  const standings = new Standings(roster, fleet, { reserveMs: 10_000 });
  for (const { entry, reserved } of relays) standings.relay(entry.id)?.reservations.add(reserved, NOW);
  return standings;
}

function choose(
  relays: readonly Placed[],
  seeking: Seeking,
  more: { seed?: number; placed?: string; fallback?: string } = {},
): Decision {
  const standings = standingsOf(relays);
  const bags = new Bags(seeded(more.seed ?? 1));
  const address = addressBits(seeking.address);
  return chooseRelay(seeking, {
    ...{ now: NOW, offlineAfterMs: OFFLINE_AFTER_MS, meanLoad: 1000, asOf: 0, address },
    tiers: standings.tree.tiersOf(address),
    placed: standings.relay(more.placed ?? ''),
    fallback: standings.relay(more.fallback ?? ''),
    bagOf: (tier) => bags.of(tier, seeking),
  });
}

/** The slow and obvious way: the priority of a relay for an address, undefined where no network of it holds it. */
function priorityOf({ entry }: Placed, address: string): number | undefined {
  const held = entry.networks.filter(({ cidr }) => {
    const [base = '', prefix] = cidr.split('/');
    const version = cidr.includes(':') ? 'ipv6' : 'ipv4';
    const list = new BlockList();
    list.addSubnet(base, Number(prefix), version);
    return address !== '' && address.includes(':') === cidr.includes(':') && list.check(address, version);
  });
  return held.length === 0 ? undefined : Math.max(...held.map(({ priority }) => priority));
}

function mayTake(relay: Placed, seeking: Seeking): boolean {
  const { entry, players, reserved } = relay;
  const isThere = relay.reported !== null && relay.reported < OFFLINE_AFTER_MS && relay.state === 'ready';
  const hasUrl = (seeking.way === 'rtmp' ? entry.urls.rtmp : entry.urls.http) !== null;
  const limits = [
    entry.limits.players,
    entry.limits.sentBitsPerSecond && entry.limits.sentBitsPerSecond / 1000,
  ];
  const hasRoom = limits.every((most) => most === null || players + reserved + 1 <= most);
  const takesStream = entry.ingest === null ? entry.parent === null : entry.ingest.includes('live/**');
  const fits = seeking.verb === 'play' ? hasRoom : takesStream;
  return entry.enabled && !relay.isDraining && isThere && hasUrl && fits;
}

describe('whatever the fleet', () => {
  test('who is chosen may take it and serves the network with the highest priority; nobody is where nobody may', () => {
    fc.assert(
      fc.property(fleetOfPlaced, seekings, fc.nat(), (relays, seeking, seed) => {
        const decision = choose(relays, seeking, { seed });
        const candidates = relays.filter((relay) => mayTake(relay, seeking));
        const priorities = candidates.map(
          (relay) => priorityOf(relay, seeking.address) ?? Number.NEGATIVE_INFINITY,
        );
        const highest = Math.max(...priorities);
        if ('refused' in decision) expect(highest).toBe(Number.NEGATIVE_INFINITY);
        else {
          const best = candidates.filter((_, at) => priorities[at] === highest);
          expect(best.map(({ entry }) => entry.id)).toContain(decision.relay.id);
        }
      }),
      { numRuns: 3000 },
    );
  });

  test('why there is none follows from who serves the network', () => {
    fc.assert(
      fc.property(fleetOfPlaced, seekings, (relays, seeking) => {
        const decision = choose(relays, seeking);
        if (!('refused' in decision)) return;
        const serving = relays.filter((relay) => priorityOf(relay, seeking.address) !== undefined);
        expect(decision.refused === 'outside').toBe(serving.length === 0);
        const isFull = (relay: Placed): boolean =>
          mayTake(
            { ...relay, state: relay.state === 'full' ? 'ready' : relay.state, players: 0, reserved: 0 },
            seeking,
          );
        expect(decision.refused === 'full').toBe(serving.some(isFull));
      }),
      { numRuns: 3000 },
    );
  });

  test('the same seed chooses the same', () => {
    fc.assert(
      fc.property(fleetOfPlaced, seekings, fc.nat(), (relays, seeking, seed) => {
        const [one, other] = [choose(relays, seeking, { seed }), choose(relays, seeking, { seed })];
        const nameOf = (decision: Decision): string =>
          'refused' in decision ? decision.refused : `${decision.by} ${decision.relay.id}`;
        expect(nameOf(one)).toBe(nameOf(other));
      }),
      { numRuns: 300 },
    );
  });

  test('who was sent to a relay stays there as long as it is a candidate, and no longer', () => {
    fc.assert(
      fc.property(fleetOfPlaced, seekings, fc.nat(5), (relays, seeking, at) => {
        const placed = `relay-${at}`;
        const decision = choose(relays, seeking, { placed });
        const relay = relays[at];
        const isCandidate =
          relay !== undefined && mayTake(relay, seeking) && priorityOf(relay, seeking.address) !== undefined;
        const stays = 'relay' in decision && decision.by === 'sticky' && decision.relay.id === placed;
        expect(stays).toBe(isCandidate);
      }),
      { numRuns: 2000 },
    );
  });

  test('the default relay takes whom nobody else can, if it may at all', () => {
    fc.assert(
      fc.property(fleetOfPlaced, seekings, fc.nat(5), (relays, seeking, at) => {
        const plain = choose(relays, seeking);
        const decision = choose(relays, seeking, { fallback: `relay-${at}` });
        const fallback = relays[at];
        if (!('refused' in plain)) expect(decision).toMatchObject({ by: plain.by });
        else if (fallback !== undefined && mayTake(fallback, seeking))
          expect(decision).toMatchObject({ by: 'default', relay: { id: `relay-${at}` } });
        else expect(decision).toHaveProperty('refused');
      }),
      { numRuns: 2000 },
    );
  });
});

describe('publishers', () => {
  const origin = (id: string, source: 'publisher' | 'pull'): Placed & { source: typeof source } => ({
    ...{
      entry: rosterEntry(id),
      isDraining: false,
      state: 'ready',
      reported: 0,
      players: 0,
      reserved: 0,
      source,
    },
  });
  const seeking: Seeking = { verb: 'publish', stream: 'live/a', address: '10.1.2.3', way: 'rtmp' };

  test('come to the relay where the stream is published already, which has the last word on it', () => {
    const clock = new FakeClock(NOW);
    const relays = ['a', 'b', 'c'].map((id) => origin(id, id === 'b' ? 'publisher' : 'pull'));
    const fleet = new FakeFleet(clock);
    for (const { entry, source } of relays) {
      const stream = { key: 'live/a', state: 'away', players: 0, keyframeAgeSeconds: null, source } as const;
      fleet.says(entry.id, { streams: new Map([['live/a', { ...stream, receivedBitsPerSecond: 0 }]]) });
    }
    const standings = new Standings(new FakeRoster(relays.map(({ entry }) => entry)), fleet, {
      reserveMs: 10_000,
    });
    const address = addressBits(seeking.address);
    const bags = new Bags(seeded(1));
    const decision = chooseRelay(seeking, {
      ...{ now: NOW, offlineAfterMs: OFFLINE_AFTER_MS, meanLoad: 1000, asOf: 0, address },
      ...{ tiers: standings.tree.tiersOf(address), placed: standings.relay('a'), fallback: undefined },
      bagOf: (tier) => bags.of(tier, seeking),
    });
    expect(decision).toMatchObject({ by: 'live', relay: { id: 'b' } });
  });

  test('need no place of a player', () => {
    const full = { ...origin('a', 'pull'), players: 5 };
    const entry = rosterEntry('a', { limits: { players: 5, sentBitsPerSecond: null } });
    expect(choose([{ ...full, entry }], seeking)).toMatchObject({ relay: { id: 'a' } });
    expect(choose([{ ...full, entry }], { ...seeking, verb: 'play' })).toEqual({ refused: 'full' });
  });
});

describe('bits per second', () => {
  const seeking: Seeking = { verb: 'play', stream: 'live/a', address: '10.1.2.3', way: 'rtmp' };
  const limits = { players: null, sentBitsPerSecond: 100_000 };

  function placesLeft(report: Parameters<typeof relayReport>[1], meanLoad: number): number | undefined {
    const fleet = new FakeFleet(new FakeClock(NOW));
    fleet.says('a', report);
    const standing = new Standings(new FakeRoster([rosterEntry('a', { limits })]), fleet, {
      reserveMs: 10_000,
    }).relay('a');
    return standing?.placesLeft({ now: NOW, offlineAfterMs: OFFLINE_AFTER_MS, meanLoad });
  }
  const live = (players: number, receivedBitsPerSecond: number) => {
    const stream = { key: 'live/a', state: 'live', players, keyframeAgeSeconds: 0, source: 'pull' } as const;
    return new Map([['live/a', { ...stream, receivedBitsPerSecond }]]);
  };

  test.each([
    ['nobody there: the mean of the fleet', {}, 50],
    [
      'what is sent, by what a player takes',
      { players: 10, sentBitsPerSecond: 10_000, streams: live(10, 1000) },
      90,
    ],
    [
      'who has just come gets little yet',
      { players: 80, sentBitsPerSecond: 5000, streams: live(80, 1000) },
      20,
    ],
    ['relays are sent to as well', { players: 10, sentBitsPerSecond: 60_000, streams: live(10, 1000) }, 40],
    [
      'more is sent than there may be',
      { players: 10, sentBitsPerSecond: 120_000, streams: live(10, 1000) },
      0,
    ],
    ['nothing is received', { players: 10, sentBitsPerSecond: 10_000, streams: live(10, 0) }, 90],
  ])('%s', (_, report, places) => {
    expect(placesLeft(report, 2000)).toBe(places);
  });

  test('a player that does not fit whole does not fit', () => {
    const busy: Placed = {
      entry: rosterEntry('a', { limits: { players: null, sentBitsPerSecond: 10_500 } }),
      ...{ isDraining: false, state: 'ready', reported: 0, players: 10, reserved: 0 },
    };
    expect(choose([busy], seeking)).toEqual({ refused: 'full' });
  });
});
