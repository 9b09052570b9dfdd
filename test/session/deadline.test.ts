import { expect, test } from 'vitest';
import { Deadline } from '../../src/session/deadline.ts';
import type { Clock } from '../../src/stream/clock.ts';
import { FakeClock } from '../support/fake-clock.ts';

function start(): { clock: FakeClock; deadline: Deadline; missed: string[] } {
  const clock = new FakeClock();
  const missed: string[] = [];
  const deadline = new Deadline(clock, (what) => missed.push(`${what} at ${clock.now()}`));
  return { clock, deadline, missed };
}

test('is missed once, at its time', () => {
  const { clock, deadline, missed } = start();
  deadline.expect('handshake', 1000);
  clock.advance(999);
  expect(missed).toEqual([]);
  clock.advance(10_000);
  expect(missed).toEqual(['handshake at 1000']);
  expect(clock.pending).toBe(0);
});

test('moves later without another timer, and earlier with one', () => {
  const { clock, deadline, missed } = start();
  deadline.expect('media', 1000);
  for (let i = 0; i < 100; i++) {
    clock.advance(500);
    deadline.expect('media', 1000);
    expect(clock.pending).toBe(1);
  }
  deadline.expect('close', 10);
  clock.advance(10);
  expect(missed).toEqual(['close at 50010']);
});

test('leaves no timer behind when it is cleared', () => {
  const { clock, deadline, missed } = start();
  deadline.expect('media', 1000);
  deadline.clear();
  expect(clock.pending).toBe(0);
  clock.advance(5000);
  expect(missed).toEqual([]);
});

test('a stopped process reads first: what was in time keeps the peer', () => {
  const { clock, deadline, missed } = start();
  deadline.expect('media', 15_000);
  clock.spend(60_000); // as by SIGSTOP
  clock.advance(0);
  expect(missed).toEqual([]);
  clock.advance(999);
  deadline.expect('media', 15_000); // it was there all the time
  clock.advance(14_999);
  expect(missed).toEqual([]);
  clock.advance(1);
  expect(missed).toEqual(['media at 75999']);
});

test('a stopped process reads first: what was missed is missed a second later', () => {
  const { clock, deadline, missed } = start();
  deadline.expect('media', 15_000);
  clock.spend(60_000);
  clock.advance(1000);
  expect(missed).toEqual(['media at 61000']);
});

test('a starved process does not put it off for ever', () => {
  const { clock, deadline, missed } = start();
  deadline.expect('media', 1000);
  for (let i = 0; i < 3; i++) {
    clock.spend(5000);
    clock.advance(0);
  }
  expect(missed).toEqual(['media at 10000']);
});

test('half a second late counts as in time', () => {
  const { clock, deadline, missed } = start();
  deadline.expect('media', 1000);
  clock.spend(1500);
  clock.advance(0);
  expect(missed).toEqual(['media at 1500']);
});

test('a timer that comes a moment early is set again for a moment that is to come, though time passes while it looks', () => {
  const waits: number[] = [];
  let now = 0;
  let fire: () => void = () => {};
  const clock: Pick<Clock, 'now' | 'after'> = {
    now: () => (now += 0.25),
    after(ms, callback) {
      waits.push(ms);
      fire = callback;
      return () => {};
    },
  };
  const deadline = new Deadline({ ...new FakeClock(), ...clock } as Clock, () => {});
  deadline.expect('media', 1000);
  now = 999.9;
  fire();
  expect(waits).toHaveLength(2);
  expect(Math.min(...waits)).toBeGreaterThan(0);
});
