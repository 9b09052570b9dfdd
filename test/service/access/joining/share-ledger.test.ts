import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type ShareSettings, shareSettings } from '../../../../src/config/share-settings.ts';
import { type ShareHold, ShareLedger } from '../../../../src/service/access/joining/share-ledger.ts';
import { ShareList } from '../../../../src/service/access/joining/share-list.ts';
import { isRefusal, type Refusal } from '../../../../src/session/access.ts';
import { type JoinWish, joinOf } from '../../../support/joins.ts';

function ledgerOf(...shares: object[]) {
  const ledger = new ShareLedger(shareSettings.parse(shares));
  let id = 0;
  const holds: ShareHold[] = [];
  const take = (join: JoinWish): string | undefined => {
    const taken = ledger.take(joinOf(join), 0, ++id);
    if (taken === undefined) return undefined;
    if (isRefusal(taken)) return `${taken.refused}: ${taken.description}`;
    holds.push(taken);
    return 'held';
  };
  return { ledger, holds, take, release: () => ledger.release(holds.shift() as ShareHold) };
}

const publish = { verb: 'publish' } as const;

describe('a share is that', () => {
  test('of all streams that match', () => {
    const { take, release } = ledgerOf({ match: 'vip/**', players: 2 });
    expect([take({ key: 'vip/a' }), take({ key: 'vip/b', address: '192.0.2.2' })]).toEqual(['held', 'held']);
    expect(take({ key: 'vip/c' })).toBe(
      'capacity-limit: there are as many players as are allowed: 2; try again later',
    );
    expect([take({ key: 'live/a' }), take({ key: 'vip/c', ...publish })]).toEqual([undefined, undefined]);
    release();
    expect(take({ key: 'vip/c' })).toBe('held');
  });

  test('of each stream', () => {
    const { take } = ledgerOf({ per: 'stream', players: 1 });
    expect([take({ key: 'a/b' }), take({ key: 'a/c' })]).toEqual(['held', 'held']);
    expect(take({ key: 'a/b' })).toBe(
      'capacity-limit: a/b has as many players as are allowed: 1; try again later',
    );
  });

  test('of each address, which is a /64 in IPv6', () => {
    const { take } = ledgerOf({ per: 'address', players: 1 });
    expect([take({ address: '2001:db8::1' }), take({ address: '2001:db8:0:1::1' })]).toEqual([
      'held',
      'held',
    ]);
    expect(take({ address: '2001:db8::2' })).toBe(
      'share-limit: your address has as many players here as are allowed: 1',
    );
  });

  test('of each identity; who has none has no share', () => {
    const { take } = ledgerOf({ per: 'identity', publishers: 1 });
    expect([take({ ...publish, identity: 'ann' }), take(publish), take(publish)]).toEqual([
      'held',
      undefined,
      undefined,
    ]);
    expect(take({ ...publish, identity: 'ann', key: 'live/b' })).toBe(
      'share-limit: you publish as many streams as are allowed: 1',
    );
    expect(take({ ...publish, identity: 'bob', key: 'live/b' })).toBe('held');
  });

  test('of whoever the credentials stand for, on whatever stream, else of the address', () => {
    const { take } = ledgerOf();
    const ann = { identity: 'ann', limits: { players: 2, unknown: 0 } };
    expect([
      take({ ...ann, key: 'a/b' }),
      take({ ...ann, key: 'c/d' }),
      take({ ...ann, limits: {} }),
    ]).toEqual(['held', 'held', undefined]);
    expect(take(ann)).toBe('share-limit: you have as many players as your credentials allow: 2');
    expect(take({ ...ann, limits: { players: 3 } })).toBe('held');
    const nobody = { limits: { sessions: 1 } };
    expect([take(nobody), take({ ...nobody, address: '192.0.2.9' })]).toEqual(['held', 'held']);
    expect(take({ ...nobody, session: 's2' })).toBe(
      'share-limit: you have as many sessions as your credentials allow: 1',
    );
  });
});

test('of several that match each counts, and what one refuses takes nothing of the others', () => {
  const { ledger, take } = ledgerOf(
    { players: 10 },
    { match: 'a/*', players: 1 },
    { match: 'a/*', players: 5 },
  );
  expect([take({ key: 'a/b' }), take({ key: 'a/b' })?.split(':')[0]]).toEqual(['held', 'capacity-limit']);
  expect(ledger.used('all\n**\n').players).toBe(1);
});

