import fc from 'fast-check';
import { expect, test } from 'vitest';
import { EventQueue } from '../../../../src/service/hooks/telling/event-queue.ts';

function queueOf(
  events: number,
  bytes = 1000,
): { readonly queue: EventQueue<string>; readonly lost: string[] } {
  const lost: string[] = [];
  return { queue: new EventQueue({ events, bytes }, (item) => lost.push(item)), lost };
}

test('one lane waits for its own event and for no other', () => {
  const { queue } = queueOf(10);
  queue.push('a1', 'a', 1);
  queue.push('a2', 'a', 1);
  queue.push('b1', 'b', 1);
  const first = queue.take();
  expect(first?.item).toBe('a1');
  expect(queue.take()?.item).toBe('b1');
  expect(queue.take()).toBeUndefined();
  if (first !== undefined) queue.done(first);
  expect(queue.take()?.item).toBe('a2');
});

test('the oldest that is not being told makes room', () => {
  const { queue, lost } = queueOf(3);
  for (const item of ['a1', 'b1', 'a2']) queue.push(item, item.charAt(0), 1);
  queue.take(); // a1
  queue.push('c1', 'c', 1);
  queue.push('c2', 'c', 1);
  expect(lost).toEqual(['b1', 'a2']);
  expect(queue.take()?.item).toBe('c1');
});

test('bytes are a limit of their own, and an event beyond it is lost alone', () => {
  const { queue, lost } = queueOf(100, 10);
  queue.push('a1', 'a', 6);
  queue.push('a2', 'a', 6);
  expect(lost).toEqual(['a1']);
  const taken = queue.take();
  queue.push('huge', 'b', 11);
  expect(lost).toEqual(['a1', 'huge']);
  expect(queue.bytes).toBe(6);
  if (taken !== undefined) queue.done(taken);
  expect([queue.bytes, queue.size]).toEqual([0, 0]);
});

test('whatever comes and goes, limits hold, lanes keep their order, and every event is told or lost', () => {
  const step = fc.oneof(
    fc.record({ lane: fc.constantFrom('a', 'b', 'c'), bytes: fc.integer({ min: 1, max: 40 }) }),
    fc.constant('take' as const),
    fc.nat(3),
  );
  const run = fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
    const lost: string[] = [];
    const queue = new EventQueue<string>({ events: 5, bytes: 100 }, (item) => lost.push(item));
    const underWay: NonNullable<ReturnType<typeof queue.take>>[] = [];
    const told: string[] = [];
    let pushed = 0;
    for (const each of steps) {
      if (typeof each === 'object') queue.push(`${each.lane}${pushed++}`, each.lane, each.bytes);
      else if (each === 'take') {
        const taken = queue.take();
        if (taken !== undefined) underWay.push(taken);
      } else {
        const [done] = underWay.splice(each, 1);
        if (done !== undefined) {
          told.push(done.item);
          queue.done(done);
        }
      }
      expect(queue.size).toBeLessThanOrEqual(5);
      expect(queue.bytes).toBeLessThanOrEqual(100);
      const lanes = underWay.map(({ item }) => item.charAt(0));
      expect(new Set(lanes).size).toBe(lanes.length);
    }
    for (const taken of underWay) {
      told.push(taken.item);
      queue.done(taken);
    }
    for (let taken = queue.take(); taken !== undefined; taken = queue.take()) {
      told.push(taken.item);
      queue.done(taken);
    }
    expect(queue.size + queue.bytes).toBe(0);
    expect(told.length + lost.length).toBe(pushed);
    for (const lane of ['a', 'b', 'c']) {
      const numbers = told.filter((item) => item.startsWith(lane)).map((item) => Number(item.slice(1)));
      expect(numbers).toEqual(numbers.toSorted((one, other) => one - other));
    }
  });
  fc.assert(run);
});
