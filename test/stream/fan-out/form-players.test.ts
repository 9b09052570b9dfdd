import { expect, test } from 'vitest';
import { FormBatch } from '../../../src/stream/fan-out/form-batch.ts';
import { FormPlayers } from '../../../src/stream/fan-out/form-players.ts';
import { PackedFlush } from '../../../src/stream/fan-out/packed-flush.ts';
import { Seat } from '../../../src/stream/fan-out/seat.ts';
import { Slab } from '../../../src/stream/slab.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { frames } from '../../support/fake-media.ts';
import { FakePlayer } from '../../support/fake-player.ts';
import { form } from '../../support/fake-studio.ts';

const clock = new FakeClock();
const limits = { maxBacklogBytes: 2 ** 20, maxBacklogMs: 10_000 };

/** A batch that begins with its first frame. */
function batchOf(script: string): FormBatch {
  const all = frames(script);
  const start = { index: 0, timestamp: all[0]?.timestamp ?? 0, prefaces: [] };
  const flush = { frames: all, videoStart: start, firstCoded: start, isMixed: false };
  return new FormBatch(new PackedFlush(flush, new Slab()), form.all);
}

test('a player may leave while the batch is written to it, and the others get it once', () => {
  const players = new FormPlayers(form.all);
  const all = Array.from({ length: 5 }, () => new FakePlayer(clock));
  for (const player of all) {
    const seat = new Seat(player, form.all, limits, () => {});
    players.add(seat);
    player.onWriting = () => {
      if (player === all[2]) players.remove(seat);
    };
  }
  const taken = { sentBytes: 0, droppedFrames: 0 };
  players.send('players', batchOf('K1@0'), 0, 0, taken);
  expect(all.map(({ seen }) => seen)).toEqual(all.map(() => 'K1@0'));
  expect(players.playerCount).toBe(4);
  players.send('players', batchOf('K2@0'), 0, 0, taken);
  expect(all.map(({ seen }) => seen.split(' ').length)).toEqual([2, 2, 1, 2, 2]);
});
