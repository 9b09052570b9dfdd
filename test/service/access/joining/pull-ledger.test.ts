import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { PullLedger } from '../../../../src/service/access/joining/pull-ledger.ts';
import type { PullNews } from '../../../../src/service/access/joining/pull-slots.ts';
import { WorkerPulls } from '../../../../src/service/access/joining/worker-pulls.ts';
import { FakeClock } from '../../../support/fake-clock.ts';

const stranger = '192.0.2.1';
const other = '198.51.100.1';

function ledgerOf(onDemandPulls = 1000, pendingPullsPerAddress = 50) {
  const clock = new FakeClock(1000);
  const ledger = new PullLedger({ onDemandPulls, pendingPullsPerAddress }, clock);
  return { clock, ledger, take: (key: string, address?: string) => ledger.take(key, address)?.refused };
}

describe('a place', () => {
  test('is one for all who hold it, and free when the last has let go', () => {
    const { ledger, take } = ledgerOf(1);
    expect([take('a'), take('a'), take('b')]).toEqual([undefined, undefined, 'pull-limit']);
    ledger.note('a', 'held');
    for (let i = 0; i < 2; i++) ledger.note('a', 'released');
    expect(take('b')).toBe('pull-limit'); // the pull runs on
    ledger.note('a', 'released');
    expect(take('b')).toBeUndefined();
  });

  test('is held by a pull that runs, even beyond the limit', () => {
    const { ledger, take } = ledgerOf(1);
    take('a');
    ledger.note('b', 'held');
    expect([ledger.size, take('b'), take('c')]).toEqual([2, undefined, 'pull-limit']);
  });

  test('that nobody holds cannot be given back', () => {
    const { ledger } = ledgerOf();
    ledger.note('a', 'released');
    ledger.note('a', 'flowing');
    expect(ledger.size).toBe(0);
  });
});

describe('the share of an address', () => {
  test('leaves the others theirs, however many keys it asks for', () => {
    const { ledger, take } = ledgerOf(1000, 50);
    const answers = Array.from({ length: 500 }, (_, index) => take(`a/${index}`, stranger));
    expect(answers.filter((answer) => answer === undefined)).toHaveLength(50);
    expect([ledger.size, take('b', other)]).toEqual([50, undefined]);
  });

  test('grows again with a frame, and with an end', () => {
    const { ledger, take } = ledgerOf(1000, 2);
    take('a', stranger);
    take('b', stranger);
    expect(take('c', stranger)).toBe('pull-limit');
    ledger.note('a', 'flowing');
    ledger.note('a', 'flowing');
    expect([take('c', stranger), take('d', stranger)]).toEqual([undefined, 'pull-limit']);
    ledger.note('b', 'released');
    expect([take('d', stranger), take('e', stranger)]).toEqual([undefined, 'pull-limit']);
  });

  test('is no reason to refuse what comes anyway', () => {
    const { take } = ledgerOf(1000, 1);
    take('a', stranger);
    take('b', other);
    expect([take('b', stranger), take('a', stranger)]).toEqual([undefined, undefined]);
  });

  test('is that of a whole /64 in IPv6', () => {
    const { take } = ledgerOf(1000, 1);
    expect([take('a', '2001:db8::1'), take('b', '2001:db8::2'), take('b', '2001:db8:0:1::2')]).toEqual([
      undefined,
      'pull-limit',
      undefined,
    ]);
  });
});

describe('a key that no upstream has', () => {
  test('is refused for five seconds, or until a pull of it runs', () => {
    const { clock, ledger, take } = ledgerOf();
    ledger.note('a', 'not-found');
    clock.advance(4999);
    expect([take('a'), take('b')]).toEqual(['not-found', undefined]);
    clock.advance(1);
    expect(take('a')).toBeUndefined();
    ledger.note('c', 'not-found');
    ledger.note('c', 'held');
    expect(take('c')).toBeUndefined();
  });

  test('is refused although somebody has not let go of it yet', () => {
    const { ledger, take } = ledgerOf();
    take('a');
    ledger.note('a', 'not-found');
    expect(take('a')).toBe('not-found');
  });

  test('is one of ten thousand that are remembered at most', () => {
    const { ledger, take } = ledgerOf();
    for (let i = 0; i <= 10_000; i++) ledger.note(`a/${i}`, 'not-found');
    expect([take('a/10000'), take('a/0')]).toEqual(['not-found', undefined]);
  });
});

describe('of several workers', () => {
  test('each may use what the others leave', () => {
    const { ledger } = ledgerOf(3);
    const [one, two] = [new WorkerPulls(ledger), new WorkerPulls(ledger)];
    const answers = [one.take('a', stranger), two.take('b', stranger), two.take('c', other)];
    expect(answers).toEqual([undefined, undefined, undefined]);
    expect([one.take('d', other)?.refused, two.take('a', other)]).toEqual(['pull-limit', undefined]);
  });

  test('one that dies gives back what it held, and nothing else', () => {
    const { ledger } = ledgerOf(3);
    const [one, two] = [new WorkerPulls(ledger), new WorkerPulls(ledger)];
    one.take('a', stranger);
    one.note('a', 'held');
    one.take('b', stranger);
    one.take('b', stranger);
    one.note('b', 'released');
    two.take('b', stranger);
    one.close();
    expect(ledger.size).toBe(1);
    two.note('b', 'released');
    expect(ledger.size).toBe(0);
  });
});

test('whatever happens, nothing is left when everybody has let go', () => {
  const address = fc.constantFrom(stranger, other, undefined);
  const key = fc.constantFrom('a', 'b', 'c', 'd');
  const news = fc.constantFrom<PullNews>('held', 'flowing', 'not-found', 'released');
  const step = fc.oneof(fc.record({ key, address }), fc.record({ key, news }));
  fc.assert(
    fc.property(fc.array(step), (steps) => {
      const { clock, ledger } = ledgerOf(2, 1);
      const worker = new WorkerPulls(ledger);
      const held = new Map<string, number>();
      const count = (of: string, change: number) => held.set(of, (held.get(of) ?? 0) + change);
      for (const taken of steps) {
        if ('news' in taken) {
          if (taken.news === 'released' && (held.get(taken.key) ?? 0) === 0) continue;
          worker.note(taken.key, taken.news);
          if (taken.news === 'held') count(taken.key, 1);
          if (taken.news === 'released') count(taken.key, -1);
        } else if (worker.take(taken.key, taken.address) === undefined) count(taken.key, 1);
        const keysHeld = [...held.values()].filter((holders) => holders > 0).length;
        expect(ledger.size).toBe(keysHeld);
      }
      worker.close();
      clock.advance(5000);
      expect(ledger.size).toBe(0);
      expect([worker.take('x', stranger), worker.take('y', other)]).toEqual([undefined, undefined]);
    }),
  );
});

test('says how far each limit is used: of what one address may wait for, by the one that waits for most', () => {
  const { ledger, take } = ledgerOf(10, 4);
  for (const key of ['a', 'b', 'c']) take(key, stranger);
  take('d', other);
  ledger.note('a', 'flowing');
  expect([...ledger.usage()]).toEqual([
    { limit: 'onDemandPulls', used: 4, most: 10 },
    { limit: 'pendingPullsPerAddress', used: 2, most: 4 },
  ]);
});
