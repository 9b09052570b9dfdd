import { expect, test } from 'vitest';
import { CacheBudget } from '../../../src/stream/cache/cache-budget.ts';
import { KeyframeGroup } from '../../../src/stream/cache/keyframe-group.ts';
import { Resumption } from '../../../src/stream/resuming/resumption.ts';
import { frames } from '../../support/fake-media.ts';

/** A stream that has sent a script, and a source that is compared with it. */
class Scene {
  readonly budget = new CacheBudget(2 ** 20);
  readonly cache = new KeyframeGroup({
    maxBytes: 2 ** 20,
    maxDurationMs: 30_000,
    resumeMs: 10_000,
    budget: this.budget,
  });
  readonly resumption: Resumption;

  constructor(script: string) {
    this.cache.wantPast();
    this.send(script);
    this.resumption = new Resumption(this.cache, 0);
  }

  send(script: string): void {
    for (const frame of frames(script)) this.cache.take(frame, frame.role === 'coded' && frame.isKeyframe);
  }

  /** What the frames of a script are, which the source sends now. */
  judge(script: string, now = 0): string {
    return frames(script)
      .map((frame) => this.resumption.judge(frame, frame.timestamp + this.resumption.shift, now))
      .join(' ');
  }
}

test('it is over when every track has gone on', () => {
  const scene = new Scene('K1@0 A1@5 P2@40');
  expect(scene.judge('K1@0 A1@5 P2@40')).toBe('had had had');
  expect(scene.resumption.isOver(0)).toBe(false);
  expect([scene.judge('P3@80'), scene.resumption.isOver(0)]).toEqual(['next', false]);
  expect([scene.judge('A2@28'), scene.resumption.isOver(0)]).toEqual(['next', true]);
});

test('it is over five seconds after the first frame that went on, whatever a track does', () => {
  const scene = new Scene('K1@0 A1@5 P2@40');
  expect(scene.judge('K1@0 A1@5 P2@40 P3@80', 1000)).toBe('had had had next');
  expect([scene.resumption.isOver(6000), scene.resumption.isOver(6001)]).toEqual([false, true]);
});

test('how far the source is behind is told in its times', () => {
  const scene = new Scene('K1@1000:100 P2@1400');
  expect(scene.judge('K1@100:100')).toBe('had');
  expect([scene.resumption.shift, scene.resumption.lagOf(100), scene.resumption.lagOf(700)]).toEqual([
    900, 400, 0,
  ]);
});

test('frames that the cache had to let go of meanwhile are neither held nor held against the source', () => {
  const scene = new Scene('K1@0 A1@5 P2@40 A2@45');
  expect(scene.judge('K1@0')).toBe('had');
  scene.budget.resize(0);
  expect([scene.budget.bytes, scene.cache.sections]).toEqual([0, []]);
  expect(scene.judge('A1@5 P2@35')).toBe('had had');
});

test('frames that go out meanwhile are not taken for those that went out before', () => {
  const scene = new Scene('K1@0 P2@40');
  expect(scene.judge('K1@0 P2@40 P2@40')).toBe('had had next');
  scene.send('P2@40');
  expect(scene.judge('P2@40')).toBe('next');
});
