import { describe, expect, test } from 'vitest';
import { CacheBudget } from '../../../src/stream/cache/cache-budget.ts';
import { KeyframeGroup } from '../../../src/stream/cache/keyframe-group.ts';
import { frames, wordOf } from '../../support/fake-media.ts';

interface Limits {
  readonly maxBytes?: number;
  readonly maxDurationMs?: number;
  readonly resumeMs?: number;
  readonly budget?: CacheBudget;
}

/** The cache of a stream for which relays may come back. */
class Scene {
  readonly budget: CacheBudget;
  readonly cache: KeyframeGroup;

  constructor(limits: Limits = {}) {
    this.budget = limits.budget ?? new CacheBudget(2 ** 30);
    this.cache = new KeyframeGroup({
      maxBytes: 2 ** 20,
      maxDurationMs: 30_000,
      resumeMs: 1000,
      ...limits,
      budget: this.budget,
    });
    this.cache.wantPast();
  }

  take(script: string): this {
    for (const frame of frames(script)) this.cache.take(frame, frame.role === 'coded' && frame.isKeyframe);
    return this;
  }

  /** What is kept: sections, each with its number, its prefaces in brackets, and its frames. */
  get kept(): string[] {
    return this.cache.sections.map(({ start, prefaces, frames: some }) => {
      const headers = prefaces.map(({ frame }) => wordOf(frame)).join(' ');
      return `${start} [${headers}] ${[...some].map(wordOf).join(' ')}`;
    });
  }
}

describe('past keyframe groups', () => {
  test('are kept with what held before them, and counted through', () => {
    const { kept } = new Scene().take('VH1@0 K1@0 P2@40 VH2@80 K3@80 A4@90 K5@120');
    expect(kept).toEqual(['0 [VH1@0] K1@0 P2@40 VH2@80', '3 [VH2@80] K3@80 A4@90', '5 [VH2@80] K5@120']);
  });

  test('go when their last frame is too long ago, and not before', () => {
    const scene = new Scene().take('K1@0 P2@40 K3@80 P4@120 K5@160 P6@1040');
    expect(scene.kept).toEqual(['0 [] K1@0 P2@40', '2 [] K3@80 P4@120', '4 [] K5@160 P6@1040']);
    scene.take('P7@1041');
    expect(scene.kept).toEqual(['2 [] K3@80 P4@120', '4 [] K5@160 P6@1040 P7@1041']);
    scene.take('K8@2000');
    expect(scene.kept).toEqual(['4 [] K5@160 P6@1040 P7@1041', '7 [] K8@2000']);
  });

  test('go across the wrap of timestamps', () => {
    const scene = new Scene().take(`K1@${2 ** 32 - 1000} K2@${2 ** 32 - 900} K3@100`);
    expect(scene.kept).toEqual([`1 [] K2@${2 ** 32 - 900}`, '2 [] K3@100']);
  });

  test('do not go because data has a time of its own', () => {
    const scene = new Scene().take('K1@0 K2@40 T1@90000 P3@80');
    expect(scene.kept).toEqual(['0 [] K1@0', '1 [] K2@40 T1@90000 P3@80']);
  });

  test('are not kept where nobody may come back for them, or for no time', () => {
    const { cache } = new Scene({ resumeMs: 0 }).take('K1@0 P2@40 K3@80 A1@90');
    expect([cache.sections.length, cache.pastBytes]).toEqual([1, 0]);
    const unwanted = new KeyframeGroup({
      maxBytes: 2 ** 20,
      maxDurationMs: 30_000,
      resumeMs: 1000,
      budget: new CacheBudget(2 ** 30),
    });
    for (const frame of frames('A1@0 K1@0 K2@40')) unwanted.take(frame, frame.kind === 'video');
    expect(unwanted.sections.map(({ start }) => start)).toEqual([1]);
  });

  test('without a gap: where the latest group is too large nothing before it is of use', () => {
    const scene = new Scene({ maxBytes: 20_000 }).take('K1@0 K2@40:6000 P3@80:500');
    expect(scene.kept).toHaveLength(2);
    scene.take('P4@120:16000');
    expect(scene.kept).toEqual([]);
    scene.take('P5@160');
    expect(scene.kept).toEqual(['4 [] P5@160']);
  });

  test('without a gap: where it is too long as well', () => {
    const scene = new Scene({ maxDurationMs: 500, resumeMs: 10_000 });
    scene.take('K1@0 K2@40 P3@541 P4@560');
    expect(scene.kept).toEqual(['3 [] P4@560']);
  });

  test('of a stream that is cleared are gone, and numbers go on', () => {
    const scene = new Scene().take('K1@0 K2@40 P3@80');
    scene.cache.clear();
    expect([scene.kept, scene.cache.bytes, scene.budget.bytes]).toEqual([[], 0, 0]);
    expect(scene.take('K4@120').kept).toEqual(['3 [] K4@120']);
  });
});

