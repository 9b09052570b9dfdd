import { expect, test } from 'vitest';
import { Allowance } from '../../src/session/allowance.ts';
import { FakeClock } from '../support/fake-clock.ts';

test('gives so many at once, then so many a second, and never saves up more', () => {
  const clock = new FakeClock();
  const allowance = new Allowance(clock, 3, 2);
  const taken = (): number => {
    let count = 0;
    while (allowance.take()) count++;
    return count;
  };
  expect(taken()).toBe(3);
  expect(taken()).toBe(0);
  clock.advance(500);
  expect(taken()).toBe(1);
  clock.advance(250);
  expect(taken()).toBe(0);
  clock.advance(250);
  expect(taken()).toBe(1);
  clock.advance(60_000);
  expect(taken()).toBe(3);
});
