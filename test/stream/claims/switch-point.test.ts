import { expect, test } from 'vitest';
import { SwitchPoint } from '../../../src/stream/claims/switch-point.ts';
import type { Frame } from '../../../src/stream/frame.ts';
import { frames, wordOf } from '../../support/fake-media.ts';
import { endlessBudget } from '../../support/fake-studio.ts';

function take(at: SwitchPoint, script: string): boolean[] {
  return frames(script).map((frame) => at.take(frame));
}

const wordsOf = (kept: Iterable<Frame>): string => [...kept].map(wordOf).join(' ');

test('keeps what a decoder needs and all since the last keyframe', () => {
  const at = new SwitchPoint(endlessBudget);
  expect(take(at, 'M1@0 VH1@0 P1@0 A1@5 K2@40 A2@50')).toEqual([false, false, false, false, true, false]);
  expect(wordsOf(at.frames())).toBe('M1@0 VH1@0 K2@40 A2@50');
  take(at, 'M2@60 VH2@60 P3@80');
  expect(wordsOf(at.frames())).toBe('M1@0 VH1@0 K2@40 A2@50 M2@60 VH2@60 P3@80');
  take(at, 'K4@120');
  expect(wordsOf(at.frames())).toBe('M2@60 VH2@60 K4@120');
});

test('without video begins at any audio', () => {
  const at = new SwitchPoint(endlessBudget);
  expect(take(at, 'AH1@0 A1@0 A2@20')).toEqual([false, true, true]);
  expect(wordsOf(at.frames())).toBe('AH1@0 A2@20');
});

test('before a keyframe has metadata and headers only', () => {
  const at = new SwitchPoint(endlessBudget);
  take(at, 'M1@0 VH1@0 P1@0');
  expect([at.hasGroup, wordsOf(at.frames())]).toEqual([false, 'M1@0 VH1@0']);
});

test('gives a group up that grows too large, until the next keyframe', () => {
  const at = new SwitchPoint(endlessBudget);
  take(at, 'VH1@0 K1@0');
  for (let i = 0; i < 20; i++) take(at, `P${i}@${i}:1000000`);
  expect(wordsOf(at.frames())).toBe('VH1@0');
  take(at, 'P21@21 K22@22');
  expect(wordsOf(at.frames())).toBe('VH1@0 K22@22');
});

test('has the frame at which it can take over and the latest since', () => {
  const at = new SwitchPoint(endlessBudget);
  take(at, 'VH1@0 P1@0');
  expect(at.ends).toBeUndefined();
  take(at, 'K2@40 A2@50 P3@80');
  expect(at.ends?.map(wordOf)).toEqual(['K2@40', 'P3@80']);
});
