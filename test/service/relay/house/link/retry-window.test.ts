import { expect, test } from 'vitest';
import { RetryWindow } from '../../../../../src/service/relay/house/link/retry-window.ts';
import { FakeClock } from '../../../../support/fake-clock.ts';

/** When each of 1,000 relays knocks, from when all are lost at once, for as long as nobody opens. */
function knocks(forMs: number): number[] {
  const clock = new FakeClock();
  const times: number[] = [];
  const knock = (window: RetryWindow): void => {
    clock.after(window.next(), () => {
      times.push(clock.now());
      knock(window);
    });
  };
  for (let relay = 0; relay < 1000; relay++) knock(new RetryWindow());
  clock.advance(forMs);
  return times;
}

/** How many come in the fullest of such spans. */
function most(times: readonly number[], spanMs: number): number {
  const counts = Map.groupBy(times, (time) => Math.floor(time / spanMs));
  return Math.max(...[...counts.values()].map(({ length }) => length));
}

test('1,000 relays that lose their house at once come back over two seconds, and never together', () => {
  const first = knocks(2250);
  expect(first.length).toBeGreaterThanOrEqual(1000);
  expect(Math.min(...first)).toBeGreaterThanOrEqual(250);
  expect(most(first, 100)).toBeLessThan(120); // 50 by chance
});

test('the longer the house is away the fewer knock in a second', () => {
  const times = knocks(600_000);
  const late = times.filter((time) => time > 480_000);
  expect(late.length / 120).toBeLessThan(45); // 33 on the average
  expect(most(late, 1000)).toBeLessThan(90);
});

test('a link that has held begins anew', () => {
  const window = new RetryWindow(() => 1);
  const waits = Array.from({ length: 8 }, () => window.next());
  expect(waits).toEqual([2250, 4250, 8250, 16_250, 32_250, 60_250, 60_250, 60_250]);
  window.reset();
  expect(window.next()).toBe(2250);
});
