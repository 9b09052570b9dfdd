import { expect, test } from 'vitest';
import { Recheck } from '../../../src/service/access/recheck.ts';
import type { SessionActivity } from '../../../src/session/session.ts';
import { systemClock } from '../../../src/stream/clock.ts';

/** Activities that are asked about until the test answers. */
class RecheckScene {
  readonly recheck = new Recheck();
  readonly asked: string[] = [];
  readonly #answers: (() => void)[] = [];

  activity(key: string, isOver = false): SessionActivity {
    const askAgain = (): Promise<void> | undefined => {
      if (isOver) return undefined;
      this.asked.push(key);
      return new Promise((resolve) => this.#answers.push(resolve));
    };
    const until = Number.POSITIVE_INFINITY;
    return { verb: 'play', key, identity: undefined, until, askAgain, revoke: () => {} };
  }

  async answer(): Promise<void> {
    this.#answers.shift()?.();
    await new Promise(setImmediate);
  }
}

test('a few are asked about at a time, in their order; whoever is over is passed over', async () => {
  const scene = new RecheckScene();
  for (let i = 0; i < 40; i++) scene.recheck.add(scene.activity(`live/${i}`, i === 33));
  expect(scene.asked).toHaveLength(32);
  await scene.answer();
  await scene.answer();
  expect(scene.asked.slice(32)).toEqual(['live/32', 'live/34']);
});

test('one that waits for its turn is asked about once', async () => {
  const scene = new RecheckScene();
  for (let i = 0; i < 32; i++) scene.recheck.add(scene.activity(`live/${i}`));
  const last = scene.activity('live/last');
  scene.recheck.add(last);
  scene.recheck.add(last);
  await scene.answer();
  await scene.answer();
  expect(scene.asked.slice(32)).toEqual(['live/last']);
});

test('what is answered at once is asked about in several turns: others have to be served meanwhile', async () => {
  const turns: (() => void)[] = [];
  const recheck = new Recheck({ ...systemClock, soon: (turn) => turns.push(turn) });
  let asked = 0;
  const activity = (): SessionActivity => ({
    ...({ verb: 'play', key: 'live/a', identity: undefined, until: 9000, revoke: () => {} } as const),
    askAgain: async () => {
      asked++;
    },
  });
  for (let i = 0; i < 70; i++) recheck.add(activity());
  const counts: number[] = [];
  for (let turn = 0; turn < 4; turn++) {
    await new Promise(setImmediate);
    counts.push(asked);
    turns.shift()?.();
  }
  expect(counts).toEqual([32, 64, 70, 70]);
});
