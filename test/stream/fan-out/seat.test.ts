import { describe, expect, test } from 'vitest';
import { FormBatch } from '../../../src/stream/fan-out/form-batch.ts';
import { FrameRun } from '../../../src/stream/fan-out/frame-run.ts';
import { CatchUps } from '../../../src/stream/fan-out/joining/catch-ups.ts';
import { PackedFlush } from '../../../src/stream/fan-out/packed-flush.ts';
import { Seat } from '../../../src/stream/fan-out/seat.ts';
import { Slab } from '../../../src/stream/slab.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { frames } from '../../support/fake-media.ts';
import { FakePlayer } from '../../support/fake-player.ts';
import { FakeStudio, form, settings } from '../../support/fake-studio.ts';

/** A player that has the opening of a stream and whose socket takes nothing any more; limits of 100 kB and 10 s. */
function setUp(opening = 'M1@0 VH1@0 AH1@0 K1@0') {
  const studio = new FakeStudio({
    fanOut: { maxBacklogBytes: 100_000, maxBacklogMs: 10_000, stallTimeoutMs: 60_000 },
  });
  const publisher = studio.publish();
  publisher.send(opening);
  const player = studio.player();
  const play = studio.play(player);
  studio.clock.advance(1);
  player.news;
  player.isTaking = false;
  const send = (script: string) => {
    publisher.send(script);
    studio.clock.advance(1);
    return player.news;
  };
  return { studio, publisher, player, play, send };
}

describe('a player whose backlog grows', () => {
  test('gets everything up to half the limit', () => {
    const { studio, send } = setUp();
    expect(send('P2@40:49900')).toBe('P2@40');
    expect(send('P3@80 A3@70')).toBe('P3@80 A3@70');
    expect([
      studio.stream.broadcast.fanOut.laggingCount,
      studio.stream.broadcast.totals.droppedFrames,
    ]).toEqual([0, 0]);
  });

  test('gets audio and data over half of it, and video again from a keyframe when it is under a quarter', () => {
    const { studio, player, send } = setUp();
    send('P2@40:50000');
    expect(send('P3@80 A3@70 T3@70')).toBe('A3@70 T3@70');
    expect([
      studio.stream.broadcast.fanOut.laggingCount,
      studio.stream.broadcast.totals.droppedFrames,
    ]).toEqual([1, 1]);
    player.take(24_000);
    expect(send('K4@120 A4@110')).toBe('A4@110'); // 26 kB are left
    player.take(20_000);
    expect(send('P5@160 A5@150')).toBe('A5@150');
    expect(send('A6@170 P6@200 K7@240 A7@230')).toBe('A6@170 K7@240 A7@230');
    expect([
      studio.stream.broadcast.fanOut.laggingCount,
      studio.stream.broadcast.totals.droppedFrames,
    ]).toEqual([0, 4]);
  });

  test('tells how well it keeps up: what was left out for it, how long it has been waiting, whether frames are missing', () => {
    const { studio, player, play, send } = setUp();
    const other = studio.join();
    const keepsUp = { isLagging: false, droppedFrames: 0, queuedBytes: 0, backlogMs: 0 };
    expect(play.standing()).toEqual(keepsUp);
    send('P2@40:50000');
    send('P3@80 A3@70 T3@70');
    studio.clock.advance(700);
    expect(play.standing()).toEqual({ isLagging: true, droppedFrames: 1, queuedBytes: 0, backlogMs: 701 });
    expect(studio.stream.broadcast.fanOut.standing(other)).toEqual(keepsUp);
    player.take();
    send('K4@120 A4@110');
    player.take();
    expect(play.standing()).toEqual({ ...keepsUp, droppedFrames: 1 });
    play.stop();
    expect(play.standing()).toBeUndefined();
  });

  test('gets nothing over the limit until it is under a quarter and a keyframe comes', () => {
    const { studio, player, send } = setUp();
    send('P2@40:100000');
    expect(send('P3@80 A3@70')).toBe('');
    expect(studio.stream.broadcast.totals.droppedFrames).toBe(2);
    player.take(60_000);
    expect(send('K4@120 A4@110')).toBe('');
    player.take();
    expect(send('P5@160 A5@150')).toBe('');
    expect(send('A6@170 K7@200 A7@190')).toBe('K7@200 A7@190');
    expect(studio.stream.broadcast.totals.droppedFrames).toBe(7);
  });

  test('resumes with the metadata and headers that are newer than those it has in front', () => {
    const { player, send } = setUp();
    send('P2@40:100000');
    send('M2@70 A3@70');
    send('VH2@80 VH3@81 P4@80');
    player.take();
    expect(send('A5@90 K6@100 AH2@0 A6@110')).toBe('M2@0 VH3@100 K6@100 AH2@110 A6@110');
  });

  test('falls behind by age as well', () => {
    const { studio, player, send } = setUp();
    send('P2@40 A2@40');
    send('P3@80'); // seen to be behind
    studio.clock.advance(5000);
    expect(send('P4@5080 A4@5070')).toBe('A4@5070');
    studio.clock.advance(5000);
    expect(send('P5@10080 A5@10070')).toBe('');
    player.take();
    expect(send('K6@10120')).toBe('K6@10120');
  });

  test('resumes at any frame of audio alone', () => {
    const { player, send } = setUp('AH1@0 A1@0');
    send('A2@20');
    send('A3@40:100000');
    expect(send('AH2@60 A4@60')).toBe('');
    player.take();
    expect(send('A5@80')).toBe('AH2@80 A5@80');
  });

  test('does not lose audio without video to half the limit', () => {
    const { studio, player, send } = setUp('AH1@0 A1@0');
    send('A2@20');
    send('A3@40:60000');
    expect(send('A4@60')).toBe('A4@60');
    player.take();
    expect(send('T5@70 A5@80')).toBe('T5@70 A5@80');
    expect(studio.stream.broadcast.totals.droppedFrames).toBe(0);
  });
});

