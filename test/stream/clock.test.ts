import { expect, test } from 'vitest';
import { systemClock } from '../../src/stream/clock.ts';

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
