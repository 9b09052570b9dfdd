import { expect, test } from 'vitest';
import { type LimitSettings, relaySettings } from '../../../src/config/relay-settings.ts';
import {
  type Counted,
  FAREWELL_SESSIONS,
  SessionLimits,
} from '../../../src/service/listen/session-limits.ts';

const { limits }: { limits: LimitSettings } = relaySettings.parse({
  limits: { pendingSessions: 1000 },
});

function fill(table: SessionLimits<Counted>, address: string, count: number): Counted[] {
  return Array.from({ length: count }, () => {
    const added = { address };
    table.add(added);
    return added;
  });
}

test('a full server tells as many as it can afford, then cuts', () => {
  const table = new SessionLimits(limits, 5);
  for (const added of fill(table, '10.0.0.1', 5)) table.accept(added);
  expect(table.admit('10.0.0.2')).toMatchObject({
    refused: 'session-limit',
    description: 'the server is full: it has 5 sessions',
    isCut: false,
  });
  fill(table, '10.0.0.3', FAREWELL_SESSIONS);
  expect(table.admit('10.0.0.2')).toMatchObject({ refused: 'session-limit', isCut: true });
});

test('a crowd that has not begun anything is cut, in all and per address', () => {
  const table = new SessionLimits({ ...limits, pendingSessions: 6, pendingSessionsPerAddress: 4 }, 100);
  const crowd = fill(table, '10.0.0.1', 4);
  expect(table.admit('10.0.0.1')).toEqual({
    refused: 'pending-limit',
    description: 'too many connections that have not begun anything: 4 from 10.0.0.1',
    isCut: true,
  });
  expect(table.admit('10.0.0.2')).toBeUndefined();
  fill(table, '10.0.0.2', 2);
  expect(table.admit('10.0.0.3')).toMatchObject({ refused: 'pending-limit', isCut: true });
  for (const added of crowd) table.accept(added);
  expect(table.admit('10.0.0.1')).toBeUndefined();
  for (const added of crowd) table.accept(added); // twice is once
  expect(table.admit('10.0.0.3')).toBeUndefined();
});

test('IPv6 counts by /64, an IPv4-mapped address as IPv4', () => {
  const table = new SessionLimits({ ...limits, sessionsPerAddress: 2 }, 100);
  fill(table, '2001:db8:1:2::1', 1);
  fill(table, '2001:db8:1:2:ffff::9', 1);
  expect(table.admit('2001:db8:1:2:3:4:5:6')).toMatchObject({ refused: 'address-limit', isCut: false });
  expect(table.admit('2001:db8:1:3::1')).toBeUndefined();
  fill(table, '10.0.0.1', 2);
  expect(table.admit('::ffff:10.0.0.1')?.refused).toBe('address-limit');
});

test('who leaves is forgotten, accepted or not', () => {
  const table = new SessionLimits({ ...limits, sessionsPerAddress: 2 }, 100);
  const [first, second] = fill(table, '10.0.0.1', 2);
  if (first === undefined || second === undefined) throw new Error('nobody is there');
  table.accept(first);
  expect(table.remove(first)).toBe(true);
  expect(table.remove(first)).toBe(false);
  expect(table.admit('10.0.0.1')).toBeUndefined();
  expect(table.remove(second)).toBe(true);
  expect(table.size).toBe(0);
});