test('a session is one however much it plays, and who takes a stream over is no second publisher', () => {
  const { ledger, take } = ledgerOf({ sessions: 1, publishers: 1 });
  expect([take({ session: 's1' }), take({ session: 's1', key: 'live/b' })]).toEqual(['held', 'held']);
  expect(take({ session: 's2' })).toMatch('as many sessions as are allowed: 1');
  const other = ledgerOf({ publishers: 1 });
  expect([other.take(publish), other.take({ ...publish, session: 's2' })]).toEqual(['held', 'held']);
  expect(other.take({ ...publish, key: 'live/b' })).toMatch(
    'as many streams are published as are allowed: 1',
  );
  other.release();
  expect(other.take({ ...publish, key: 'live/b' })).toMatch(
    'as many streams are published as are allowed: 1',
  );
  other.release();
  expect([other.take({ ...publish, key: 'live/b' }), ledger.size, other.ledger.size]).toEqual(['held', 2, 1]);
});

test('a stream with the name of a placeholder is told as it is', () => {
  const { take } = ledgerOf({ per: 'stream', players: 1 });
  take({ key: '$&/{n}' });
  expect(take({ key: '$&/{n}' })).toMatch('$&/{n} has as many players as are allowed: 1');
});

test('new settings count who is there: nobody goes, and nobody comes until there is room', () => {
  const { ledger, take, release } = ledgerOf({ players: 5 });
  for (let i = 0; i < 4; i++) take({ address: `192.0.2.${i % 2}` });
  ledger.configure(shareSettings.parse([{ players: 3 }, { per: 'address', players: 2 }]));
  expect(take({ address: '192.0.2.7' })).toMatch('as many players as are allowed: 4');
  release();
  expect(take({ address: '192.0.2.7' })).toMatch('as many players as are allowed: 3');
  release();
  expect(take({ address: '192.0.2.0' })).toBe('held');
  ledger.configure([]);
  expect([take({}), [...ledger.names()]]).toEqual([undefined, []]);
  ledger.configure(shareSettings.parse([{ players: 1 }]));
  for (let i = 0; i < 3; i++) release();
  expect([ledger.size, take({})]).toEqual([0, 'held']);
});

test('how much of a limit is in use is that of whoever has most of it', () => {
  const { ledger, take } = ledgerOf(
    { per: 'address', players: 4, sessions: 8 },
    { match: 'a/*', publishers: 2 },
  );
  for (const address of ['192.0.2.1', '192.0.2.2', '192.0.2.2']) take({ address });
  take({ limits: { players: 1 } });
  const per = { match: '**', per: 'address' };
  expect(ledger.samples()).toEqual([
    { ...per, limit: 'sessions', usedRatio: 1 / 8 },
    { ...per, limit: 'players', usedRatio: 2 / 4 },
    { match: 'a/*', per: 'all', limit: 'publishers', usedRatio: 0 },
  ]);
});

describe('bits per second', () => {
  const report = (upTo: number, sent: number, stream = 4000) => ({
    upTo,
    shares: new Map([['all\n**\n', sent]]),
    streams: new Map([['live/a', stream]]),
  });

  test('are what the threads have measured, and what was promised since', () => {
    const { ledger, take, release } = ledgerOf({ bitsPerSecond: 10_000 });
    ledger.onSent(1, report(0, 0));
    expect([take({}), take({})]).toEqual(['held', 'held']);
    expect(take({})).toBe('capacity-limit: as much is sent as is allowed: try again later');
    expect(ledger.used('all\n**\n').bitsPerSecond).toBe(8000);
    ledger.onSent(0, { ...report(1, 1000), streams: new Map() }); // the second is not in it
    expect([ledger.used('all\n**\n').bitsPerSecond, take({})]).toEqual([5000, 'held']);
    release();
    release(); // what was promised to it is not sent
    expect(ledger.used('all\n**\n').bitsPerSecond).toBe(5000);
    ledger.forget(0);
    expect(ledger.used('all\n**\n').bitsPerSecond).toBe(4000);
  });

  test('let a publisher in, and a player of what is not measured yet while there is any room', () => {
    const { ledger, take } = ledgerOf({ bitsPerSecond: 1000 });
    ledger.onSent(0, report(0, 999));
    expect([take({ ...publish, key: 'live/new' }), take({ key: 'live/new' })]).toEqual([undefined, 'held']);
    ledger.onSent(0, report(9, 1000));
    expect(take({ key: 'live/new' })).toMatch('capacity-limit');
  });

  test('of an address are told as its own', () => {
    const { ledger, take } = ledgerOf({ per: 'address', bitsPerSecond: 5000 });
    ledger.onSent(0, { upTo: 0, shares: new Map(), streams: new Map([['live/a', 4000]]) });
    expect([take({}), take({}), take({ address: '192.0.2.200' })]).toEqual([
      'held',
      'share-limit: your address is sent as much as is allowed: try again later',
      'held',
    ]);
  });
});

