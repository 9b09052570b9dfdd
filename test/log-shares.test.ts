import { expect, test } from 'vitest';
import { type LeftOut, LogShares, type SpeakerKind } from '../src/log-shares.ts';
import { FakeClock } from './support/fake-clock.ts';

/** Shares of a log with the default rates, and what they tell. */
class SharesScene {
  readonly clock = new FakeClock(1000);
  readonly shares = new LogShares({ linesPerSecond: 100, linesPerSecondPerAddress: 5 }, this.clock);
  readonly told: LeftOut[] = [];

  constructor() {
    this.shares.onLeftOut = (leftOut) => this.told.push(leftOut);
  }

  /** How many lines of so many may be written. */
  write(lines: number, name: string | ((line: number) => string), kind: SpeakerKind = 'peer'): number {
    let written = 0;
    for (let line = 0; line < lines; line++) {
      if (this.shares.take(kind, typeof name === 'string' ? name : name(line))) written++;
    }
    return written;
  }
}

test('an address may write five seconds of its lines at once, then so many a second', () => {
  const scene = new SharesScene();
  expect(scene.write(1000, '10.0.0.1')).toBe(25);
  scene.clock.advance(1000);
  expect(scene.write(1000, '10.0.0.1')).toBe(5);
  scene.clock.advance(60_000);
  expect(scene.write(1000, '10.0.0.1')).toBe(25);
});

test('an address that has had its lines takes none of another; a /64 is one address', () => {
  const scene = new SharesScene();
  scene.write(100_000, '10.0.0.1');
  expect(scene.write(10, '10.0.0.2')).toBe(10);
  expect(scene.write(100, (line) => `2001:db8:0:1::${line.toString(16)}`)).toBe(25);
  expect(scene.write(10, '2001:db8:0:2::1')).toBe(10);
});

test('many addresses together have a share, and none of it is that of others', () => {
  const scene = new SharesScene();
  const any = (line: number): string => `10.${line >> 16}.${(line >> 8) & 255}.${line & 255}`;
  expect(scene.write(100_000, any)).toBe(500);
  scene.clock.advance(1000);
  expect(scene.write(100_000, any)).toBe(100);
  expect(scene.write(10, 'rtmp://parent', 'demand')).toBe(10);
  expect(scene.write(10, 'live/a', 'upstream')).toBe(10);
  expect(scene.write(10, 'live/a', 'forward')).toBe(10);
  expect(scene.write(10, 'bug', 'relay')).toBe(10);
});

test('when it is calm again it is told how many lines were left out, and of whom most', () => {
  const scene = new SharesScene();
  for (let second = 0; second < 5; second++) {
    scene.write(100, '10.0.0.1');
    scene.write(50, '10.0.0.2');
    scene.clock.advance(1000);
    expect(scene.told).toEqual([]);
  }
  scene.clock.advance(1000);
  const lines = 5 * 150 - 2 * (25 + 4 * 5);
  expect(scene.told).toEqual([{ kind: 'peer', lines, most: { name: '10.0.0.1', lines: 500 - 25 - 4 * 5 } }]);
  scene.clock.advance(60_000);
  expect(scene.told).toHaveLength(1);
  expect([scene.clock.pending, scene.shares.speakers]).toEqual([0, 0]);
});

test('a flood without end is told of once a minute', () => {
  const scene = new SharesScene();
  for (let second = 0; second < 180; second++) {
    scene.write(100, '10.0.0.1');
    scene.clock.advance(1000);
  }
  expect(scene.told).toHaveLength(3);
  expect(scene.told.reduce((sum, { lines }) => sum + lines, 0)).toBe(18_000 - 25 - 179 * 5);
});

test('what is remembered of speakers is bounded, however many there are', () => {
  const scene = new SharesScene();
  let most = 0;
  for (let second = 0; second < 20; second++) {
    scene.write(10_000, (line) => `2001:db8:${second.toString(16)}:${line.toString(16)}::1`);
    most = Math.max(most, scene.shares.speakers);
    scene.clock.advance(1000);
  }
  expect(most).toBeLessThanOrEqual(500 + 6 * 100);
  scene.clock.advance(10_000);
  expect(scene.shares.speakers).toBe(0);
});

test('with a rate of less than a line in five seconds there is still a line now and then', () => {
  const clock = new FakeClock();
  const shares = new LogShares({ linesPerSecond: 0.1, linesPerSecondPerAddress: 5 }, clock);
  const one = (): boolean => shares.take('peer', '10.0.0.1');
  expect([one(), one()]).toEqual([true, false]);
  clock.advance(10_000);
  expect([one(), one()]).toEqual([true, false]);
});

test('other rates hold from now on, for those who have written before, too', () => {
  const scene = new SharesScene();
  expect(scene.write(100, '10.0.0.1')).toBe(25);
  scene.shares.configure({ linesPerSecond: 1000, linesPerSecondPerAddress: 50 });
  scene.clock.advance(60_000);
  expect(scene.write(1000, '10.0.0.1')).toBe(250);
  expect(scene.write(1000, '10.0.0.2')).toBe(250);
  scene.shares.configure({ linesPerSecond: 1, linesPerSecondPerAddress: 1 });
  scene.clock.advance(60_000);
  expect(scene.write(1000, '10.0.0.1')).toBe(5);
  expect(scene.write(1000, '10.0.0.2')).toBe(0); // both have five together
  expect([...scene.shares.leftOut()]).toEqual([['peer', 75 + 1500 + 1995]]);
});
