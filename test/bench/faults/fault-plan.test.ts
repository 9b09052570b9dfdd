import { expect, test } from 'vitest';
import { faultKindNames, faultKinds } from '../../../bench/faults/fault-kinds.ts';
import { describeFault, FaultPlan, parseFault } from '../../../bench/faults/fault-plan.ts';
import { LAST, linksOf, planChain, STUDIO } from '../../../bench/faults/topology.ts';
import { Random } from '../../support/swarm/random.ts';

const chain = planChain(3);
const planOf = (seed: number) =>
  new FaultPlan(new Random(seed), chain, { kinds: faultKindNames, longestMs: 5000 });

test('each kind comes once in a round, and the same seed plans the same', () => {
  const plan = planOf(1);
  const faults = Array.from({ length: 100 }, () => plan.next());
  for (let at = 0; at < faults.length; at += faultKindNames.length)
    expect(
      faults
        .slice(at, at + faultKindNames.length)
        .map(({ kind }) => kind)
        .sort(),
    ).toEqual(faultKindNames.toSorted());
  const again = planOf(1);
  expect(Array.from({ length: 100 }, () => again.next())).toEqual(faults);
});

test('the studio is left alone, the last hop is not ended, and everything else is hit', () => {
  const plan = planOf(2);
  const hit = new Map(faultKindNames.map((kind) => [kind, new Set<string>()]));
  for (let count = 0; count < 2000; count++) {
    const { kind, target, forMs } = plan.next();
    hit.get(kind)?.add(target);
    expect(forMs).toBeGreaterThanOrEqual(200);
    expect(forMs).toBeLessThanOrEqual(5000);
  }
  const mortal = chain.map(({ name }) => name).filter((name) => name !== STUDIO && name !== LAST);
  const links = chain.flatMap(linksOf).map(({ name }) => name);
  for (const [kind, targets] of hit) {
    const { at } = faultKinds[kind];
    const expected = at === 'link' ? links : kind === 'freeze' ? [...mortal, LAST] : mortal;
    expect([...targets].sort()).toEqual(expected.toSorted());
  }
});

test('two at once are not at the same place', () => {
  const plan = planOf(3);
  for (let count = 0; count < 200; count++) {
    const first = plan.next();
    expect(plan.next(first).target).not.toBe(first.target);
  }
});

test.each(['kill 1a 3000', 'freeze last 200', 'drain 3b 0', 'cut studio>1b#2', 'loss 2a>3b 1000 0.3'])(
  'a script says %s',
  (text) => {
    expect(describeFault(parseFault(text, chain))).toBe(text);
  },
);

test.each([
  { text: 'flood 1a 3000', complaint: 'there is no fault "flood"' },
  { text: 'kill last 3000', complaint: 'kill cannot happen to "last"' },
  { text: 'cut 1a', complaint: 'cut cannot happen to "1a"' },
])('a script cannot say $text', ({ text, complaint }) => {
  expect(() => parseFault(text, chain)).toThrow(complaint);
});
