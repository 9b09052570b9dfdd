import fc from 'fast-check';
import { expect, test } from 'vitest';
import { KeyPattern } from '../../../../src/config/key-pattern.ts';
import { type StreamSettings, streamSettings } from '../../../../src/config/stream-settings.ts';
import { fleetSettings } from '../../../../src/service/fleet-link/house-message.ts';
import { FleetMap } from '../../../../src/service/house/directing/fleet-map.ts';
import type { FleetPlan } from '../../../../src/service/house/directing/fleet-plan.ts';
import {
  type FleetNow,
  quietFleet,
  revisionOf,
  settingsFor,
} from '../../../../src/service/house/directing/settings-for.ts';
import {
  fleetPlans,
  plannedRelay,
  planOf,
  pullEntry,
  pushEntry,
} from '../../../support/fleet/arbitrary-fleets.ts';

const keys = ['live/a', 'live/b', 'tv/news', 'tv/a', 'x/a', 'live/a/b'];

function streamsOf(plan: FleetPlan, relay: string, now: Partial<FleetNow> = {}): StreamSettings[] {
  return [
    ...(settingsFor(new FleetMap(plan), relay, { ...quietFleet, ...now })?.streams ?? []),
  ] as StreamSettings[];
}

/** What a relay does for a key: where it may be pulled from, `push`, or nothing. */
function sourceOf(streams: readonly StreamSettings[], key: string): readonly string[] | 'push' | 'none' {
  const entry = streams.find(({ match }) => new KeyPattern(match).matches(key));
  if (entry === undefined) return 'none';
  return entry.source.type === 'push' ? 'push' : entry.source.urls;
}

/** The relays that URLs lead to. */
function relaysIn(urls: readonly string[]): string[] {
  return [...new Set(urls.flatMap((url) => /\/\/(r\d+)\.example/.exec(url)?.[1] ?? []))];
}

test('a relay pulls from its parent, then from those above that, at last from the original source', () => {
  const urls = { rtmp: 'rtmp://b', rtmps: 'rtmps://b:1936', http: 'http://b:8080', https: null, mmsh: null };
  const plan = planOf(
    [plannedRelay('a'), plannedRelay('b', { parent: 'a', urls }), plannedRelay('c', { parent: 'b' })],
    { ...pullEntry('tv/*', 'rtmp://origin/{key}'), forward: ['rtmp://cdn/tv/{name}'] },
    pushEntry('live/**'),
  );
  const permitFor = (relay: string, at: string): string => `permit=${relay}-at-${at}`;
  expect(streamsOf(plan, 'c', { permitFor })).toEqual([
    pullEntry(
      'tv/*',
      ...['rtmps://b:1936/{key}?permit=c-at-b', 'http://b:8080/{key}.flv?permit=c-at-b'],
      ...['rtmp://a.example/{key}?permit=c-at-a', 'rtmp://origin/{key}'],
    ),
    pullEntry(
      'live/**',
      ...['rtmps://b:1936/{key}?permit=c-at-b', 'http://b:8080/{key}.flv?permit=c-at-b'],
      ...['http://b:8080/{key}.asf?permit=c-at-b', 'rtmp://a.example/{key}?permit=c-at-a'],
    ),
  ]);
  expect(streamsOf(plan, 'a', { permitFor })).toEqual(plan.streams);
});

test('streams with short addresses are looked for as ASF first, and all others as FLV', () => {
  const urls = { rtmp: 'rtmp://a', rtmps: null, http: 'http://a:8080', https: null, mmsh: null };
  const relays = [plannedRelay('a', { urls }), plannedRelay('b', { parent: 'a' })];
  const [byRtmp, flv, asf] = ['rtmp://a/{key}', 'http://a:8080/{key}.flv', 'http://a:8080/{key}.asf'];
  expect(streamsOf(planOf(relays, pushEntry('**')), 'b')).toEqual([
    pullEntry('streams/**', asf, byRtmp, flv),
    pullEntry('**', byRtmp, flv, asf),
  ]);
  expect(streamsOf(planOf(relays, pushEntry('streams/a')), 'b')).toEqual([
    pullEntry('streams/a', asf, byRtmp, flv),
  ]);
});

test('one relay forwards what is pulled, and whoever has the publisher what is published', () => {
  const forwarded = { ...pullEntry('tv/a', 'rtmp://o/tv/a'), forward: ['rtmp://cdn/x/y'] };
  const plan = planOf(
    [plannedRelay('a'), plannedRelay('b')],
    forwarded,
    pushEntry('live/**', ['rtmp://cdn/{key}']),
  );
  expect(streamsOf(plan, 'a').map(({ forward }) => forward.length)).toEqual([1, 1]);
  expect(streamsOf(plan, 'b').map(({ forward }) => forward.length)).toEqual([0, 1]);
});

