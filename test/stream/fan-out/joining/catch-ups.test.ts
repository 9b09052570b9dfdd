import { expect, test } from 'vitest';
import { CatchUps } from '../../../../src/stream/fan-out/joining/catch-ups.ts';
import { FakeClock } from '../../../support/fake-clock.ts';

/** Somebody who asks for `slices` in turn, each of which takes `ms` milliseconds of the thread. */
function ask(scene: { clock: FakeClock; catchUps: CatchUps }, slices: number, ms: number, isAsync = false) {
  const sent: number[] = [];
  const send = () => {
    scene.clock.spend(ms);
    sent.push(scene.clock.now());
    if (sent.length === slices) return;
    if (isAsync) scene.clock.soon(() => scene.catchUps.request(send));
    else scene.catchUps.request(send);
  };
  scene.catchUps.request(send);
  return sent;
}

function setUp() {
  const clock = new FakeClock(1000);
  return { clock, catchUps: new CatchUps(clock) };
}

test('sends nothing before whoever asks has returned, then at once', () => {
  const scene = setUp();
  const sent = ask(scene, 1, 0);
  expect(sent).toEqual([]);
  scene.clock.advance(0);
  expect(sent).toEqual([1000]);
  expect(scene.clock.pending).toBe(0);
});

test.each([
  ['of many at once', 50, 1, false],
  ['of one whose slices follow when the socket has taken those before', 1, 50, true],
])('takes a fifth of the thread: %s', (_, relays, slices, isAsync) => {
  const scene = setUp();
  const all = Array.from({ length: relays }, () => ask(scene, slices, 1, isAsync));
  scene.clock.advance(1000);
  const sent = all.flat().sort((a, b) => a - b);
  expect(sent).toHaveLength(50);
  const tookMs = (sent.at(-1) ?? 0) - 1000;
  expect(tookMs).toBeGreaterThan(230);
  expect(tookMs).toBeLessThan(270);
});

test('goes in turn: nobody waits for all that another has missed', () => {
  const scene = setUp();
  const [long, short] = [ask(scene, 100, 1), ask(scene, 2, 1)];
  scene.clock.advance(20);
  expect(short).toHaveLength(2);
  expect(long.length).toBeLessThan(10);
});

test('rests no longer than for what it has done', () => {
  const scene = setUp();
  ask(scene, 10, 1);
  scene.clock.advance(1000);
  const sent = ask(scene, 1, 1);
  const askedAt = scene.clock.now();
  scene.clock.advance(10);
  expect(sent).toEqual([askedAt + 1]);
});
