import fc from 'fast-check';
import { expect, test } from 'vitest';
import { FormPlayers } from '../../../src/stream/fan-out/form-players.ts';
import { PackedFlush } from '../../../src/stream/fan-out/packed-flush.ts';
import { Seat } from '../../../src/stream/fan-out/seat.ts';
import { Sending } from '../../../src/stream/fan-out/sending.ts';
import { Slab } from '../../../src/stream/slab.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { frames } from '../../support/fake-media.ts';
import { FakePlayer } from '../../support/fake-player.ts';
import { FakeStudio, form } from '../../support/fake-studio.ts';

const clock = new FakeClock();
const limits = { maxBacklogBytes: 2 ** 20, maxBacklogMs: 10_000 };

/** A flush that begins with its first frame. */
function sendingOf(script: string, players: FormPlayers): Sending {
  const all = frames(script);
  const start = { index: 0, timestamp: all[0]?.timestamp ?? 0, prefaces: [] };
  const flush = { frames: all, videoStart: start, firstCoded: start, isMixed: false };
  return new Sending(clock, new PackedFlush(flush, new Slab()), [players], 0, 0);
}

function seatsFor(count: number): { players: FormPlayers; all: FakePlayer[]; seats: Seat[] } {
  const players = new FormPlayers(form.all);
  const all = Array.from({ length: count }, () => new FakePlayer(clock));
  const seats = all.map((player) => new Seat(player, form.all, limits, () => {}));
  for (const seat of seats) players.add(seat);
  return { players, all, seats };
}

test('a player may leave while the batch is written to it, and the others get it once', () => {
  const { players, all, seats } = seatsFor(5);
  for (const [i, player] of all.entries()) {
    player.onWriting = () => {
      if (i === 2) players.remove(seats[i] as Seat);
    };
  }
  sendingOf('K1@0', players).sendRest();
  expect(all.map(({ seen }) => seen)).toEqual(all.map(() => 'K1@0'));
  expect(players.playerCount).toBe(4);
  sendingOf('K2@0', players).sendRest();
  expect(all.map(({ seen }) => seen.split(' ').length)).toEqual([2, 2, 1, 2, 2]);
});

test('a turn goes to a few players when each takes long; the next turns go on with the others', () => {
  const { players, all } = seatsFor(100);
  for (const player of all) player.onWriting = () => clock.spend(1);
  const sending = sendingOf('K1@0', players);
  const served = () => all.filter(({ seen }) => seen !== '').length;
  let turns = 1;
  for (let before = 0; !sending.sendTurn(); turns++) {
    expect(served() - before).toBeGreaterThan(0);
    expect(served() - before).toBeLessThan(40);
    before = served();
  }
  expect(turns).toBeGreaterThan(3);
  expect(all.map(({ seen }) => seen)).toEqual(all.map(() => 'K1@0'));
});

test('what others want of the thread is done before a long flush is over', () => {
  const studio = new FakeStudio();
  const publisher = studio.publish();
  publisher.send('VH1@0 K1@0');
  const players = Array.from({ length: 100 }, () => studio.join());
  for (const player of players) player.onWriting = () => studio.clock.spend(1);
  publisher.send('P2@40');
  const served = () => players.filter(({ seen }) => seen.includes('P2')).length;
  let servedBefore = 0;
  studio.clock.after(1, () => {
    servedBefore = served();
  });
  studio.clock.advance(1000);
  expect(servedBefore).toBeGreaterThan(0);
  expect(servedBefore).toBeLessThan(40);
  expect(served()).toBe(100);
});

/** A stream whose flush of this script has reached some of its 40 players, not the first that came. */
function midway(script: string) {
  const studio = new FakeStudio();
  const publisher = studio.publish();
  publisher.send('VH1@0 K1@0');
  const all = Array.from({ length: 40 }, () => {
    const player = studio.player();
    return { player, play: studio.play(player) };
  });
  studio.flush();
  for (const { player } of all) player.onWriting = () => studio.clock.spend(1);
  publisher.send(script);
  studio.flush();
  expect(all.at(0)?.player.seen).toBe('VH1@0 K1@0');
  expect(all.at(-1)?.player.seen).toContain(script.split(' ').at(-1));
  return { studio, publisher, all, first: all[0] as (typeof all)[number] };
}

test('a player that pauses between two turns has the headers of the flush when it goes on', () => {
  const { studio, publisher, first } = midway('VH2@40 P2@40');
  first.play.pause(true);
  studio.clock.advance(1000);
  first.play.pause(false);
  publisher.send('K3@80');
  studio.clock.advance(1000);
  expect(first.player.seen).toBe('VH1@0 K1@0 VH2@40 P2@40 K3@80');
});

test('a stream that ends between two turns is seen to its end by everybody', () => {
  const { studio, publisher, all } = midway('P2@40');
  publisher.leave('ended');
  studio.clock.advance(20_000);
  expect(all.map(({ player }) => player.seen)).toEqual(all.map(() => 'VH1@0 K1@0 P2@40'));
  expect(all.map(({ player }) => player.calls.join(' '))).toEqual(all.map(() => 'start ended'));
});

const step = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({ do: fc.constant('send' as const), kind: fc.constantFrom('K', 'P', 'P') }),
  },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('wait' as const), ms: fc.nat(12) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('join' as const), isRelay: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('leave' as const), index: fc.nat(20) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('pause' as const), index: fc.nat(20) }) },
);

test('property: whoever joins, leaves or pauses between two turns, nobody misses a frame or gets one twice', () => {
  fc.assert(
    fc.property(
      fc.array(step, { minLength: 30, maxLength: 60 }),
      fc.constantFrom(0, 1, 5),
      (steps, costMs) => {
        const studio = new FakeStudio();
        const publisher = studio.publish();
        const sent: string[] = [];
        const send = (kind: string) => {
          const word = `${kind}${sent.length}@${sent.length * 40}`;
          sent.push(word);
          publisher.send(word);
        };
        publisher.send('VH1@0');
        send('K');
        const join = (isRelay = false) => {
          const player = studio.player(isRelay);
          player.onWriting = () => studio.clock.spend(costMs);
          return { player, play: studio.play(player), isPaused: false };
        };
        const joined = Array.from({ length: 20 }, () => join());
        const gone: FakePlayer[] = [];
        for (const each of steps) {
          if (each.do === 'send') send(each.kind);
          else if (each.do === 'wait') studio.clock.advance(each.ms);
          else if (each.do === 'join') joined.push(join(each.isRelay));
          else if (each.do === 'leave') {
            for (const { player, play } of joined.splice(each.index, 1)) {
              play.stop();
              gone.push(player);
            }
          } else {
            const one = joined[each.index];
            if (one !== undefined) {
              one.isPaused = true;
              one.play.pause(true);
            }
          }
        }
        studio.clock.advance(10_000);
        const coded = (player: FakePlayer) => player.seen.split(' ').filter((word) => /^[KP]/.test(word));
        for (const { player, isPaused } of joined) {
          const seen = coded(player);
          const from = sent.indexOf(seen[0] ?? '');
          expect(sent[from]).toMatch(/^K/);
          expect(seen).toEqual(sent.slice(from, isPaused ? from + seen.length : undefined));
        }
        for (const player of gone) {
          const seen = coded(player);
          const from = sent.indexOf(seen[0] ?? '');
          expect(seen).toEqual(sent.slice(from, from + seen.length));
        }
      },
    ),
  );
});