test('a stream that is published to one root is pulled from there by the others, as long as it is', () => {
  const relays = [plannedRelay('a'), plannedRelay('b'), plannedRelay('c', { parent: 'b' })];
  const plan = planOf(relays, pushEntry('live/**'));
  const publishedAt = new Map([['live/x', 'a']]);
  expect(streamsOf(plan, 'a', { publishedAt })).toEqual([pushEntry('live/**')]);
  expect(streamsOf(plan, 'b', { publishedAt })).toEqual([
    pullEntry('live/x', 'rtmp://a.example/{key}'),
    pushEntry('live/**'),
  ]);
  expect(streamsOf(plan, 'c', { publishedAt })).toEqual(streamsOf(plan, 'c'));
  expect(streamsOf(plan, 'b')).toEqual([pushEntry('live/**')]);
});

test('who takes publishers of a part takes those, and pulls the rest from those that take it', () => {
  const relays = [
    plannedRelay('a', { ingest: ['live/**'] }),
    plannedRelay('b', { ingest: ['tv/**'] }),
    plannedRelay('c', { parent: 'a', ingest: ['*/studio'] }),
  ];
  const plan = planOf(relays, pushEntry('**'));
  expect(streamsOf(plan, 'a')).toEqual([
    pushEntry('live/**'),
    pullEntry('tv/**', 'rtmp://b.example/{key}'),
    pullEntry('*/studio', 'rtmp://c.example/{key}'),
  ]);
  expect(streamsOf(plan, 'c')).toEqual([pushEntry('*/studio'), pullEntry('**', 'rtmp://a.example/{key}')]);
});

test('a relay that only says that a stream is published to it takes nothing of it', () => {
  const relays = [plannedRelay('a', { ingest: ['live/**'] }), plannedRelay('b', { ingest: ['live/**'] })];
  const plan = planOf(relays, pullEntry('live/news', 'rtmp://o/{key}'), pushEntry('**'));
  const publishedAt = new Map([
    ['tv/x', 'b'],
    ['live/news', 'b'],
    ['live/y', 'stranger'],
  ]);
  expect(streamsOf(plan, 'a', { publishedAt })).toEqual(streamsOf(plan, 'a'));
});

test('children of a relay that drains are given another parent, and go on from it where nothing else has the stream', () => {
  const relays = [plannedRelay('a'), plannedRelay('b', { parent: 'a' }), plannedRelay('c', { parent: 'b' })];
  const plan = planOf(relays, pullEntry('tv/*', 'rtmp://o/{key}'), pushEntry('**'));
  const draining = (id: string) => ({ isDraining: (relay: string) => relay === id });
  expect(sourceOf(streamsOf(plan, 'c', draining('b')), 'live/x')).toEqual(['rtmp://a.example/{key}']);
  expect(sourceOf(streamsOf(plan, 'b', draining('a')), 'tv/x')).toEqual(['rtmp://o/{key}']);
  expect(sourceOf(streamsOf(plan, 'b', draining('a')), 'live/x')).toEqual(['rtmp://a.example/{key}']);
});

test('limits and keys go along, and the revision follows from all of it', () => {
  const limits = { players: 7, sentBitsPerSecond: 1e9 };
  const plan = { ...planOf([plannedRelay('a', { limits })], pushEntry('**')), houseOnly: true };
  const settings = settingsFor(new FleetMap(plan), 'a', { ...quietFleet, permitKeys: { z: '1', b: '2' } });
  expect(settings).toMatchObject({ limits, access: { permitKeys: { b: '2', z: '1' }, houseOnly: true } });
  const again = settingsFor(new FleetMap(plan), 'a', { ...quietFleet, permitKeys: { b: '2', z: '1' } });
  expect(again && revisionOf(again)).toBe(settings && revisionOf(settings));
  expect(revisionOf({ ...settings, limits: { ...limits, players: 8 } } as never)).not.toBe(
    settings && revisionOf(settings),
  );
});

