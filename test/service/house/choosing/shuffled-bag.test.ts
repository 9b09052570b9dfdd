import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ShuffledBag } from '../../../../src/service/house/choosing/shuffled-bag.ts';
import { seeded } from '../../../support/fleet-scene.ts';

function turns<Item>(bag: ShuffledBag<Item>, count: number, weightOf: (item: Item) => number): Item[] {
  return Array.from({ length: count }, () => {
    const item = bag.peek(weightOf, 0);
    if (item === undefined) throw new Error('nobody has a turn');
    bag.take();
    return item;
  });
}

test('equals have one turn each in every round, in an order that differs', () => {
  const bag = new ShuffledBag(['a', 'b', 'c', 'd'], seeded(1));
  const rounds = Array.from({ length: 20 }, () => turns(bag, 4, () => 5));
  for (const round of rounds) expect(round.toSorted()).toEqual(['a', 'b', 'c', 'd']);
  expect(new Set(rounds.map((round) => round.join(''))).size).toBeGreaterThan(5);
});

test('the shares follow the weights, to a turn for each item and round', () => {
  const weights = fc.array(fc.integer({ min: 1, max: 1000 }), { minLength: 1, maxLength: 8 });
  fc.assert(
    fc.property(weights, fc.nat(), (weighed, seed) => {
      const bag = new ShuffledBag([...weighed.keys()], seeded(seed));
      const count = 4000;
      const drawn = turns(bag, count, (at) => weighed[at] ?? 0);
      const total = weighed.reduce((sum, weight) => sum + weight, 0);
      for (const [at, weight] of weighed.entries()) {
        const share = drawn.filter((one) => one === at).length / count;
        expect(Math.abs(share - weight / total)).toBeLessThanOrEqual((weighed.length + 1) / count);
      }
    }),
    { numRuns: 30 },
  );
});

test('without a limit is as much as the most of those that have one', () => {
  const weights: Readonly<Record<string, number>> = { free: Number.POSITIVE_INFINITY, big: 30, small: 10 };
  const bag = new ShuffledBag(Object.keys(weights), seeded(3));
  const drawn = turns(bag, 700, (item) => weights[item] ?? 0);
  const countOf = (name: string): number => drawn.filter((one) => one === name).length;
  expect([countOf('free'), countOf('big'), countOf('small')].map((n) => Math.round(n / 100))).toEqual([
    3, 3, 1,
  ]);
});

test('who weighs nothing has no turn, also one that it had been given', () => {
  const bag = new ShuffledBag(['a', 'b'], seeded(4));
  bag.peek(() => 1, 0);
  expect(turns(bag, 10, (item) => (item === 'a' ? 0 : 1))).toEqual(new Array(10).fill('b'));
  expect(bag.peek(() => 0, 1)).toBeUndefined();
});

test('an empty bag is looked into again when anything may have changed, and not before', () => {
  const bag = new ShuffledBag(['a'], seeded(5));
  let looks = 0;
  const weightOf = (weight: number) => () => {
    looks++;
    return weight;
  };
  expect(bag.peek(weightOf(0), 7)).toBeUndefined();
  expect(bag.peek(weightOf(1), 7)).toBeUndefined();
  expect(looks).toBe(1);
  expect(bag.peek(weightOf(1), 8)).toBe('a');
});

test('what is looked at stays until it is taken', () => {
  const bag = new ShuffledBag(['a', 'b', 'c'], seeded(6));
  const first = bag.peek(() => 1, 0);
  expect(bag.peek(() => 1, 0)).toBe(first);
});
