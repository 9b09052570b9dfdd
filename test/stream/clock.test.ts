import { expect, test } from 'vitest';
import { every, systemClock } from '../../src/stream/clock.ts';
import { FakeClock } from '../support/fake-clock.ts';

test('tells time that does not go back', () => {
  const before = systemClock.now();
  expect(systemClock.now()).toBeGreaterThanOrEqual(before);
});

test('calls back once the time has passed', async () => {
  const startedAt = systemClock.now();
  const keepAlive = setInterval(() => {}, 1000);
  await new Promise<void>((resolve) => systemClock.after(20, resolve));
  clearInterval(keepAlive);
  expect(systemClock.now() - startedAt).toBeGreaterThan(15);
});

test('does not call back after a cancel, which may come twice', async () => {
  const calls: string[] = [];
  const cancel = systemClock.after(1, () => calls.push('cancelled'));
  cancel();
  cancel();
  await new Promise<void>((resolve) => setTimeout(resolve, 20));
  expect(calls).toEqual([]);
});

test('calls back again and again, tells how late it is, and stops from within', () => {
  const clock = new FakeClock();
  const calls: string[] = [];
  const stop = every(clock, 100, (latenessMs) => {
    calls.push(`${clock.now()}: ${latenessMs}`);
    if (calls.length === 1) clock.spend(250);
    if (calls.length === 3) stop();
  });
  clock.advance(1000);
  expect(calls).toEqual(['100: 0', '350: 150', '450: 0']);
  expect(clock.pending).toBe(0);
});
