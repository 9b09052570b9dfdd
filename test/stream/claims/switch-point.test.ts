import { expect, test, vi } from 'vitest';
import { Position, SwitchPoint } from '../../../src/stream/claims/switch-point.ts';
import type { CodedFrame, Frame } from '../../../src/stream/frame.ts';
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

test('stands beside another when both began at the same frame at the same time', () => {
  const [a, b] = [new SwitchPoint(endlessBudget), new SwitchPoint(endlessBudget)];
  expect(a.position.isBeside(b.position)).toBe(false);
  take(a, 'VH1@0 K1@1000 P2@1040');
  take(b, 'VH1@0 K1@1000');
  expect(a.position.isBeside(b.position)).toBe(true);
  const [late] = frames('P2@1040');
  take(b, 'K3@1080');
  expect(a.position.isBeside(b.position)).toBe(false);
  take(a, 'K4@1080');
  expect([late?.timestamp, a.position.isBeside(b.position)]).toEqual([1040, false]);
});

test('stands beside by the time at which frames came, whatever time they go out with', () => {
  const [a, b] = [new SwitchPoint(endlessBudget), new SwitchPoint(endlessBudget)];
  take(a, 'VH1@0 K1@1000');
  take(b, 'VH1@0 K1@1000');
  for (const frame of a.group) frame.timestamp += 500;
  expect(a.position.isBeside(b.position)).toBe(true);
});

/** A frame of several tracks, as a peer may name them. */
function multitrack(timestamp: number, ...tracks: number[]): CodedFrame {
  const [frame] = frames(`P1@${timestamp}`);
  if (frame?.role !== 'coded') throw new Error('not coded');
  return { ...frame, tracks };
}

test('a frame has passed when each of its tracks has', () => {
  const position = new Position();
  position.take(multitrack(100, 1, 2));
  expect(position.hasPassed(multitrack(100, 2))).toBe(true);
  expect(position.hasPassed(multitrack(100, 1, 3))).toBe(false);
  position.take(multitrack(140, 1));
  expect(position.hasPassed(multitrack(140, 1))).toBe(true);
  expect(position.hasPassed(multitrack(140, 1, 2))).toBe(false);
  expect(position.hasPassed(multitrack(140))).toBe(false);
});

test('a position keeps one entry for each track, in however many lists a peer names them', () => {
  const set = vi.spyOn(Map.prototype, 'set');
  const position = new Position();
  const claimed = new SwitchPoint(endlessBudget);
  for (let i = 0; i < 100_000; i++) {
    const frame = multitrack(i, i & 255, (i >> 8) & 255, (i >> 16) & 255);
    position.take(frame);
    claimed.take(frame, false);
  }
  const keys = new Set(set.mock.calls.map(([key]) => key));
  set.mockRestore();
  expect(keys.size).toBe(256);
});

test('whoever knows where the stream changes hands has no position', () => {
  const [claimed, other] = [new SwitchPoint(endlessBudget), new SwitchPoint(endlessBudget)];
  for (const frame of frames('VH1@0 K1@1000')) claimed.take(frame, frame.role === 'coded');
  take(other, 'VH1@0 K1@1000');
  expect([claimed.hasGroup, claimed.position.isBeside(other.position)]).toEqual([true, false]);
});
