import { describe, expect, test } from 'vitest';
import { CacheBudget } from '../../../src/stream/cache/cache-budget.ts';
import { frameCost } from '../../../src/stream/cache/frame-cost.ts';
import { KeyframeGroup } from '../../../src/stream/cache/keyframe-group.ts';
import type { Frame } from '../../../src/stream/frame.ts';
import { frames, wordOf } from '../../support/fake-media.ts';

function setUp(limits: { maxBytes?: number; maxDurationMs?: number; budget?: CacheBudget } = {}) {
  const budget = new CacheBudget(2 ** 20);
  const cache = new KeyframeGroup({
    maxBytes: 2 ** 20,
    maxDurationMs: 30_000,
    resumeMs: 0,
    budget,
    ...limits,
  });
  const remember = (script: string) => {
    for (const frame of frames(script)) cache.take(frame, frame.role === 'coded' && frame.isKeyframe);
  };
  const words = (kept: Iterable<Frame>) => [...kept].map(wordOf).join(' ');
  return {
    cache,
    remember,
    group: () => words(cache.frames),
    prefaces: () => words(cache.prefaces.map(({ frame }) => frame)),
    groupPrefaces: () => words(cache.startPrefaces.map(({ frame }) => frame)),
  };
}

const costOf = (script: string): number => frames(script).reduce((sum, frame) => sum + frameCost(frame), 0);

test('holds the keyframe and all that came since, and begins anew with the next', () => {
  const { remember, group } = setUp();
  remember('A1@0 K1@10 P2@50 A2@40 T1@60');
  expect(group()).toBe('K1@10 P2@50 A2@40 T1@60');
  remember('M1@90 K3@90 A3@100');
  expect(group()).toBe('K3@90 A3@100');
});

test('without video nothing accumulates', () => {
  const { cache, remember, group } = setUp();
  remember('M1@0 AH1@0 A1@0 A2@20 A3@40 T1@50');
  expect(group()).toBe('');
  expect(cache.bytes).toBe(costOf('M1@0 AH1@0'));
});

test('tells the prefaces of now from those that held at the keyframe', () => {
  const { remember, prefaces, groupPrefaces } = setUp();
  remember('VH1@0 M1@0 K1@0 AH1@5 A1@5 M2@40 VH2@40 A2@40');
  expect(prefaces()).toBe('M2@40 AH1@5 VH2@40');
  expect(groupPrefaces()).toBe('M1@0 VH1@0');
  remember('K2@50');
  expect(groupPrefaces()).toBe('M2@40 AH1@5 VH2@40');
});

describe('over a bound the group goes, and the next keyframe begins another', () => {
  test('of bytes', () => {
    const { cache, remember, group } = setUp({ maxBytes: 10_000 });
    remember('VH1@0 K1@0:4000 P2@40:4000');
    expect(group()).toBe('K1@0 P2@40');
    remember('P3@80:4000');
    expect([group(), cache.hasGroup, cache.bytes]).toEqual(['', false, costOf('VH1@0')]);
    remember('P4@120 A4@120 K5@160:4000');
    expect(group()).toBe('K5@160');
  });

  test('of bytes, with many frames that have hardly any', () => {
    const { cache, remember } = setUp({ maxBytes: 100_000 });
    remember('K1@0');
    let most = 0;
    for (let i = 0; i < 400; i++) {
      remember('A1@0');
      most = Math.max(most, cache.frames.length);
    }
    expect(most).toBeGreaterThan(150);
    expect(most).toBeLessThan(300); // each is an object and a view of its payload
    expect(cache.frames).toHaveLength(0);
  });

  test('of bytes, with frames of which a player may be sent more than they have', () => {
    const { cache } = setUp({ maxBytes: 10_000 });
    const family = { name: 'padded', writtenBytesOf: () => 3000 };
    for (const frame of frames('K1@0 P2@40 A3@50'))
      cache.take({ ...frame, family }, frame.role === 'coded' && frame.isKeyframe);
    expect(cache.frames).toHaveLength(3);
    for (const frame of frames('P4@80')) cache.take({ ...frame, family }, false);
    expect([cache.frames.length, cache.bytes]).toEqual([0, 0]);
  });

  test('of bytes, with headers that others have replaced since the keyframe', () => {
    const { cache, remember } = setUp();
    remember('VH1@0:3000 K1@0');
    expect(cache.bytes).toBe(2 * costOf('VH1@0:3000') + cache.frames.bytes);
    remember('VH2@10');
    expect(cache.bytes).toBe(costOf('VH1@0:3000') + costOf('VH2@10') + cache.frames.bytes);
  });

  test('of duration, across the wrap', () => {
    const { remember, group } = setUp({ maxDurationMs: 1000 });
    remember(`K1@${2 ** 32 - 500} A1@${2 ** 32 - 520} P2@500`);
    expect(group()).toBe(`K1@${2 ** 32 - 500} A1@${2 ** 32 - 520} P2@500`);
    remember('P3@501');
    expect(group()).toBe('');
  });

  test('of duration, as coded frames tell it', () => {
    const { remember, group } = setUp({ maxDurationMs: 1000 });
    remember('K1@0 T1@5000 P2@40');
    expect(group()).toBe('K1@0 T1@5000 P2@40');
  });
});

