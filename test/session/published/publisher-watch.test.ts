import { describe, expect, test } from 'vitest';
import { flvFamily } from '../../../src/family/flv/flv-family.ts';
import { type PublisherLimits, PublisherWatch } from '../../../src/session/published/publisher-watch.ts';
import type { MediaFamily } from '../../../src/stream/media-family.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { frames } from '../../support/fake-media.ts';

const none = { maxBitsPerSecond: null, maxFramesPerSecond: null, maxKeyframeIntervalMs: null };

/** A publisher that sends a frame every `everyMs` milliseconds; what its watch says, and after how long. */
function publisher(limits: Partial<PublisherLimits>, family: MediaFamily = flvFamily) {
  const clock = new FakeClock(1000);
  const watch = new PublisherWatch(clock, { ...none, onExcess: 'warn', ...limits });
  const said: string[] = [];
  let sent = 0;
  const send = (script: string): void => {
    for (const frame of frames(script)) {
      const excess = watch.count({ ...frame, family });
      if (excess !== undefined) said.push(`${(clock.now() - 1000) / 1000} s: ${excess}`);
    }
  };
  /** @param bytes - of each frame */
  const play = (seconds: number, everyMs: number, keyframeEvery: number, bytes = 20): void => {
    for (let ms = 0; ms < seconds * 1000; ms += everyMs, sent++) {
      const kind = sent % keyframeEvery === 0 ? 'K' : 'P';
      send(`${kind}${sent}@${clock.now() - 1000}:${bytes}`);
      clock.advance(everyMs);
    }
  };
  return { clock, said, send, play };
}

describe('of a bit rate', () => {
  test('an excess is told once, at the end of its window, and again after one without', () => {
    const { said, play } = publisher({ maxBitsPerSecond: 10_000 });
    play(12, 100, 10, 200); // 16,000 bits per second
    expect(said).toEqual([]);
    play(18, 100, 10, 200);
    expect(said.splice(0)).toEqual(['12 s: 16160 bits per second, more than the 10000 that are allowed']);
    play(20, 100, 10, 100);
    play(20, 100, 10, 200);
    expect(said).toHaveLength(1);
  });

  test('what comes at once in the beginning is no excess', () => {
    const { said, send, play } = publisher({ maxBitsPerSecond: 10_000 });
    send('K0@0:500000');
    play(60, 100, 10, 100);
    expect(said).toEqual([]);
  });
});

test('frames of video are counted, and neither audio nor headers', () => {
  const { said, send, play } = publisher({ maxFramesPerSecond: 25 });
  for (let i = 0; i < 300; i++) {
    send(`A${i}@${i * 50} VH1@${i * 50} M1@${i * 50}`);
    play(0.05, 50, 20);
  }
  expect(said).toEqual([]);
  play(20, 20, 50);
  expect(said).toHaveLength(1);
  expect(said[0]).toMatch(/frames of video per second, more than the 25 that are allowed/);
});

test('several frames of video that are in one packet count as what they are', () => {
  const family = { name: 'packets', videoFramesIn: () => 3 };
  const { said, play } = publisher({ maxFramesPerSecond: 25 }, family);
  play(20, 100, 10);
  expect(said[0]).toMatch(/ 30 frames of video per second, more than the 25 that are allowed/);
});

describe('between keyframes', () => {
  test('more time than is allowed is told, even while none comes', () => {
    const { said, play } = publisher({ maxKeyframeIntervalMs: 5000 });
    play(30, 100, 50);
    expect(said).toEqual([]);
    play(30, 100, Number.POSITIVE_INFINITY);
    expect(said).toHaveLength(1);
    expect(said[0]).toMatch(/ms from keyframe to keyframe, more than the 5000 that are allowed/);
  });

  test('a network that was held up, and a clock that was set, make no difference', () => {
    const { clock, said, send, play } = publisher({ maxKeyframeIntervalMs: 2000 });
    play(20, 100, 10);
    clock.advance(8000);
    for (let i = 0; i < 80; i++) send(`${i % 10 === 0 ? 'K' : 'P'}${i}@${20_000 + i * 100}`);
    send('K1@900000000');
    clock.advance(100);
    send('K2@100');
    play(20, 100, 10);
    expect(said).toEqual([]);
  });

  test('nothing is asked of a stream without video', () => {
    const { clock, said, send } = publisher({ maxKeyframeIntervalMs: 1000, maxFramesPerSecond: 1 });
    for (let i = 0; i < 1000; i++) {
      send(`A${i}@${i * 50}`);
      clock.advance(50);
    }
    expect(said).toEqual([]);
  });
});
