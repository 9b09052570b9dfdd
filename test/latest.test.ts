import { expect, test } from 'vitest';
import { Latest } from '../src/latest.ts';

test('the latest are kept, oldest first', () => {
  const latest = new Latest<number>(3);
  for (let one = 1; one <= 5; one++) latest.add(one);
  expect(latest.all).toEqual([3, 4, 5]);
});

test('whoever follows hears of what comes until it has left', () => {
  const latest = new Latest<number>(0);
  const heard: number[] = [];
  latest.add(1);
  const leave = latest.follow((one) => heard.push(one));
  latest.add(2);
  leave();
  latest.add(3);
  expect([heard, latest.all]).toEqual([[2], []]);
});