test('clear forgets everything but the version', () => {
  const { cache, remember, prefaces, group } = setUp();
  remember('M1@0 VH1@0 K1@0');
  cache.clear();
  expect([prefaces(), group(), cache.bytes, cache.version]).toEqual(['', '', 0, 2]);
  remember('M2@0');
  expect(cache.version).toBe(3);
});

describe('a budget that all groups share', () => {
  test('counts what each of them holds, and what they let go of', () => {
    const budget = new CacheBudget(2 ** 20);
    const [a, b] = [setUp({ budget }), setUp({ budget })];
    a.remember('M1@0 VH1@0 K1@0:2000 P2@40:500 VH2@50');
    b.remember('K1@0:700 A2@10 K3@40:800 P4@80');
    expect(budget.bytes).toBe(a.cache.bytes + b.cache.bytes);
    b.cache.clear();
    expect(budget.bytes).toBe(a.cache.bytes);
    a.cache.clear();
    expect([budget.bytes, budget.evictions]).toEqual([0, 0]);
  });

  test('has the largest give way when it is used up, and those that are smaller stay', () => {
    const budget = new CacheBudget(55_000);
    const [small, large, next] = [setUp({ budget }), setUp({ budget }), setUp({ budget })];
    small.remember('VH1@0 K1@0:5000');
    large.remember('VH1@0 K1@0:30000');
    next.remember('K1@0:10000 P2@40:10000');
    expect([small.group(), large.group(), next.group()]).toEqual(['K1@0', '', 'K1@0 P2@40']);
    expect([budget.evictions, large.prefaces()]).toEqual([1, 'VH1@0']);
    large.remember('P2@40 K3@80:20000');
    expect(large.group()).toBe('K3@80');
    large.remember('P4@120:20000');
    expect([small.group(), large.group(), next.group()]).toEqual(['K1@0', '', 'K1@0 P2@40']);
  });

  test('counts what is packed of a group as long as there is that group, and as nothing of what one stream may keep', () => {
    const budget = new CacheBudget(100_000);
    const { cache, remember, group } = setUp({ budget, maxBytes: 10_000 });
    cache.addPacked(5000);
    expect(budget.bytes).toBe(0);
    remember('K1@0:1000');
    const before = cache.bytes;
    cache.addPacked(50_000);
    expect([cache.bytes, budget.bytes, group()]).toEqual([before + 50_000, before + 50_000, 'K1@0']);
    remember('K2@40:1000');
    expect([cache.bytes, budget.bytes]).toEqual([before, before]);
    cache.addPacked(100_000);
    expect([group(), cache.bytes, budget.bytes, budget.evictions]).toEqual(['', 0, 0, 1]);
  });

  test('of nothing leaves no group, but metadata and headers', () => {
    const { remember, group, prefaces } = setUp({ budget: new CacheBudget(0) });
    remember('M1@0 VH1@0 K1@0 P2@40 K3@80');
    expect([group(), prefaces()]).toEqual(['', 'M1@0 VH1@0']);
  });
});