describe('a player that pauses', () => {
  test('goes on at a keyframe, with what is new in front', () => {
    const { player, play, send } = setUp();
    player.isTaking = true;
    play.pause(true);
    expect(send('P2@40 M2@80 P3@80 K4@120')).toBe('');
    play.pause(false);
    expect(send('P5@160 A5@150')).toBe('');
    expect(send('VH2@200 K6@200')).toBe('M2@0 VH2@200 K6@200');
    play.pause(false);
    expect(send('P7@240')).toBe('P7@240');
  });

  test('before it is started gets nothing until it goes on', () => {
    const studio = new FakeStudio();
    const player = studio.player();
    const play = studio.play(player);
    play.pause(true);
    const publisher = studio.publish();
    publisher.send('VH1@0 K1@0 P2@40');
    studio.flush();
    expect([player.calls, player.seen]).toEqual([['start'], '']);
    play.pause(false);
    publisher.send('K3@80');
    studio.flush();
    expect(player.seen).toBe('VH1@80 K3@80');
  });

  test('and goes on does not escape the backlog limits', () => {
    const { player, play, send } = setUp();
    send('P2@40:90000');
    for (let i = 0; i < 3; i++) {
      play.pause(true);
      play.pause(false);
      expect(send(`K${i}@${100 + i}:90000`)).toBe('');
    }
    player.take();
    expect(send('K9@200')).toBe('K9@200');
  });

  test('for long is not taken for stalled when it goes on', () => {
    const { studio, publisher, player, play } = setUp();
    const late = studio.player();
    late.isTaking = false;
    const latePlay = studio.play(late);
    late.take();
    for (const each of [play, latePlay]) each.pause(true);
    player.take();
    studio.clock.advance(120_500);
    for (const each of [play, latePlay]) each.pause(false);
    publisher.send('K2@200');
    studio.clock.advance(1500);
    expect([player.calls, late.calls]).toEqual([['start'], ['start']]);
  });
});

