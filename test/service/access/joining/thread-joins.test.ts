import fc from 'fast-check';
import { expect, test } from 'vitest';
import { relaySettings } from '../../../../src/config/relay-settings.ts';
import { PullLedger } from '../../../../src/service/access/joining/pull-ledger.ts';
import { ShareLedger } from '../../../../src/service/access/joining/share-ledger.ts';
import { ThreadJoins } from '../../../../src/service/access/joining/thread-joins.ts';
import { isRefusal } from '../../../../src/session/access.ts';
import { FakeClock } from '../../../support/fake-clock.ts';
import { type JoinWish, joinOf } from '../../../support/joins.ts';

const full = { refused: 'waiting-limit', description: 'too many wait' } as const;

/** What two threads share: two pulls, two places to wait, three players. */
function scene() {
  const settings = { onDemandPulls: 2, shares: [{ players: 3 }] };
  const { limits } = relaySettings.parse({ limits: settings });
  const pulls = new PullLedger(limits, new FakeClock());
  const shares = new ShareLedger(limits.shares);
  const waits: string[] = [];
  const waiting = {
    isThere: (key: string) => key === 'live/there',
    wait: (session: string) => (waits.length < 2 ? void waits.push(session) : full),
    endWait: (session: string) => void waits.splice(waits.indexOf(session), 1),
  };
  const counts = { pulls, shares, waiting };
  const threads = [new ThreadJoins(counts, 0), new ThreadJoins(counts, 1)] as const;
  const taken = () => ({ pulls: pulls.size, players: shares.size, waits: waits.length });
  return { threads, taken, pulls, shares };
}

const none = { pulls: 0, players: 0, waits: 0 };

test('a join takes all that it needs, and gives it back as it is needed no more', () => {
  const { threads, taken } = scene();
  const [thread] = threads;
  const join = { key: 'tv/a', isPulled: true, mayWait: true };
  expect(thread.take(1, joinOf(join))).toEqual({ isHeld: true, isWaiting: true, streamBits: 0 });
  expect(taken()).toEqual({ pulls: 1, players: 1, waits: 1 });
  for (let i = 0; i < 2; i++) thread.endWait(1);
  expect(taken()).toEqual({ pulls: 1, players: 1, waits: 0 });
  for (let i = 0; i < 2; i++) thread.release(1);
  expect([taken(), thread.size]).toEqual([none, 0]);
});

test('whoever waits for nothing has no place', () => {
  const { threads, taken } = scene();
  const publish = { verb: 'publish' } as const;
  expect(threads[0].take(1, joinOf(publish))).toEqual({ isHeld: false, isWaiting: false, streamBits: 0 });
  expect(threads[0].take(2, joinOf({ key: 'live/there', mayWait: true }))).toMatchObject({
    isWaiting: false,
  });
  expect(taken()).toEqual({ ...none, players: 1 });
});

test.each([
  {
    what: 'a slot',
    before: [
      { isPulled: true, key: 'tv/a' },
      { isPulled: true, key: 'tv/b' },
    ],
    refused: 'pull-limit',
  },
  { what: 'a place to wait', before: [{ mayWait: true }, { mayWait: true }], refused: 'waiting-limit' },
  { what: 'a share', before: [{}, {}, {}], refused: 'capacity-limit' },
])('who gets no $what takes nothing', ({ before, refused }) => {
  const { threads, taken } = scene();
  for (const [id, join] of before.entries()) threads[id % 2]?.take(id, joinOf(join));
  const held = taken();
  expect(threads[0].take(9, joinOf({ key: 'tv/c', isPulled: true, mayWait: true }))).toMatchObject({
    refused,
  });
  expect(taken()).toEqual(held);
});

test('whatever threads take, give back and leave behind when they die, nothing is lost and nothing is below zero', () => {
  const step = fc.record({
    what: fc.constantFrom('take', 'take', 'take', 'endWait', 'release', 'pull', 'die'),
    thread: fc.nat(1),
    pick: fc.nat(20),
    key: fc.constantFrom('tv/a', 'tv/b', 'tv/c', 'live/there'),
    isPulled: fc.boolean(),
    mayWait: fc.boolean(),
    verb: fc.constantFrom('publish', 'play'),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const { threads, taken, pulls } = scene();
      const held = [new Map<number, JoinWish & { isWaiting: boolean }>(), new Map()];
      for (const [id, { what, thread, pick, ...wish }] of steps.entries()) {
        const joins = threads[thread] as ThreadJoins;
        const mine = held[thread] as Map<number, JoinWish & { isWaiting: boolean }>;
        const other = [...mine.keys()][pick % Math.max(1, mine.size)] ?? -1;
        if (what === 'take') {
          const join = joinOf({ ...wish, session: `s${id}` });
          const answer = joins.take(id, join);
          if (!isRefusal(answer) && answer.isHeld) mine.set(id, { ...join, isWaiting: answer.isWaiting });
        } else if (what === 'endWait') {
          joins.endWait(other);
          const one = mine.get(other);
          if (one !== undefined) one.isWaiting = false;
        } else if (what === 'release') {
          joins.release(other);
          mine.delete(other);
        } else if (what === 'pull') {
          joins.notePull(wish.key, 'held'); // beyond any limit
          joins.notePull(wish.key, 'released');
        } else {
          joins.close();
          mine.clear();
        }
        const all = held.flatMap((one) => [...one.values()]);
        expect(taken()).toEqual({
          pulls: new Set(all.filter(({ isPulled }) => isPulled).map(({ key }) => key)).size,
          players: all.filter(({ verb }) => verb === 'play').length,
          waits: all.filter(({ isWaiting }) => isWaiting).length,
        });
        expect(pulls.size).toBeLessThanOrEqual(2);
        expect(taken().players).toBeLessThanOrEqual(3);
      }
      for (const thread of threads) thread.close();
      expect(taken()).toEqual(none);
    }),
    { numRuns: 300 },
  );
});

test('one player plays by a client-id at a time, in whatever thread; it is the address that knows it', () => {
  const { threads, taken } = scene();
  const [one, other] = threads;
  const player = { key: 'live/there', clientId: 7, address: '192.0.2.1' };
  expect(one.take(1, joinOf(player))).toMatchObject({ isHeld: true });
  const refused = other.take(1, joinOf(player));
  expect(refused).toMatchObject({
    refused: 'share-limit',
    description: expect.stringContaining('client-id plays already'),
  });
  expect(other.take(2, joinOf({ ...player, clientId: 8 }))).toMatchObject({ isHeld: true });
  expect(other.take(3, joinOf({ ...player, address: '198.51.100.1' }))).toMatchObject({ isHeld: true });
  one.release(1);
  for (const id of [2, 3]) other.release(id);
  expect(other.take(4, joinOf(player))).toMatchObject({ isHeld: true });
  other.release(4);
  expect(taken()).toEqual(none);
});
