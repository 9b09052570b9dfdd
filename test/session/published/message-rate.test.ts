import { expect, test } from 'vitest';
import { MessageRate } from '../../../src/session/published/message-rate.ts';
import { FakeClock } from '../../support/fake-clock.ts';

/** A publisher that waits when it is told to. */
class Scene {
  readonly clock = new FakeClock(1000);
  waitMs = 0;
  waits = 0;
  readonly #rate: MessageRate;

  constructor(perSecond: number) {
    this.#rate = new MessageRate(this.clock, perSecond, (waitMs) => {
      this.waits++;
      this.waitMs = waitMs;
    });
  }

  send(count: number): void {
    for (let i = 0; i < count; i++) {
      this.#rate.count();
      if (this.waitMs > 0) this.clock.advance(this.waitMs);
      this.waitMs = 0;
    }
  }
}

test.each([
  { what: 'a camera', perSecond: 107 },
  { what: 'sound in packets of a millisecond', perSecond: 1000 },
  { what: 'eight renditions in 60 pictures a second with sixteen tracks of sound', perSecond: 1280 },
])(
  '$what is never too fast, neither for hours nor when half a minute of it comes at once',
  ({ perSecond }) => {
    const scene = new Scene(5000);
    for (let second = 0; second < 3600; second++) {
      scene.send(perSecond);
      scene.clock.advance(1000);
    }
    scene.send(Math.min(30_000, 30 * perSecond));
    expect(scene.waits).toBe(0);
  },
);

test('who sends as fast as it may gets six seconds at once and then the rate, and nothing for a pause but the same again', () => {
  const scene = new Scene(100);
  const since = scene.clock.now();
  scene.send(600);
  expect(scene.clock.now() - since).toBe(0);
  scene.send(1000);
  expect(Math.round((scene.clock.now() - since) / 100)).toBe(100);
  scene.clock.advance(3_600_000);
  const again = scene.clock.now();
  scene.send(1600);
  expect(Math.round((scene.clock.now() - again) / 100)).toBe(100);
});
