import { expect, test } from 'vitest';
import { ReadTurns } from '../../../src/session/reading/read-turns.ts';
import { FakeClock } from '../../support/fake-clock.ts';

/** Notes its turns. */
class Taker {
  turns = 0;
  onTurn: () => void = () => {
    this.turns++;
  };
}

test('nobody waits for longer than ten seconds, however much shared work was promised', () => {
  const clock = new FakeClock();
  const turns = new ReadTurns(clock);
  expect(turns.share(2000)).toBe(10);
  expect(turns.share(1e9)).toBe(10_000);
  clock.advance(9000);
  expect(turns.share(200)).toBe(10_001);
  clock.advance(11_000);
  expect(turns.share(200)).toBe(20_001);
});

test('all threads of a relay have their own, all connections of a thread the same', () => {
  const clock = new FakeClock();
  expect(ReadTurns.of(clock)).toBe(ReadTurns.of(clock));
  expect(ReadTurns.of(clock)).not.toBe(ReadTurns.of(new FakeClock()));
});

test('a turn is over after so much work, and the next begins', () => {
  const clock = new FakeClock();
  const turns = new ReadTurns(clock);
  turns.spend(10_000);
  expect(turns.isOver).toBe(false);
  turns.spend(10_000);
  expect(turns.isOver).toBe(true);
  clock.advance(0);
  expect(turns.isOver).toBe(false);
});

test('who does not fit into a turn is first in the next', () => {
  const clock = new FakeClock();
  const turns = new ReadTurns(clock);
  const order: string[] = [];
  for (const name of ['a', 'b', 'c']) {
    turns.queue({
      onTurn: () => {
        order.push(name);
        turns.spend(12_000);
      },
    });
  }
  const seen: string[][] = [];
  clock.soon(() => seen.push([...order]));
  clock.advance(0);
  expect(seen).toEqual([['a', 'b']]);
  expect(order).toEqual(['a', 'b', 'c']);
});

test('who neither publishes nor plays has two milliseconds of a turn, with what follows from it; all others go first', () => {
  const clock = new FakeClock();
  const turns = new ReadTurns(clock);
  const order: string[] = [];
  const queue = (name: string, isPending: boolean) =>
    turns.queue({
      isPending,
      onTurn: () => {
        order.push(name);
        clock.spend(0.5);
        clock.next(() => clock.spend(0.5));
      },
    });
  const turn = () => {
    clock.advance(0);
    clock.settle();
    return order.splice(0).join(' ');
  };
  for (const name of ['a', 'b', 'c', 'd', 'e']) queue(name, true);
  queue('publisher', false);
  expect(turn()).toBe('publisher a b');
  expect([turns.mayReadPending(), turns.isOver]).toEqual([false, false]);
  queue('publisher', false);
  expect(turn()).toBe('publisher c d');
  expect(turn()).toBe('e');
  expect([turns.mayReadPending(), turn(), clock.pending]).toEqual([true, '', 0]);
});

test('one tick serves all that wait for a time, and none runs while nobody does', () => {
  const clock = new FakeClock();
  const turns = new ReadTurns(clock);
  const takers = Array.from({ length: 100 }, () => new Taker());
  for (const [i, taker] of takers.entries()) turns.delay(taker, 10 * i);
  expect(clock.pending).toBe(1);
  clock.advance(500);
  expect(takers.filter((taker) => taker.turns === 1)).toHaveLength(52);
  clock.advance(600);
  expect(takers.every((taker) => taker.turns === 1)).toBe(true);
  expect(clock.pending).toBe(0);
});

test('who is given another time has only that one', () => {
  const clock = new FakeClock();
  const turns = new ReadTurns(clock);
  const taker = new Taker();
  turns.queue(taker);
  turns.delay(taker, 100);
  turns.delay(taker, 1000);
  clock.advance(980);
  expect(taker.turns).toBe(0);
  clock.advance(60);
  expect(taker.turns).toBe(1);
  clock.advance(5000);
  expect(taker.turns).toBe(1);
});
