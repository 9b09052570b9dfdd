import { describe, expect, test } from 'vitest';
import {
  BlockedAddresses,
  FailureLedger,
} from '../../../../src/service/access/credentials/failed-attempts.ts';
import { FakeClock } from '../../../support/fake-clock.ts';

class LedgerScene {
  readonly clock = new FakeClock();
  readonly told: string[] = [];
  readonly settings = { delayMs: 0, attempts: 3, withinMs: 1000, blockMs: 5000 };
  readonly ledger = new FailureLedger(this.settings, this.clock, (group, ms) => {
    this.told.push(`${group} for ${ms}`);
  });

  fail(address: string, times: number): void {
    for (let i = 0; i < times; i++) this.ledger.note(address);
  }
}

describe('an address whose credentials are wrong', () => {
  test('is blocked at the last one that is allowed, for a while, and may try anew then', () => {
    const scene = new LedgerScene();
    scene.fail('192.0.2.1', 2);
    expect(scene.ledger.isBlocked('192.0.2.1')).toBe(false);
    scene.fail('192.0.2.1', 1);
    expect([scene.ledger.isBlocked('192.0.2.1'), scene.told]).toEqual([true, ['192.0.2.1 for 5000']]);
    scene.clock.advance(4999);
    expect(scene.ledger.isBlocked('192.0.2.1')).toBe(true);
    scene.clock.advance(1);
    scene.fail('192.0.2.1', 2);
    expect(scene.ledger.isBlocked('192.0.2.1')).toBe(false);
  });

  test('counts those of a time together, and no others', () => {
    const scene = new LedgerScene();
    scene.fail('192.0.2.1', 2);
    scene.clock.advance(1000);
    scene.fail('192.0.2.1', 2);
    expect(scene.ledger.isBlocked('192.0.2.1')).toBe(false);
  });

  test('is an IPv6 /64, and one of IPv4', () => {
    const scene = new LedgerScene();
    scene.fail('2001:db8::1', 1);
    scene.fail('2001:db8::2', 2);
    scene.fail('192.0.2.1', 3);
    const isBlocked = (address: string): boolean => scene.ledger.isBlocked(address);
    expect([isBlocked('2001:db8::3'), isBlocked('2001:db8:0:1::1'), isBlocked('192.0.2.2')]).toEqual([
      true,
      false,
      false,
    ]);
  });

  test('is told once, though more were under way', () => {
    const scene = new LedgerScene();
    scene.fail('192.0.2.1', 9);
    expect(scene.told).toHaveLength(1);
  });

  test('goes by the settings of now', () => {
    const scene = new LedgerScene();
    Object.assign(scene.settings, { attempts: 1, blockMs: 10 });
    scene.fail('192.0.2.1', 1);
    expect(scene.told).toEqual(['192.0.2.1 for 10']);
  });
});

test('however many addresses there are, 10,000 are remembered', () => {
  const scene = new LedgerScene();
  const address = (i: number): string => `10.${i >> 16}.${(i >> 8) & 255}.${i & 255}`;
  for (let i = 0; i < 10_001; i++) scene.fail(address(i), 3);
  expect([...scene.ledger.blocked.left()]).toHaveLength(10_000);
  expect([scene.ledger.isBlocked(address(0)), scene.ledger.isBlocked(address(10_000))]).toEqual([
    false,
    true,
  ]);
});

test('another thread blocks for the time that is left', () => {
  const [clock, other] = [new FakeClock(), new FakeClock(77_000)];
  const blocked = new BlockedAddresses(clock);
  blocked.add('192.0.2.1', 5000);
  blocked.add('192.0.2.2', 1000);
  clock.advance(2000);
  const copy = new BlockedAddresses(other);
  for (const [group, ms] of blocked.left()) copy.add(group, ms);
  other.advance(2999);
  expect([copy.has('192.0.2.1'), copy.has('192.0.2.2')]).toEqual([true, false]);
  other.advance(1);
  expect(copy.has('192.0.2.1')).toBe(false);
});
