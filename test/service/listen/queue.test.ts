import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Queue, type Queued } from '../../../src/service/listen/queue.ts';

interface Item extends Queued<Item> {
  readonly number: number;
}

/** All that stand in it, in order; empties it. */
function drain(queue: Queue<Item>): number[] {
  const numbers: number[] = [];
  for (let item = queue.first; item !== undefined; item = queue.first) {
    numbers.push(item.number);
    queue.remove(item);
  }
  return numbers;
}

test('keeps its order, whoever joins at which end and whoever leaves', () => {
  const step = fc.oneof(
    fc.constantFrom('append' as const, 'prepend' as const),
    fc.nat({ max: 20 }), // who leaves
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const queue = new Queue<Item>();
      const expected: Item[] = [];
      for (const [number, taken] of steps.entries()) {
        if (typeof taken === 'number') {
          const [item] = expected.splice(taken % Math.max(1, expected.length), 1);
          if (item !== undefined) queue.remove(item);
          continue;
        }
        const item: Item = { number, ahead: undefined, behind: undefined };
        queue[taken](item);
        if (taken === 'append') expected.push(item);
        else expected.unshift(item);
      }
      expect([queue.size, queue.first]).toEqual([expected.length, expected[0]]);
      expect(drain(queue)).toEqual(expected.map(({ number }) => number));
      expect(queue.size).toBe(0);
    }),
  );
});

test('who has left can come back', () => {
  const [one, two]: Item[] = [1, 2].map((number) => ({ number, ahead: undefined, behind: undefined }));
  if (one === undefined || two === undefined) throw new Error('nobody is there');
  const queue = new Queue<Item>();
  queue.append(one);
  queue.append(two);
  queue.remove(one);
  queue.append(one);
  expect(drain(queue)).toEqual([2, 1]);
});
