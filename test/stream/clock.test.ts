import { expect, test, vi } from 'vitest';
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

test('a time that no timer of the machine can wait is waited for all the same', () => {
  vi.useFakeTimers();
  try {
    const calls: string[] = [];
    const month = 30 * 24 * 3_600_000;
    systemClock.after(2 * month, () => calls.push('two months'));
    const cancel = systemClock.after(month, () => calls.push('cancelled'));
    vi.advanceTimersByTime(month - 1);
    cancel();
    vi.advanceTimersByTime(month);
    expect(calls).toEqual([]);
    vi.advanceTimersByTime(1);
    expect([calls, vi.getTimerCount()]).toEqual([['two months'], 0]);
  } finally {
    vi.useRealTimers();
  }
});