describe('frames that no keyframe group has', () => {
  test('are kept in sections that go one by one', () => {
    const scene = new Scene().take('AH1@0 A1@0 A2@600 A3@1000 AH2@1010 A4@1300');
    expect(scene.kept).toEqual(['0 [AH1@0] A1@0 A2@600', '2 [AH1@0] A3@1000 AH2@1010 A4@1300']);
    expect(scene.cache.hasGroup).toBe(false);
    scene.take('AH3@1605 A5@2010');
    expect(scene.kept).toEqual(['2 [AH1@0] A3@1000 AH2@1010 A4@1300 AH3@1605', '6 [AH3@1605] A5@2010']);
  });

  test('become the past of the group that begins', () => {
    const scene = new Scene().take('A1@0 P2@10 K3@40 A4@50');
    expect(scene.kept).toEqual(['0 [] A1@0 P2@10', '2 [] K3@40 A4@50']);
  });
});

describe('bounds', () => {
  test('the group and the past together stay below the bytes of a stream', () => {
    const scene = new Scene({ maxBytes: 100_000, resumeMs: 60_000 });
    let most = 0;
    for (let i = 0; i < 100; i++) {
      scene.take(`K${i}@${i * 100}:10000 A${i}@${i * 100 + 10}:5000`);
      most = Math.max(most, scene.cache.bytes);
    }
    expect(most).toBeGreaterThan(70_000);
    expect(most).toBeLessThan(130_000); // a frame, and the piece of memory that it comes to be in
  });

  test('of frames, too, however small they are', () => {
    const scene = new Scene({ maxBytes: 2 ** 30, resumeMs: 60_000 });
    const [frame] = frames('A1@0');
    if (frame === undefined) throw new Error('no frame');
    for (let i = 0; i < 100_000; i++) scene.cache.take({ ...frame, timestamp: i >> 4 }, false);
    const count = scene.cache.sections.reduce((sum, section) => sum + section.frames.length, 0);
    expect(count).toBeGreaterThan(10_000);
    expect(count).toBeLessThanOrEqual(32_768);
  });

  test('the budget counts exactly what is kept, whatever comes', () => {
    const budget = new CacheBudget(60_000);
    const scenes = Array.from({ length: 3 }, () => new Scene({ budget, maxBytes: 40_000 }));
    for (let i = 0; i < 300; i++) {
      const scene = scenes[(i * 7) % 3] as Scene;
      const [kind, size] = [['K', 'P', 'A', 'VH', 'T'][(i * i + 3 * i) % 5], (i * 977) % 6000];
      scene.take(`${kind}${i}@${i * 37}:${size}`);
      expect(budget.bytes).toBe(scenes.reduce((sum, { cache }) => sum + cache.bytes, 0));
    }
    for (const { cache } of scenes) cache.clear();
    expect(budget.bytes).toBe(0);
  });

  test('of the budget take all of the past before any keyframe group', () => {
    const budget = new CacheBudget(100_000);
    const past = new Scene({ budget }).take('K1@0:9000 K2@40:9000 K3@80:9000');
    const large = new Scene({ budget }).take('K1@0:50000');
    expect([past.kept.length, large.kept.length]).toEqual([3, 1]);
    large.take('P2@40:30000');
    expect([past.kept, large.kept]).toEqual([['2 [] K3@80'], ['0 [] K1@0 P2@40']]);
    past.take('P4@120:9000');
    expect([past.kept, large.kept]).toEqual([['2 [] K3@80 P4@120'], []]);
  });
});
