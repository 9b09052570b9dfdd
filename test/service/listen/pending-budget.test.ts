import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { PendingBudget } from '../../../src/service/listen/pending-budget.ts';
import { FakeClock } from '../../support/fake-clock.ts';

/** A connection as far as the budget knows it. */
class FakeConnection {
  readonly id: string;
  partialBytes = 0;
  backlogBytes = 0;
  /** How often it was asked to begin nothing more. */
  notices = 0;

  constructor(id: string) {
    this.id = id;
  }

  askToReconnect(): boolean {
    this.notices++;
    return false;
  }
}

function scene({ pendingBytes = 1000, pendingBytesPerAddress = 400, pendingMs = 60_000, threads = 1 } = {}) {
  const clock = new FakeClock(1000);
  const cut: string[] = [];
  const limits = { pendingBytes, pendingBytesPerAddress };
  const budget = new PendingBudget<FakeConnection>(clock, limits, { pendingMs }, threads, ({ id }, why) =>
    cut.push(`${id}: ${why.refused}: ${why.description}`),
  );
  const open = (id: string, address: string | null = `192.0.2.${id}`): FakeConnection => {
    const connection = new FakeConnection(id);
    budget.add(connection, address);
    return connection;
  };
  /** It holds so many bytes now. */
  const hold = (connection: FakeConnection, bytes: number): void => {
    connection.partialBytes = Math.floor(bytes / 2);
    connection.backlogBytes = bytes - connection.partialBytes;
    budget.note(connection);
  };
  return { clock, cut, budget, limits, open, hold };
}

describe('the time of a connection that begins nothing', () => {
  test('is bounded whatever it does, and it is told before', () => {
    const { clock, cut, budget, open, hold } = scene();
    const one = open('1');
    for (let second = 0; second < 54; second++) {
      clock.advance(1000);
      hold(one, second);
    }
    expect([one.notices, cut]).toEqual([0, []]);
    clock.advance(5000);
    expect(one.notices).toBeGreaterThan(0);
    clock.advance(1000);
    expect(cut).toEqual(['1: pending-limit: published and played nothing for 60 s (deadlines.pendingMs)']);
    expect([budget.size, budget.bytes]).toEqual([0, 0]);
  });

  test('ends with what it begins, and begins again when that is over', () => {
    const { clock, cut, budget, open } = scene();
    const one = open('1');
    clock.advance(50_000);
    budget.remove('1');
    clock.advance(100_000);
    budget.add(one, '192.0.2.1');
    clock.advance(59_000);
    expect(cut).toEqual([]);
    clock.advance(1000);
    expect(cut).toHaveLength(1);
    budget.close();
    expect(clock.pending).toBe(0);
  });
});

describe('what such connections hold', () => {
  test('is bounded for each address: whoever of it holds most goes', () => {
    const { cut, open, hold } = scene();
    const [small, large, other] = [open('1', '2001:db8::1'), open('2', '2001:db8::2'), open('3')];
    hold(large, 300);
    hold(other, 400);
    hold(small, 101);
    expect(cut).toEqual([
      '2: pending-limit: connections that neither publish nor play hold too much: 401 bytes from one address (limits.pendingBytesPerAddress)',
    ]);
    hold(small, 400);
    expect(cut).toHaveLength(1);
  });

  test('is bounded in all: of the address that holds most whoever holds most goes', () => {
    const { cut, open, hold } = scene();
    const [one, two, three] = [open('1', '192.0.2.1'), open('2', '192.0.2.1'), open('3')];
    const behindProxy = open('4', null);
    hold(three, 300);
    hold(one, 190);
    hold(two, 200);
    hold(behindProxy, 311);
    expect(cut).toEqual([
      '2: pending-limit: connections that neither publish nor play hold too much: 1001 bytes (limits.pendingBytes)',
    ]);
    hold(behindProxy, 900);
    expect(cut[1]).toMatch(/^4: /);
  });

  test('is a part of the whole in each thread', () => {
    const { cut, open, hold } = scene({ threads: 4 });
    hold(open('1'), 250);
    expect(cut).toEqual([]);
    hold(open('2'), 1);
    expect(cut).toHaveLength(1);
  });

  test('goes with a connection to the address that it has in truth', () => {
    const { cut, budget, open, hold } = scene();
    hold(open('1'), 300);
    const moved = open('2', null);
    hold(moved, 300);
    budget.move('2', '192.0.2.1');
    budget.replace(moved);
    hold(moved, 301);
    expect(cut[0]).toMatch(/^2: .*601 bytes from one address/);
  });

  test('counts no more when it publishes or plays', () => {
    const { cut, budget, open, hold } = scene();
    const one = open('1');
    hold(one, 400);
    budget.remove('1');
    hold(one, 10_000);
    expect([cut, budget.bytes]).toEqual([[], 0]);
  });
});

test('whatever comes and goes, what is counted is what is held, and at most the limit', () => {
  const step = fc.record({
    what: fc.constantFrom('open', 'hold', 'hold', 'hold', 'close', 'move', 'limits'),
    id: fc.nat(6),
    address: fc.constantFrom('192.0.2.1', '192.0.2.2', null),
    bytes: fc.nat(600),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
      const { cut, budget, limits, open, hold } = scene();
      const there = new Map<string, FakeConnection>();
      for (const { what, id: number, address, bytes } of steps) {
        const id = `${number}`;
        const connection = there.get(id);
        if (what === 'open') there.set(id, open(id, address));
        else if (what === 'limits') limits.pendingBytes = 600 + bytes;
        else if (connection === undefined) continue;
        else if (what === 'hold') hold(connection, bytes);
        else if (what === 'move') budget.move(id, address);
        else {
          budget.remove(id);
          there.delete(id);
        }
        for (const gone of cut.splice(0)) there.delete(gone.split(':')[0] ?? '');
        const held = [...there.values()].reduce((sum, one) => sum + one.partialBytes + one.backlogBytes, 0);
        expect([budget.bytes, budget.size]).toEqual([held, there.size]);
        if (what === 'hold') expect(held).toBeLessThanOrEqual(limits.pendingBytes);
      }
      budget.close();
    }),
  );
});

test('says how far each limit is used: of what one address may hold, by the one that holds most', () => {
  const { budget, open, hold } = scene({ threads: 2 });
  hold(open('1'), 100);
  hold(open('2'), 150);
  hold(open('3', null), 200); // counts to no address
  expect([...budget.usage()]).toEqual([
    { limit: 'pendingBytes', used: 450, most: 500 },
    { limit: 'pendingBytesPerAddress', used: 150, most: 400 },
  ]);
});
