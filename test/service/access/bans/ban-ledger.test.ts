import { describe, expect, test } from 'vitest';
import { BanLedger, banId } from '../../../../src/service/access/bans/ban-ledger.ts';
import { banRule } from '../../../../src/service/access/bans/ban-rule.ts';
import { questionOf } from '../../../support/access-question.ts';
import { FakeClock } from '../../../support/fake-clock.ts';

const ann = { kind: 'identity', value: 'ann' } as const;
const network = { kind: 'address', value: '2001:db8::/64' } as const;

function ledger(): { clock: FakeClock; bans: BanLedger } {
  const clock = new FakeClock(0);
  return { clock, bans: new BanLedger(clock) };
}

test('an address is kept out with its /64, until the time is over', () => {
  const { clock, bans } = ledger();
  bans.add(network, 5000);
  expect(bans.objectionTo('2001:db8::77')).toMatchObject({ refused: 'banned' });
  expect(bans.objectionTo('2001:db8:0:1::77')).toBeUndefined();
  clock.advance(4999);
  expect(bans.objectionTo('2001:db8::1')).toMatchObject({ refused: 'banned' });
  clock.advance(1);
  expect(bans.objectionTo('2001:db8::1')).toBeUndefined();
  expect(bans.standing()).toEqual([]);
});

test('an identity is kept out wherever it comes from, and an address of its name is not', () => {
  const { bans } = ledger();
  bans.add(ann, 5000);
  expect(bans.objectionTo('192.0.2.1', 'ann')).toMatchObject({ refused: 'banned' });
  expect(bans.objectionTo(null, 'ann')).toMatchObject({ refused: 'banned' });
  expect(bans.objectionTo('192.0.2.1', 'bob')).toBeUndefined();
  expect(bans.objectionTo('ann')).toBeUndefined();
});

test('the ban that was made last holds, be it the shorter one, under the same id', () => {
  const { clock, bans } = ledger();
  bans.add(ann, 5000);
  const [first] = bans.standing();
  bans.add(ann, 1000);
  expect(bans.standing()).toEqual([{ ...first, until: 1000 }]);
  clock.advance(1000);
  expect(bans.objectionTo(null, 'ann')).toBeUndefined();
});

test('a ban is lifted by its id, and no other', () => {
  const { bans } = ledger();
  bans.add(ann, 5000);
  bans.add(network, 5000);
  const [one] = bans.standing();
  expect(bans.lift('nobody')).toBe(false);
  expect(bans.lift(one?.id ?? '')).toBe(true);
  expect(bans.lift(one?.id ?? '')).toBe(false);
  expect(bans.standing()).toMatchObject([network]);
});

test('of more bans than are remembered the oldest go', () => {
  const { bans } = ledger();
  for (let i = 0; i < 10_001; i++) bans.add({ kind: 'identity', value: `guest${i}` }, 5000);
  expect(bans.standing()).toHaveLength(10_000);
  expect(bans.objectionTo(null, 'guest0')).toBeUndefined();
  expect(bans.objectionTo(null, 'guest1')).toMatchObject({ refused: 'banned' });
});

test('another thread takes over what is left of each', () => {
  const { clock, bans } = ledger();
  bans.add(ann, 5000);
  clock.advance(2000);
  const other = new BanLedger(new FakeClock(777));
  other.add(network, 5000);
  other.replace(bans.left());
  expect(other.standing()).toMatchObject([{ ...ann, until: 3777 }]);
});

describe('bans of the house', () => {
  const bob = { kind: 'identity', value: 'bob' } as const;

  test('are replaced as a whole, and those of the relay stay', () => {
    const { bans } = ledger();
    bans.add(ann, 5000);
    bans.replaceFrom('house', [
      [bob, 1000],
      [{ kind: 'address', value: '2001:db8::77' }, 1000],
    ]);
    expect(bans.objectionTo(null, 'bob')).toMatchObject({ refused: 'banned' });
    expect(bans.objectionTo('2001:db8::1')).toMatchObject({ refused: 'banned' });
    bans.replaceFrom('house', [[network, 1000]]);
    expect(bans.objectionTo(null, 'bob')).toBeUndefined();
    expect(bans.objectionTo(null, 'ann')).toMatchObject({ refused: 'banned' });
    expect(bans.standing()).toMatchObject([ann, network]);
  });

  test('hold for as long as they have left, and those that are over do not', () => {
    const { clock, bans } = ledger();
    bans.replaceFrom('house', [
      [bob, 1000],
      [ann, -1],
    ]);
    expect(bans.objectionTo(null, 'ann')).toBeUndefined();
    clock.advance(1000);
    expect(bans.objectionTo(null, 'bob')).toBeUndefined();
    expect(bans.standing()).toEqual([]);
  });

  test('cannot be lifted at a relay, and go on when its own ban of the same is', () => {
    const { bans } = ledger();
    bans.replaceFrom('house', [[bob, 1000]]);
    const id = banId(bob);
    expect(bans.lift(id)).toBe(false);
    bans.add(bob, 5000);
    expect(bans.standing()).toHaveLength(1);
    expect(bans.lift(id)).toBe(true);
    expect(bans.objectionTo(null, 'bob')).toMatchObject({ refused: 'banned' });
  });

  test('do not push those of the relay out, in no thread', () => {
    const { bans } = ledger();
    bans.add(ann, 5000);
    const many = Array.from(
      { length: 10_000 },
      (_, i) => ({ kind: 'identity', value: `guest${i}` }) as const,
    );
    bans.replaceFrom(
      'house',
      many.map((ban) => [ban, 5000]),
    );
    const other = new BanLedger(new FakeClock(777));
    other.replace(bans.left());
    for (const one of [bans, other]) expect(one.standing()).toHaveLength(10_001);
    expect(other.objectionTo(null, 'ann')).toMatchObject({ refused: 'banned' });
  });
});

describe('the rule', () => {
  const { bans } = ledger();
  bans.add(ann, 5000);
  bans.add({ kind: 'address', value: '192.0.2.1' }, 5000);
  const rule = banRule(bans);
  const signal = new AbortController().signal;

  test.each(['connect', 'publish', 'play'] as const)('refuses who is banned to %s', (verb) => {
    expect(rule.judge(questionOf({ verb, address: '192.0.2.1' }), signal)).toMatchObject({
      refused: 'banned',
    });
    expect(rule.judge(questionOf({ verb, identity: 'ann' }), signal)).toMatchObject({ refused: 'banned' });
    expect(rule.judge(questionOf({ verb, address: '192.0.2.2' }), signal)).toEqual({ says: 'nothing' });
  });

  test('leaves alone what goes on already, and what the relay does itself', () => {
    expect(rule.judge(questionOf({ identity: 'ann', intent: 'again' }), signal)).toEqual({ says: 'nothing' });
    expect(rule.judge(questionOf({ verb: 'pull', address: '192.0.2.1' }), signal)).toEqual({
      says: 'nothing',
    });
  });
});
