import { expect, test } from 'vitest';
import type { Seeking } from '../../../../src/service/house/choosing/choice.ts';
import { Stickiness, whoSeeks } from '../../../../src/service/house/choosing/stickiness.ts';

test('remembers until its time is over', () => {
  const stickiness = new Stickiness({ stickyMs: 100 });
  stickiness.keep('a', { relay: 'north', until: 100 }, 0);
  expect(stickiness.of('a', 99)?.relay).toBe('north');
  expect(stickiness.of('a', 100)).toBeUndefined();
});

test('has a bound: the older half is forgotten, and the younger one never', () => {
  const stickiness = new Stickiness({ stickyMs: 100 }, 10);
  for (let at = 0; at < 1000; at++) {
    stickiness.keep(`${at}`, { relay: `${at}`, until: 100 }, 0);
    expect(stickiness.size).toBeLessThanOrEqual(10);
    for (let last = Math.max(0, at - 4); last <= at; last++)
      expect(stickiness.of(`${last}`, 1)?.relay).toBe(`${last}`);
  }
});

test('who is sent elsewhere stays there', () => {
  const stickiness = new Stickiness({ stickyMs: 100 });
  for (const [at, relay] of ['north', 'south', 'east'].entries())
    stickiness.keep('a', { relay, until: at * 60 + 100 }, at * 60);
  expect(stickiness.of('a', 121)?.relay).toBe('east');
});

test('what is over makes room by itself', () => {
  const stickiness = new Stickiness({ stickyMs: 100 });
  for (let at = 0; at < 10; at++) stickiness.keep(`${at}`, { relay: 'north', until: 100 }, 0);
  for (const now of [200, 300]) stickiness.keep('late', { relay: 'north', until: now + 100 }, now);
  expect(stickiness.size).toBeLessThanOrEqual(2);
});

test('a client is known by address, stream and verb, not by its way, and by few characters', () => {
  const seeking: Seeking = { verb: 'play', stream: 'live/a', address: '192.0.2.1', way: 'rtmp' };
  const who = whoSeeks(seeking);
  expect(whoSeeks({ ...seeking, way: 'ws-flv' })).toBe(who);
  const others: Partial<Seeking>[] = [{ verb: 'publish' }, { stream: 'live/b' }, { address: '192.0.2.2' }];
  for (const other of others) expect(whoSeeks({ ...seeking, ...other })).not.toBe(who);
  expect(whoSeeks({ ...seeking, stream: 'x'.repeat(1024) })).toHaveLength(who.length);
  expect(who).not.toContain('192.0.2.1');
});
