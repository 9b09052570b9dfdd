import { expect, test } from 'vitest';
import { BitRates } from '../../../../src/service/relay/status/bit-rates.ts';
import { FakeClock } from '../../../support/fake-clock.ts';

/** Some that carry bytes, and what is noted of them. */
class RateScene {
  readonly clock = new FakeClock();
  readonly carriers: { received: number; sent: number }[] = [];
  readonly rates = new BitRates<{ received: number; sent: number }>(this.clock, (one) => one);
  readonly stop = this.rates.watch(() => this.carriers);

  add(): { received: number; sent: number } {
    const carrier = { received: 0, sent: 0 };
    this.carriers.push(carrier);
    return carrier;
  }

  /** Lets seconds pass, in each of which so many bytes come and go. */
  async carry(carrier: { received: number; sent: number }, seconds: number, bytes: number): Promise<void> {
    for (let i = 0; i < seconds; i++) {
      carrier.received += bytes;
      carrier.sent += 2 * bytes;
      this.clock.advance(1000);
      await new Promise((resolve) => setImmediate(resolve)); // notes are taken in turns of the loop
    }
  }
}

test('is not known before there is a note, nor right behind it', async () => {
  const scene = new RateScene();
  const one = scene.add();
  await scene.carry(one, 4, 1000);
  expect(scene.rates.of(one)).toBeNull();
  await scene.carry(one, 1, 1000);
  expect(scene.rates.of(one)).toBeNull();
  await scene.carry(one, 1, 1000);
  expect(scene.rates.of(one)).toEqual({ received: 8000, sent: 16_000 });
});

test('is that of the last 5 to 10 seconds', async () => {
  const scene = new RateScene();
  const one = scene.add();
  await scene.carry(one, 5, 1000); // noted
  await scene.carry(one, 5, 3000); // noted
  expect(scene.rates.of(one)).toEqual({ received: 24_000, sent: 48_000 });
  await scene.carry(one, 4, 0);
  expect(scene.rates.of(one)).toEqual({ received: 13_333, sent: 26_667 });
  await scene.carry(one, 1, 0); // noted
  expect(scene.rates.of(one)).toEqual({ received: 0, sent: 0 });
});

test('of thousands no more than some hundreds are noted in one turn of the loop', async () => {
  const clock = new FakeClock();
  let measured = 0;
  const rates = new BitRates<object>(clock, () => {
    measured++;
    return { received: 0, sent: 0 };
  });
  const many = Array.from({ length: 10_000 }, () => ({}));
  const stop = rates.watch(() => many);
  const turns: number[] = [];
  clock.advance(5000);
  let before: number;
  do {
    before = measured;
    await new Promise((resolve) => setImmediate(resolve));
    turns.push(measured - before);
    clock.advance(0);
  } while (measured > before);
  expect(measured).toBe(10_000);
  expect(Math.max(...turns)).toBeLessThanOrEqual(500);
  stop();
});

test('takes no notes any more once it is stopped', () => {
  const scene = new RateScene();
  scene.stop();
  expect(scene.clock.pending).toBe(0);
});

test('frames of video are counted by the second, to a tenth', async () => {
  const clock = new FakeClock();
  const one = { received: 0, sent: 0, videoFrames: 0 };
  const rates = new BitRates<typeof one>(clock, (measured) => ({ ...measured }));
  const stop = rates.watch(() => [one]);
  for (let second = 0; second < 6; second++) {
    one.videoFrames += second % 2 === 0 ? 30 : 29;
    clock.advance(1000);
    await new Promise((resolve) => setImmediate(resolve));
  }
  expect(rates.of(one)).toEqual({ received: 0, sent: 0, videoFrames: 29 });
  clock.advance(500);
  one.videoFrames += 15;
  expect(rates.of(one)?.videoFrames).toBe(29.3);
  stop();
});
