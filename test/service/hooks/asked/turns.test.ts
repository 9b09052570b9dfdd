import { expect, test } from 'vitest';
import { Turns } from '../../../../src/service/hooks/asked/turns.ts';

const { signal } = new AbortController();

test('gives turns in the order in which they were asked for, and no more than there are', async () => {
  const turns = new Turns(2, 2);
  const order: string[] = [];
  const take = (name: string) =>
    turns.take(signal)?.then((giveBack) => {
      order.push(name);
      return giveBack;
    });
  const first = take('a');
  const taken = [first, take('b'), take('c'), take('d')];
  expect(take('e')).toBeUndefined();
  await Promise.all([first, taken[1]]);
  expect([order, turns.waiting]).toEqual([['a', 'b'], 2]);
  (await taken[1])?.();
  (await taken[2])?.();
  await taken[3];
  expect([order, turns.waiting]).toEqual([['a', 'b', 'c', 'd'], 0]);
});

test('whoever leaves gives its place up', async () => {
  const turns = new Turns(1, 1);
  const giveBack = await turns.take(signal);
  const leaving = new AbortController();
  const left = turns.take(leaving.signal);
  leaving.abort(new Error('left'));
  await expect(left).rejects.toThrow('left');
  const next = turns.take(signal);
  giveBack?.();
  (await next)?.();
  expect(await turns.take(signal)).toBeInstanceOf(Function);
});
