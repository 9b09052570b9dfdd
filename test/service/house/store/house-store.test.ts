import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Decisions, HouseNews, HouseStore } from '../../../../src/service/house/store/house-store.ts';
import { MemoryStores } from '../../../support/fleet/memory-stores.ts';
import { startRedis, type TestRedis } from '../../../support/redis.ts';
import { relayEntry, StoreScene } from '../../../support/store-scene.ts';

let redis: TestRedis;
let scene: StoreScene;
let stores: MemoryStores;
beforeAll(async () => {
  redis = await startRedis();
});
afterAll(() => redis[Symbol.asyncDispose]());
beforeEach(async () => {
  scene = await StoreScene.make();
  stores = new MemoryStores();
});
afterEach(async () => {
  await scene[Symbol.asyncDispose]();
  await redis.ask('FLUSHALL');
});

const drain =
  (...relays: readonly string[]) =>
  (decisions: Decisions): Decisions => ({ ...decisions, draining: [...decisions.draining, ...relays] });

/** Resolves when a store says what is looked for. */
async function until(store: HouseStore, holds: (decisions: Decisions) => boolean): Promise<void> {
  if (holds(store.decisions)) return;
  const { promise, resolve } = Promise.withResolvers<void>();
  const stop = store.onDecisions((decisions) => holds(decisions) && resolve());
  await promise;
  stop();
}

const kinds: Readonly<Record<string, (house?: string) => Promise<HouseStore>>> = {
  memory: async (house = 'house') => stores.open(house),
  file: (house) => scene.file(house),
  redis: (house) => scene.redis(redis, house),
};

describe.each(Object.keys(kinds))('%s', (kind) => {
  const open = (house?: string): Promise<HouseStore> => (kinds[kind] as (typeof kinds)[string])(house);

  test('begins with nothing decided', async () => {
    const store = await open();
    expect(store.isThere).toBe(true);
    expect(store.decisions).toEqual({
      ...{ draining: [], bans: [], invitations: [], provisioned: [], routes: {}, permitKeys: {} },
    });
  });

  test('what is decided holds at once and is told once, and what changes nothing is not told', async () => {
    const store = await open();
    const told: Decisions[] = [];
    const stop = store.onDecisions((decisions) => told.push(decisions));
    await store.decide(drain('a'));
    expect(store.decisions.draining).toEqual(['a']);
    expect(told.map(({ draining }) => draining)).toEqual([['a']]);
    if (kind !== 'memory') await store.decide((decisions) => ({ ...decisions, draining: ['a'] }));
    expect(told).toHaveLength(1);
    stop();
    await store.decide(drain('b'));
    expect(told).toHaveLength(1);
  });

  test('everything that can be decided comes back as it was', async () => {
    const store = await open();
    const all: Decisions = {
      draining: ['a'],
      bans: [{ id: 'b1', kind: 'address', value: '192.0.2.1', until: scene.wallMs + 1000, reason: 'rude' }],
      invitations: [
        { entry: { ...relayEntry('c'), key: null }, tokenHash: 'ab', until: scene.wallMs + 1000 },
      ],
      provisioned: [
        { entry: relayEntry('d', { networks: [{ cidr: '10.0.0.0/8', priority: 2 }] }), isApproved: false },
      ],
      routes: { a: 'd', d: null },
      permitKeys: { k1: { publicKey: 'abc', at: 5 } },
    };
    await store.decide(() => all);
    expect(store.decisions).toEqual(all);
    await store.close();
    if (kind === 'memory') return;
    await scene.close();
    expect((await open()).decisions).toEqual(all);
  });

  test('decisions at the same time are all kept', async () => {
    const store = await open();
    const relays = Array.from({ length: 20 }, (_, index) => `r${index}`);
    await Promise.all(relays.map((relay) => store.decide(drain(relay))));
    expect([...store.decisions.draining].sort()).toEqual(relays.sort());
  });

  test('one that throws decides nothing, and is told so', async () => {
    const store = await open();
    const wrong = store.decide(() => {
      throw new RangeError('not so');
    });
    await expect(wrong).rejects.toThrow('not so');
    await store.decide(drain('a'));
    expect(store.decisions.draining).toEqual(['a']);
  });
});

describe.each(['memory', 'redis'])('houses that share by %s', (kind) => {
  const open = (house: string): Promise<HouseStore> => (kinds[kind] as (typeof kinds)[string])(house);

  test('decide together, each on top of what the other has decided', async () => {
    const [one, other] = [await open('one'), await open('other')];
    await Promise.all(
      Array.from({ length: 10 }, (_, index) => [
        one.decide(drain(`a${index}`)),
        other.decide(drain(`b${index}`)),
      ]).flat(),
    );
    await until(one, ({ draining }) => draining.length === 20);
    await until(other, ({ draining }) => draining.length === 20);
    expect(new Set(one.decisions.draining)).toEqual(new Set(other.decisions.draining));
  });

  test('hear each other, and not themselves', async () => {
    const [one, other] = [await open('one'), await open('other')];
    const heard: { news: HouseNews; from: string }[] = [];
    const { promise, resolve } = Promise.withResolvers<void>();
    one.hear((news, from) => from === one.house && heard.push({ news, from }));
    other.hear((news, from) => {
      if (news.what === 'arrived') return;
      heard.push({ news, from });
      if (news.what === 'unlinked') resolve();
    });
    const report: HouseNews = {
      ...{ what: 'report', relay: 'a', software: 'streampump 0.1.0', instance: 'i1', linkedAt: 3 },
      telemetry: {
        ...{ type: 'telemetry', whole: true, more: false, state: 'ready', players: 1, publishers: 0 },
        ...{ sentBitsPerSecond: 5, receivedBitsPerSecond: 6, streams: [], joined: [], left: [] },
        config: { revision: null, problem: null },
      },
    };
    one.tell(report);
    one.tell({ what: 'placed', places: [['192.0.2.1 live/a', 'a', 7]] });
    one.tell({ what: 'unlinked', relay: 'a' });
    await promise;
    expect(heard).toEqual([
      { news: report, from: one.house },
      { news: { what: 'placed', places: [['192.0.2.1 live/a', 'a', 7]] }, from: one.house },
      { news: { what: 'unlinked', relay: 'a' }, from: one.house },
    ]);
  });
});
