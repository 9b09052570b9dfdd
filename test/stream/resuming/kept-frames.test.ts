import { describe, expect, test } from 'vitest';
import { CacheBudget } from '../../../src/stream/cache/cache-budget.ts';
import { KeyframeGroup } from '../../../src/stream/cache/keyframe-group.ts';
import type { Frame } from '../../../src/stream/frame.ts';
import { KeptFrames } from '../../../src/stream/resuming/kept-frames.ts';
import { frames, wordOf } from '../../support/fake-media.ts';
import { pointAt } from '../../support/resume-marks.ts';

/** What is kept of these frames. */
function keep(some: Iterable<Frame>): KeptFrames {
  const budget = new CacheBudget(2 ** 30);
  const cache = new KeyframeGroup({ maxBytes: 2 ** 24, maxDurationMs: 30_000, resumeMs: 10_000, budget });
  cache.wantPast();
  for (const frame of some) cache.take(frame, frame.role === 'coded' && frame.isKeyframe);
  return new KeptFrames(cache.sections);
}

const one = (word: string): Frame => frames(word)[0] as Frame;

describe('how far a stream has come', () => {
  const pointOf = (script: string) => keep(frames(script)).point((place) => place);

  test.each([
    ['the last frame of each track, in order', 'VH1@0 K1@0 A1@5 P2@40 A2@20 T3@50', 'P2@40 A2@20'],
    ['whichever section has it', 'A1@0 K2@40 K3@80', 'A1@0 K3@80'],
    ['what is no more than five seconds behind', 'A1@0 A2@10 K3@5000 P4@5010', 'A2@10 P4@5010'],
    ['not a track of which nothing has come for longer', 'A1@0 A2@10 K3@5000 P4@5011', 'P4@5011'],
    ['across the wrap', `K1@${2 ** 32 - 40} A2@${2 ** 32 - 10} P3@0`, `A2@${2 ** 32 - 10} P3@0`],
  ])('is %s', (_, script, last) => {
    expect(pointOf(script)).toEqual(pointAt(last));
  });

  test('is not known without a frame to be decoded', () => {
    expect(pointOf('VH1@0 AH1@0 M1@0')).toBeUndefined();
  });

  test('is told in the times of the source', () => {
    const point = keep(frames('K1@500')).point((place) => (place - 600) >>> 0);
    expect(point?.marks.map(({ timestamp }) => timestamp)).toEqual([2 ** 32 - 100]);
  });

  test('is, of many tracks, the latest eight', () => {
    const tracks = Array.from({ length: 20 }, (_, id) => ({ ...one(`A${id}@${id}`), tracks: [id] }) as Frame);
    const point = keep(tracks).point((place) => place);
    expect(point?.marks.map(({ timestamp }) => timestamp)).toEqual([12, 13, 14, 15, 16, 17, 18, 19]);
  });

  test('counts a frame of several tracks once', () => {
    const frame = { ...one('A1@7'), tracks: [1, 2, 3] } as Frame;
    expect(keep([frame]).point((place) => place)?.marks).toHaveLength(1);
  });
});

describe('a frame is found', () => {
  const kept = keep(frames('VH1@0 A1@0 K2@40 P3@80 P3@80 A4@80 K5@120:100'));

  test.each([
    ['in the past', 'A1@0', 0],
    ['as the first of several that are alike', 'P3@80', 2],
    ['as the one of several at its time that it is', 'A4@80', 4],
  ])('%s', (_, word, number) => {
    expect(kept.find(one(word), one(word).timestamp)).toBe(number);
  });

  test('in a range, where it may be the one', () => {
    expect(kept.find(one('P3@80'), 80, { isFree: (number) => number !== 2 })).toBe(3);
    expect(kept.find(one('P3@80'), 80, { from: 3 })).toBe(3);
    expect(kept.find(one('P3@80'), 80, { to: 2 })).toBeUndefined();
  });

  test('not at another time, and not where it is another kind of frame', () => {
    expect(kept.find(one('P3@80'), 81)).toBeUndefined();
    expect(kept.find({ ...one('P3@80'), tag: 1 }, 80)).toBeUndefined();
    expect(kept.find({ ...one('P3@80'), family: { name: 'another' } }, 80)).toBeUndefined();
  });

  test('whenever it was sent, if it is not to be mistaken and was sent once', () => {
    expect(kept.timestampOf(one('K5@0:100'))).toBe(120);
    expect(kept.timestampOf(one('A4@0'))).toBeUndefined();
    const twice = keep(frames('K5@120:100 P6@160 K5@200:100'));
    expect(twice.timestampOf(one('K5@0:100'))).toBeUndefined();
  });
});

test('from a place on there is what holds there, then the frames', () => {
  const kept = keep(frames('VH1@0 K1@0 AH1@5 A1@5 P2@40 VH2@80 K3@80'));
  const place = kept.placeOf(pointAt('P2@40'));
  expect(place && [...kept.from(place)].map(wordOf).join(' ')).toBe('VH1@40 AH1@40 P2@40 VH2@80 K3@80');
});
