import { describe, expect, test } from 'vitest';
import { KeyframeGroup } from '../../../src/stream/cache/keyframe-group.ts';
import type { Frame } from '../../../src/stream/frame.ts';
import { frames, wordOf } from '../../support/fake-media.ts';

function setUp(limits: { maxBytes?: number; maxDurationMs?: number } = {}) {
  const cache = new KeyframeGroup({ maxBytes: 2 ** 20, maxDurationMs: 30_000, ...limits });
  const remember = (script: string) => {
    for (const frame of frames(script)) cache.take(frame, frame.role === 'coded' && frame.isKeyframe);
  };
  const words = (kept: readonly Frame[]) => kept.map(wordOf).join(' ');
  return {
    cache,
    remember,
    group: () => words(cache.frames),
    prefaces: () => words(cache.prefaces.map(({ frame }) => frame)),
    groupPrefaces: () => words(cache.startPrefaces.map(({ frame }) => frame)),
  };
}

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
  expect(cache.bytes).toBe(17 + 6);
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
    expect([group(), cache.start, cache.bytes]).toEqual(['', undefined, 9]);
    remember('P4@120 A4@120 K5@160:4000');
    expect(group()).toBe('K5@160');
  });

  test('of bytes, with many frames that have hardly any', () => {
    const { cache, remember } = setUp({ maxBytes: 100_000 });
    remember('K1@0');
    for (let i = 0; i < 1000; i++) remember('A1@0');
    expect(cache.frames).toEqual([]);
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