describe('a burst', () => {
  const group = `VH1@0 K1@0 ${Array.from({ length: 20 }, (_, i) => `P${i + 2}@${40 * i + 40}:50000`).join(' ')}`;

  test('goes out in slices, the next when the last was taken; what is live follows', () => {
    const studio = new FakeStudio();
    const publisher = studio.publish();
    publisher.send(group);
    const player = studio.player();
    player.isTaking = false;
    studio.play(player);
    publisher.send('P90@900');
    studio.clock.advance(1);
    publisher.send('P91@940');
    studio.clock.advance(1);
    const slices: number[] = [];
    while (player.backlogBytes > 0) {
      slices.push(player.backlogBytes);
      player.take();
    }
    expect(slices.length).toBeGreaterThan(3);
    expect(Math.max(...slices)).toBeLessThan(2 * 256 * 1024);
    expect(player.seen).toBe(`${group.replaceAll(':50000', '')} P90@900 P91@940`);
    publisher.send('P92@980');
    studio.clock.advance(1);
    expect(player.seen.endsWith('P91@940 P92@980')).toBe(true);
  });

  test('is not subject to the backlog limits, but what waits behind it is', () => {
    const { studio, publisher, player: other } = setUp(group);
    other.isTaking = true;
    const player = studio.player();
    player.isTaking = false;
    studio.play(player);
    publisher.send('M2@900 P90@900:50000');
    studio.clock.advance(1);
    expect(studio.stream.broadcast.fanOut.laggingCount).toBe(0);
    for (let i = 0; i < 10; i++) {
      publisher.send(`P91@${940 + i}:50000`);
      studio.clock.advance(1);
    }
    publisher.send('K92@1000:50000');
    studio.clock.advance(1);
    expect([studio.stream.broadcast.fanOut.laggingCount, player.backlogBytes < 2 * 256 * 1024]).toEqual([
      1,
      true,
    ]);
    while (player.backlogBytes > 0) player.take();
    player.news;
    publisher.send('K93@1100');
    studio.clock.advance(1);
    expect(player.news).toBe('M2@0 VH1@1100 K93@1100'); // the metadata was in what was dropped
  });

  test('stops at a pause', () => {
    const studio = new FakeStudio();
    studio.publish().send(group);
    const player = studio.player();
    player.isTaking = false;
    studio.play(player).pause(true);
    player.take();
    player.take();
    expect(player.backlogBytes).toBe(0);
  });
});

describe('a player whose socket takes nothing', () => {
  function stall(taking: 'nothing' | 'little') {
    const studio = new FakeStudio();
    const publisher = studio.publish();
    publisher.send('VH1@0 K1@0');
    const player = studio.join();
    studio.clock.advance(1);
    player.isTaking = false;
    publisher.send('P2@40:5000');
    for (let second = 0; second < 20; second++) {
      studio.clock.advance(1000);
      if (taking === 'little') player.take(10);
    }
    return { studio, player };
  }

  test('is let go after the stall timeout, even if nothing more comes', () => {
    const { studio, player } = stall('nothing');
    expect([player.calls, studio.stream.broadcast.fanOut.playerCount]).toEqual([['start', 'stalled'], 0]);
  });

  test('stays as long as it takes anything', () => {
    expect(stall('little').player.calls).toEqual(['start']);
  });

  test('is let go while it joins as well', () => {
    const studio = new FakeStudio();
    studio.publish().send('VH1@0 K1@0');
    const player = studio.player();
    player.isTaking = false;
    studio.play(player);
    studio.clock.advance(14_999);
    expect(player.calls).toEqual(['start']);
    studio.clock.advance(1001);
    expect(player.calls).toEqual(['start', 'stalled']);
  });
});

test('players of a form without the audio of a batch are not written to', () => {
  const { studio, publisher } = setUp();
  const player = studio.join({ form: form.video });
  studio.clock.advance(1);
  const before = player.writes.length;
  publisher.send('A2@20');
  studio.clock.advance(1);
  expect(player.writes).toHaveLength(before);
});

test('a relay that has got what it has missed waits for nobody who still catches up', () => {
  const clock = new FakeClock();
  const catchUps = new CatchUps(clock);
  const others = () => {
    clock.spend(1);
    catchUps.request(others);
  };
  catchUps.request(others);
  const player = new FakePlayer(clock, true);
  const seat = new Seat(player, form.all, settings.fanOut, () => {});
  const flush = (script: string) => {
    const flushed = { frames: frames(script), videoStart: undefined, firstCoded: undefined, isMixed: false };
    const batch = new FormBatch(new PackedFlush(flushed, new Slab()), form.all);
    seat.take(batch, 0, clock.now(), { sentBytes: 0, droppedFrames: 0 });
  };
  seat.join([new FrameRun(form.all.packing, frames('K1@0 P2@40'))], clock.now(), catchUps);
  for (let i = 3; i < 20; i++) {
    flush(`P${i}@${40 * i}`);
    clock.advance(3); // the others have eight of ten
  }
  expect(player.news).toMatch(/^K1@0 P2@40 P3@120 .* P19@760$/);
  flush('P20@800');
  expect(player.news).toBe('P20@800');
});