test('a thousand relays with a thousand streams published elsewhere fit into messages', () => {
  const relays = Array.from({ length: 1000 }, (_, i) => plannedRelay(`r${i}`));
  const plan = planOf(relays, pushEntry('**'));
  const publishedAt = new Map(
    Array.from({ length: 5000 }, (_, i) => [`live/${'x'.repeat(200)}${i}`, `r${i % 1000}`]),
  );
  const permitFor = (): string => `permit=${'p'.repeat(300)}`;
  const settings = settingsFor(new FleetMap(plan), 'r0', { ...quietFleet, publishedAt, permitFor });
  expect(JSON.stringify(settings).length).toBeLessThan(900_000);
  expect(settings?.streams.length).toBeGreaterThan(500);
});

const somethingGoesOn = fc.record({
  plan: fleetPlans,
  draining: fc.array(fc.nat(11), { maxLength: 3 }),
  published: fc.array(fc.record({ key: fc.constantFrom(...keys), at: fc.nat(11) }), { maxLength: 4 }),
});

test('whatever the fleet: relays take what they are given, and no stream goes round in a circle', () => {
  fc.assert(
    fc.property(somethingGoesOn, ({ plan, draining, published }) => {
      const now: FleetNow = {
        ...quietFleet,
        isDraining: (relay) => draining.includes(Number(relay.slice(1))),
        publishedAt: new Map(published.map(({ key, at }) => [key, `r${at}`])),
      };
      const map = new FleetMap(plan);
      const given = new Map<string, StreamSettings[]>();
      for (const { id } of plan.relays) {
        const settings = settingsFor(map, id, now);
        expect(fleetSettings.safeParse(settings).error).toBeUndefined();
        expect(streamSettings.safeParse(settings?.streams).error).toBeUndefined();
        given.set(id, streamsOf(plan, id, now));
      }
      for (const key of keys) {
        const below = new Map<string, readonly string[]>();
        for (const [id, streams] of given) {
          const source = sourceOf(streams, key);
          below.set(id, typeof source === 'string' ? [] : relaysIn(source));
          expect(below.get(id)).not.toContain(id);
        }
        expect(circleIn(below)).toBeUndefined();
      }
    }),
    { numRuns: 200 },
  );
}, 60_000);

test('whatever the fleet: every relay has a source for what can be had at all', () => {
  fc.assert(
    fc.property(fleetPlans, (plan) => {
      const map = new FleetMap(plan);
      const given = new Map(plan.relays.map(({ id }) => [id, streamsOf(plan, id)]));
      for (const key of keys) {
        const entry = map.entryOf(key);
        const takers = plan.relays.filter((one) => one.enabled && map.takes(one, key));
        for (const { id } of plan.relays) {
          const source = sourceOf(given.get(id) ?? [], key);
          if (entry === undefined) expect(source).toBe('none');
          else if (entry.source.type === 'pull') expect(source).toContain('rtmp://origin.example/{key}');
          else if (takers.some((one) => one.id !== id && Object.values(one.urls).some((url) => url !== null)))
            expect(source).not.toBe('none');
        }
      }
    }),
    { numRuns: 200 },
  );
}, 60_000);

test('another parent changes the relays below it, and no others', () => {
  fc.assert(
    fc.property(fleetPlans, fc.nat(), fc.nat(), (plan, which, above) => {
      const index = 1 + (which % plan.relays.length);
      const moved = plan.relays[index];
      if (moved === undefined) return;
      const parent = `r${above % index}`;
      // nobody else's ingest may follow from having a parent or not
      const fixed = plan.relays.map((one) => ({ ...one, ingest: one.ingest ?? ['live/**'] }));
      const before = { ...plan, relays: fixed };
      const after = { ...plan, relays: fixed.map((one) => (one.id === moved.id ? { ...one, parent } : one)) };
      const below = (id: string | null): boolean =>
        id !== null && (id === moved.id || below(after.relays.find((one) => one.id === id)?.parent ?? null));
      for (const { id } of plan.relays)
        if (!below(id)) expect(streamsOf(after, id)).toEqual(streamsOf(before, id));
    }),
    { numRuns: 200 },
  );
}, 60_000);

/** A relay that a stream comes back to, if it is pulled from whoever it may be pulled from. */
function circleIn(sources: ReadonlyMap<string, readonly string[]>): string | undefined {
  const done = new Set<string>();
  const visit = (id: string, path: readonly string[]): string | undefined => {
    if (path.includes(id)) return [...path, id].join(' -> ');
    if (done.has(id)) return undefined;
    for (const next of sources.get(id) ?? []) {
      const circle = visit(next, [...path, id]);
      if (circle !== undefined) return circle;
    }
    done.add(id);
    return undefined;
  };
  for (const id of sources.keys()) {
    const circle = visit(id, []);
    if (circle !== undefined) return circle;
  }
  return undefined;
}
