import fc from 'fast-check';
import { expect, test } from 'vitest';
import { nextMoves } from '../../../../src/service/house/routes/route-step.ts';

/** Trees over the same relays: each is below one that comes earlier in an order of its own. */
const relays = Array.from({ length: 12 }, (_, at) => `r${at}`);
const tree = fc
  .tuple(
    fc.shuffledSubarray(relays, { minLength: relays.length }),
    fc.array(fc.nat(), { minLength: 12, maxLength: 12 }),
  )
  .map(
    ([order, picks]) =>
      new Map(
        order.map((id, at) => [id, [null, ...order.slice(0, at)][(picks[at] ?? 0) % (at + 1)] ?? null]),
      ),
  );

function hasCycle(parents: ReadonlyMap<string, string | null>): boolean {
  return relays.some((id) => {
    let hops = 0;
    for (let at = parents.get(id) ?? null; at !== null; at = parents.get(at) ?? null)
      if (++hops > relays.length) return true;
    return false;
  });
}

test('a stream never goes in a circle, whoever has moved already', () => {
  fc.assert(
    fc.property(tree, tree, fc.nat(2 ** 12 - 1), (from, to, moved) => {
      const partly = new Map(from);
      for (const [at, move] of nextMoves(from, to).entries())
        if (((moved >> at) & 1) === 1) partly.set(move.relay, move.to);
      expect(hasCycle(partly)).toBe(false);
    }),
    { numRuns: 3000 },
  );
});

test('step by step one tree becomes the other', () => {
  fc.assert(
    fc.property(tree, tree, (from, to) => {
      const now = new Map(from);
      for (let step = 0; step < relays.length; step++)
        for (const move of nextMoves(now, to)) now.set(move.relay, move.to);
      expect(Object.fromEntries(now)).toEqual(Object.fromEntries(to));
    }),
    { numRuns: 1000 },
  );
});

test('two that change places do it one after the other', () => {
  const from = new Map<string, string | null>([
    ['a', null],
    ['b', 'a'],
  ]);
  const to = new Map<string, string | null>([
    ['b', null],
    ['a', 'b'],
  ]);
  expect(nextMoves(from, to)).toEqual([{ relay: 'b', to: null }]);
});

test('few move at a time', () => {
  const many = Array.from({ length: 200 }, (_, at) => `r${at}`);
  const from = new Map<string, string | null>(many.map((id) => [id, null]));
  const to = new Map(many.map((id) => [id, id === 'r0' ? null : 'r0']));
  expect(nextMoves(from, to)).toHaveLength(50);
});
