import { expect, test } from 'vitest';
import { flvFamily } from '../../../src/family/flv/flv-family.ts';
import { flvWireForm } from '../../../src/family/flv/flv-wire-form.ts';
import { CacheBudget } from '../../../src/stream/cache/cache-budget.ts';
import { KeyframeGroup } from '../../../src/stream/cache/keyframe-group.ts';
import { Cohorts } from '../../../src/stream/fan-out/cohorts.ts';
import { FlushQueue } from '../../../src/stream/fan-out/flush-queue.ts';
import type { Player } from '../../../src/stream/player.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { frames } from '../../support/fake-media.ts';

const limits = { maxBacklogBytes: 2 ** 20, maxBacklogMs: 10_000, stallTimeoutMs: 15_000 };

interface CountingPlayer extends Player {
  /** When it was written to, milliseconds. */
  readonly at: number[];
  bytes: number;
}

/** Players whose writes take time, and the cohorts that they are in. */
function setUp(writeMs: number) {
  const clock = new FakeClock();
  const queue = new FlushQueue(clock, { maxDelayMs: 100, cpuShare: 0.25 });
  const budget = new CacheBudget(2 ** 24);
  const cache = new KeyframeGroup({ maxBytes: 2 ** 20, maxDurationMs: 30_000, resumeMs: 0, budget });
  let flushes = 0;
  const cohorts = new Cohorts(clock, queue, cache, limits, {
    onSlice: () => {},
    onFlush: () => {
      flushes++;
    },
  });
  const makePlayer = (): CountingPlayer => {
    const player: CountingPlayer = {
      isRelay: false,
      backlogBytes: 0,
      takenBytes: 0,
      at: [],
      bytes: 0,
      write(bytes, onTaken) {
        player.at.push(clock.now());
        player.bytes += bytes.length;
        clock.spend(writeMs);
        onTaken?.();
      },
      onStart: () => {},
      onEnd: () => {},
    };
    return player;
  };
  const send = (script: string): void => {
    for (const frame of frames(script)) {
      cache.take(frame, frame.role === 'coded' && frame.isKeyframe);
      cohorts.push(frame, clock.now());
    }
  };
  const join = (count: number): CountingPlayer[] =>
    Array.from({ length: count }, () => {
      const player = makePlayer();
      cohorts.add(player, { form: flvWireForm.raw, lateJoin: 'keyframeGroup' });
      return player;
    });
  return { clock, cohorts, send, join, flushCount: () => flushes };
}

test('two hundred are flushed at once, more in turn, thousands in six parts', () => {
  for (const [count, parts] of [
    [1, 1],
    [200, 1],
    [201, 2],
    [900, 5],
    [5000, 6],
  ] as const) {
    const { clock, send, join, flushCount } = setUp(0);
    send('K1@0');
    join(count);
    send('P2@40');
    clock.advance(100);
    expect([count, flushCount()]).toEqual([count, parts]);
  }
});

test('whoever joins while others are being flushed is sent every frame once, like everybody', () => {
  const { clock, send, join } = setUp(0.02);
  send('VH1@0 K1@0 P2@20');
  const players = join(700);
  for (let i = 1; i <= 40; i++) {
    send(`P${i + 10}@${20 + i * 10} A${i}@${25 + i * 10}`);
    clock.advance(10);
    players.push(...join(7));
  }
  clock.advance(1000);
  expect(new Set(players.map(({ bytes }) => bytes)).size).toBe(1);
});

test('players are written to about every 100 ms, though a flush to all of them takes 60', () => {
  const { clock, send, join } = setUp(0.02);
  send('K1@0');
  const players = join(3000); // a flush to all takes 60 ms
  clock.advance(500);
  const sentAt = clock.now();
  for (let i = 0; i < 100; i++) {
    send(`P${i + 2}@${10 * i}`);
    clock.advance(10);
  }
  clock.advance(1000);
  const gaps = players.flatMap(({ at }) =>
    at.filter((ms) => ms > sentAt).map((ms, i, all) => ms - (all[i - 1] ?? ms)),
  );
  expect(Math.max(...gaps)).toBeLessThan(100 + 2 * 10 + 20);
});

test('who leaves is out, and what a cohort that is left by all has, too', () => {
  const { clock, cohorts, send, join, flushCount } = setUp(0);
  send('K1@0');
  const players = join(1200);
  expect(cohorts.playerCount).toBe(1200);
  for (const player of players) expect(cohorts.remove(player)).toBe(true);
  expect([cohorts.playerCount, cohorts.remove(players[0] as Player)]).toEqual([0, false]);
  join(3);
  send('P2@40');
  clock.advance(100);
  expect(flushCount()).toBe(1);
});

test('all of them together are what is told of the players of a stream', () => {
  const { cohorts, send, join } = setUp(0);
  send('K1@0');
  const players = join(500);
  expect([...cohorts.players()]).toHaveLength(500);
  expect(cohorts.playersByProtocol).toEqual(new Map([['http-flv', 500]]));
  expect(cohorts.laggingCount).toBe(0);
  expect(cohorts.standing(players[450] as Player)).toMatchObject({ isLagging: false, droppedFrames: 0 });
  expect(cohorts.removeOthers(flvFamily)).toEqual([]);
  expect(cohorts.removeOthers({ name: 'another' })).toHaveLength(500);
});
