import { expect, test } from 'vitest';
import { FakeClock } from './fake-clock.ts';

test('stands still until it is advanced', () => {
  const clock = new FakeClock(1000);
  expect(clock.now()).toBe(1000);
  clock.advance(250);
  expect(clock.now()).toBe(1250);
});

test('calls back at its time, in order of time and then of asking', () => {
  const clock = new FakeClock();
  const calls: string[] = [];
  const note = (name: string) => () => calls.push(`${name} at ${clock.now()}`);
  clock.after(20, note('late'));
  clock.after(10, note('first'));
  clock.after(10, note('second'));
  clock.after(31, note('too late'));
  clock.advance(9);
  expect(calls).toEqual([]);
  clock.advance(21);
  expect(calls).toEqual(['first at 10', 'second at 10', 'late at 20']);
  expect(clock.pending).toBe(1);
});

test('calls back what a callback asks for within the same advance', () => {
  const clock = new FakeClock();
  const ticks: number[] = [];
  const tick = () => {
    ticks.push(clock.now());
    clock.after(10, tick);
  };
  clock.after(10, tick);
  clock.advance(35);
  expect(ticks).toEqual([10, 20, 30]);
  expect(clock.now()).toBe(35);
});

test('a cancelled timer stays silent, even if cancelled by one due at the same time', () => {
  const clock = new FakeClock();
  const calls: string[] = [];
  clock.after(10, () => {
    calls.push('first');
    cancelSecond();
  });
  const cancelSecond = clock.after(10, () => calls.push('second'));
  clock.advance(10);
  cancelSecond();
  expect(calls).toEqual(['first']);
  expect(clock.pending).toBe(0);
});

test('a timer of 0 ms waits for an advance, not for a callback stack', () => {
  const clock = new FakeClock();
  const calls: string[] = [];
  clock.after(0, () => calls.push('due'));
  expect(calls).toEqual([]);
  clock.advance(0);
  expect(calls).toEqual(['due']);
});

test('time spent within a callback makes the next ones late', () => {
  const clock = new FakeClock();
  const calls: string[] = [];
  clock.after(10, () => {
    clock.spend(25);
    clock.after(5, () => calls.push(`asked for at ${clock.now()}`));
  });
  clock.after(20, () => calls.push(`late at ${clock.now()}`));
  clock.advance(30);
  expect(calls).toEqual(['late at 35']);
  clock.advance(5);
  expect(calls).toEqual(['late at 35', 'asked for at 40']);
});