test('whatever comes, goes and changes, what is used is what is held, and never more than was allowed when it came', () => {
  const share = fc.record({
    match: fc.constantFrom('**', 'a/*', 'a/b'),
    per: fc.constantFrom('all', 'stream', 'address', 'identity'),
    sessions: fc.option(fc.integer({ min: 1, max: 4 })),
    publishers: fc.option(fc.integer({ min: 1, max: 3 })),
    players: fc.option(fc.integer({ min: 1, max: 5 })),
    bitsPerSecond: fc.constant(null),
  }) as fc.Arbitrary<ShareSettings>;
  const step = fc.record({
    what: fc.constantFrom('join', 'join', 'join', 'leave', 'configure', 'die'),
    verb: fc.constantFrom('publish', 'play'),
    key: fc.constantFrom('a/b', 'a/c', 'd'),
    session: fc.constantFrom('s1', 's2', 's3', 's4'),
    address: fc.constantFrom('192.0.2.1', '192.0.2.2', '2001:db8::1', '2001:db8::2'),
    identity: fc.constantFrom(undefined, 'ann', 'bob'),
    limits: fc.constantFrom({}, { players: 2 }, { sessions: 1, publishers: 1 }),
    thread: fc.nat(2),
    shares: fc.array(share, { maxLength: 3 }),
    pick: fc.nat(100),
  });
  fc.assert(
    fc.property(fc.array(share, { maxLength: 4 }), fc.array(step, { maxLength: 60 }), (first, steps) => {
      const ledger = new ShareLedger(first);
      let shares = first;
      let holds: ShareHold[] = [];
      for (const [id, { what, pick, thread, ...join }] of steps.entries()) {
        if (what === 'configure') {
          shares = join.shares;
          ledger.configure(shares);
        } else if (what === 'leave') {
          const [gone] = holds.splice(pick % Math.max(1, holds.length), 1);
          if (gone !== undefined) for (let i = 0; i < 2; i++) ledger.release(gone);
        } else if (what === 'die') {
          for (const hold of holds) if (hold.thread === thread) ledger.release(hold);
          holds = holds.filter((hold) => hold.thread !== thread);
          ledger.forget(thread);
        } else {
          const wish = joinOf(join);
          const taken: ShareHold | Refusal | undefined = ledger.take(wish, thread, id);
          const counted = (others: ShareHold[]) =>
            new ShareList(shares)
              .sharesOf(wish)
              .map(({ name, amounts }) => ({ amounts, ...usedOf(name, shares, others) }));
          if (taken !== undefined && !isRefusal(taken)) {
            holds.push(taken);
            for (const { amounts, ...used } of counted(holds)) {
              const isMore = (amount: 'players' | 'publishers' | 'sessions', before: number) =>
                amounts[amount] !== null && used[amount] > amounts[amount] && used[amount] > before;
              const before = usedOf(used.name, shares, holds.slice(0, -1));
              expect(isMore('sessions', before.sessions)).toBe(false);
              if (wish.verb === 'play') expect(isMore('players', before.players)).toBe(false);
              else expect(isMore('publishers', before.publishers)).toBe(false);
            }
          } else if (taken === undefined) expect(counted(holds)).toEqual([]);
        }
        const names = new Set(holds.flatMap((hold) => namesOf(hold, shares)));
        expect([...ledger.names()].sort()).toEqual([...names].sort());
        for (const name of names) {
          const { name: _, ...used } = usedOf(name, shares, holds);
          expect(ledger.used(name)).toEqual({ ...used, bitsPerSecond: 0 });
        }
      }
      for (const hold of holds) ledger.release(hold);
      expect([[...ledger.names()], ledger.size]).toEqual([[], 0]);
    }),
    { numRuns: 300 },
  );
});

/** The slow and obvious way to count. */
function usedOf(name: string, shares: readonly ShareSettings[], holds: readonly ShareHold[]) {
  const joins = holds.filter((hold) => namesOf(hold, shares).includes(name)).map(({ join }) => join);
  const published = joins.filter(({ verb }) => verb === 'publish');
  return {
    name,
    sessions: new Set(joins.map(({ session }) => session)).size,
    publishers: new Set(published.map(({ key }) => key)).size,
    players: joins.length - published.length,
  };
}

function namesOf({ join }: ShareHold, shares: readonly ShareSettings[]): readonly string[] {
  return new ShareList(shares).sharesOf(join).map(({ name }) => name);
}

test('what is used up for a stream', () => {
  const { ledger, take } = ledgerOf(
    { match: 'vip/**', players: 2 },
    { match: 'vip/*', per: 'stream', publishers: 1, sessions: 9 },
    { per: 'address', players: 2 },
    { match: 'live/**', players: 1 },
  );
  const usedUp = (key: string) =>
    [...ledger.usedUpFor(key)].map(({ of, match, limit, most }) => `${most} ${limit} of ${match} for ${of}`);
  take({ key: 'vip/a', ...publish });
  take({ key: 'vip/a' });
  expect([usedUp('vip/a'), usedUp('vip/b')]).toEqual([['1 publishers of vip/* for stream'], []]);
  take({ key: 'vip/b' });
  expect(usedUp('vip/b')).toEqual(['2 players of vip/** for all', '2 players of ** for address']);
});
