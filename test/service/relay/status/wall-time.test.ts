import { expect, test } from 'vitest';
import { WallTime } from '../../../../src/service/relay/status/wall-time.ts';
import { FakeClock } from '../../../support/fake-clock.ts';

test('a moment reads the same however the two clocks drift, and anew when the time was set', () => {
  const clock = new FakeClock(5000);
  let date = Date.UTC(2026, 2, 1, 18);
  const time = new WallTime(clock, () => date);
  expect(time.read(5000)).toBe('2026-03-01T18:00:00.000Z');
  expect(time.read(3500)).toBe('2026-03-01T17:59:58.500Z');
  clock.advance(60_000);
  date += 60_400;
  expect(time.read(5000)).toBe('2026-03-01T18:00:00.000Z');
  date += 3_600_000;
  expect(time.read(5000)).toBe('2026-03-01T19:00:00.400Z');
});
