import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  MAX_DEPTH,
  type Parents,
  planTree,
  type RoutableRelay,
} from '../../../../src/service/house/routes/route-tree.ts';

function relay(
  id: string,
  parts: Partial<RoutableRelay> & { readonly ways?: Readonly<Record<string, number>> } = {},
): RoutableRelay {
  const { ways = {}, ...rest } = parts;
  const roundTrips = new Map(Object.entries(ways).map(([to, ms]) => [to === 'source' ? null : to, ms]));
  return { id, parent: null, isFree: true, maxChildren: 100, roundTrips, ...rest };
}

/** The relays on the way to the source, the nearest first; throws where there is a cycle. */
function above(id: string, parents: Parents): string[] {
  const way: string[] = [];
  for (let at = parents.get(id) ?? null; at !== null; at = parents.get(at) ?? null) {
    if (way.includes(at) || at === id) throw new Error(`a cycle: ${[id, ...way, at].join(' -> ')}`);
    way.push(at);
  }
  return way;
}

test('a stream crosses a long way once, and goes short ways from there', () => {
  const far = { source: 100 };
  const parents = planTree([
    relay('boston', { ways: { ...far, chicago: 20, denver: 40, frankfurt: 70 } }),
    relay('chicago', { ways: { ...far, boston: 20, denver: 15 } }),
    relay('denver', { ways: { ...far, boston: 40, chicago: 15 } }),
    relay('frankfurt', { ways: { source: 8, boston: 70 } }),
  ]);
  expect(Object.fromEntries(parents)).toEqual({
    frankfurt: null,
    boston: 'frankfurt',
    chicago: 'boston',
    denver: 'chicago',
  });
});

test('what is written stays, and the others go by it', () => {
  const parents = planTree([
    relay('a', { ways: { source: 1, b: 1, c: 1 } }),
    relay('b', { parent: 'c', isFree: false, ways: { source: 1, a: 1 } }),
    relay('c', { ways: { source: 50, a: 5, b: 1 } }),
  ]);
  expect(Object.fromEntries(parents)).toEqual({ a: null, c: 'a', b: 'c' });
});

test('a relay has no more children than it may, written ones first', () => {
  const near = { ways: { source: 90, hub: 1 } };
  const parents = planTree([
    relay('hub', { ways: { source: 1 }, maxChildren: 2 }),
    relay('written', { parent: 'hub', isFree: false }),
    relay('x', near),
    relay('y', near),
  ]);
  expect([...parents].filter(([, parent]) => parent === 'hub').map(([id]) => id)).toEqual(['written', 'x']);
});

test('nobody moves for a little', () => {
  const at = (parent: string, toOther: number) =>
    planTree([
      relay('one', { ways: { source: 10 } }),
      relay('other', { ways: { source: 10 } }),
      relay('x', { parent, ways: { one: 30, other: toOther, source: 200 } }),
    ]).get('x');
  expect([at('one', 25), at('one', 20), at('one', 18), at('other', 33)]).toEqual([
    'one',
    'one',
    'other',
    'other',
  ]);
});

test('who knows of no way stays where it is', () => {
  const relays = [relay('a', { ways: { source: 5 } }), relay('b', { parent: 'a' }), relay('c')];
  expect(Object.fromEntries(planTree(relays))).toEqual({ a: null, b: 'a', c: null });
});

test('a parent that nobody can pull from is left; its own parent is as good as any', () => {
  const parents = planTree([
    relay('top', { ways: { source: 5 } }),
    relay('middle', { parent: 'top', isFree: false, maxChildren: 0 }),
    relay('low', { parent: 'middle', ways: { top: 12, source: 60 } }),
  ]);
  expect(parents.get('low')).toBe('top');
});

const names = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'];
const way = fc.option(fc.integer({ min: 1, max: 200 }), { nil: undefined, freq: 3 });
/** Parents among each other have no cycle: each is earlier in the list. */
const fleets = fc
  .array(
    fc.record({
      above: fc.option(fc.nat(7)),
      isFree: fc.boolean(),
      maxChildren: fc.nat(3),
      ways: fc.array(way, { minLength: 9, maxLength: 9 }),
    }),
    { minLength: 1, maxLength: 8 },
  )
  .chain((all) =>
    fc.shuffledSubarray(names.slice(0, all.length), { minLength: all.length }).map((ids) =>
      all.map(({ above: from, ways, ...rest }, at): RoutableRelay => {
        const id = ids[at] ?? '';
        const parent = from === null || at === 0 ? null : (ids[from % at] ?? null);
        const ends: (string | null)[] = [null, ...names];
        const known = ends.flatMap((end, to): [string | null, number][] => {
          const ms = ways[to];
          return ms === undefined || end === id || (end !== null && !ids.includes(end)) ? [] : [[end, ms]];
        });
        return { id, parent, roundTrips: new Map(known), ...rest };
      }),
    ),
  );

test('whatever the fleet: all have a place, without a cycle; what is written stays; nobody has too many, or is too deep', () => {
  fc.assert(
    fc.property(fleets, (relays) => {
      const parents = planTree(relays);
      const free = new Set(relays.filter(({ isFree }) => isFree).map(({ id }) => id));
      expect([...parents.keys()].sort()).toEqual(relays.map(({ id }) => id).sort());
      for (const { id, parent, isFree, maxChildren } of relays) {
        const depth = above(id, parents).length;
        if (!isFree) expect(parents.get(id)).toBe(parent);
        else expect(depth).toBeLessThanOrEqual(MAX_DEPTH);
        const children = [...parents].filter(([, one]) => one === id);
        const written = children.filter(([child]) => !free.has(child)).length;
        expect(children.length).toBeLessThanOrEqual(Math.max(maxChildren, written));
      }
    }),
    { numRuns: 3000 },
  );
});

test('with room everywhere no other tree costs less', () => {
  const distances = fc.array(fc.integer({ min: 1, max: 100 }), { minLength: 10, maxLength: 10 });
  fc.assert(
    fc.property(distances, (ms) => {
      const ends = [null, 'a', 'b', 'c', 'd'];
      let next = 0;
      const ways = new Map(ends.map((end) => [end, new Map<string | null, number>()]));
      for (const [at, one] of ends.entries())
        for (const other of ends.slice(at + 1)) {
          const cost = ms[next++] ?? 0;
          ways.get(one)?.set(other, cost);
          ways.get(other)?.set(one, cost);
        }
      const costOf = (parents: ReadonlyMap<string, string | null>): number =>
        [...parents].reduce((sum, [id, parent]) => sum + (ways.get(id)?.get(parent) ?? 0), 0);
      const relays = ['a', 'b', 'c', 'd'].map((id) =>
        relay(id, { parent: 'nowhere', roundTrips: ways.get(id) ?? new Map() }),
      );
      let least = Number.POSITIVE_INFINITY;
      for (let code = 0; code < 5 ** 4; code++) {
        const tree = new Map(relays.map(({ id }, at) => [id, ends[Math.floor(code / 5 ** at) % 5] ?? null]));
        try {
          for (const { id } of relays) above(id, tree);
          least = Math.min(least, costOf(tree));
        } catch {} // no tree
      }
      expect(costOf(planTree(relays))).toBe(least);
    }),
    { numRuns: 100 },
  );
});
