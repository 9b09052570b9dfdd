import { expect, test } from 'vitest';
import { Lateness } from '../../../../src/service/relay/pulling/lateness.ts';
import { FakeClock } from '../../../support/fake-clock.ts';

/** How late the last of some frames is, each with the time that passes before it and its timestamp, milliseconds. */
function latenessAfter(frames: readonly (readonly [number, number])[]): number {
  const clock = new FakeClock(1000);
  const lateness = new Lateness();
  for (const [ms, timestamp] of frames) {
    clock.advance(ms);
    lateness.take(timestamp, clock.now());
  }
  return lateness.ms;
}

test.each([
  { it: 'the first', frames: [[0, 5000]], ms: 0 },
  {
    it: 'one in time',
    frames: [
      [0, 5000],
      [40, 5040],
    ],
    ms: 0,
  },
  {
    it: 'a late one',
    frames: [
      [0, 5000],
      [540, 5040],
    ],
    ms: 500,
  },
  {
    it: 'one that has caught up',
    frames: [
      [0, 5000],
      [540, 5040],
      [0, 5540],
    ],
    ms: 0,
  },
  {
    it: 'one after a quicker one',
    frames: [
      [0, 5000],
      [0, 5300],
      [40, 5040],
    ],
    ms: 300,
  },
  {
    it: 'one that begins anew',
    frames: [
      [0, 5000],
      [40, 100],
    ],
    ms: 0,
  },
  {
    it: 'one a little out of order',
    frames: [
      [0, 5000],
      [0, 4500],
    ],
    ms: 500,
  },
  {
    it: 'a header',
    frames: [
      [0, 5000],
      [540, 5040],
      [100, 0],
    ],
    ms: 500,
  },
] as const)('$it is $ms ms late', ({ frames, ms }) => {
  expect(latenessAfter(frames)).toBe(ms);
});
