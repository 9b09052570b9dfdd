import { expect, test } from 'vitest';
import { type LimitSettings, relaySettings } from '../../../src/config/relay-settings.ts';
import { FAREWELL_SESSIONS, SessionTable } from '../../../src/service/relay/session-table.ts';
import type { Session, SessionRole } from '../../../src/session/session.ts';

const { limits }: { limits: LimitSettings } = relaySettings.parse({ limits: { pendingSessions: 1000 } });

function session(address: string, role: SessionRole = 'pending', bytes = 0): Session {
  return {
    id: 'c1',
    protocol: 'rtmp',
    address,
    role,
    receivedBytes: bytes,
    sentBytes: 2 * bytes,
    askToReconnect: () => false,
    dismiss() {},
    destroy() {},
  };
}

function fill(table: SessionTable, address: string, count: number): Session[] {
  return Array.from({ length: count }, () => {
    const added = session(address);
    table.add(added);
    return added;
  });
}

test('a full server tells as many as it can afford, then cuts', () => {
  const table = new SessionTable(limits, 5);
  for (const added of fill(table, '10.0.0.1', 5)) table.settle(added);
  expect(table.admit('10.0.0.2')).toMatchObject({
    refused: 'session-limit',
    description: 'the server is full: it has 5 sessions',
    isCut: false,
  });
  fill(table, '10.0.0.3', FAREWELL_SESSIONS);
  expect(table.admit('10.0.0.2')).toMatchObject({ refused: 'session-limit', isCut: true });
});

test('a crowd that has not begun anything is cut, in all and per address', () => {
  const table = new SessionTable({ ...limits, pendingSessions: 6, pendingSessionsPerAddress: 4 }, 100);
  const crowd = fill(table, '10.0.0.1', 4);
  expect(table.admit('10.0.0.1')).toEqual({
    refused: 'pending-limit',
    description: 'too many connections that have not begun anything: 4 from 10.0.0.1',
    isCut: true,
  });
  expect(table.admit('10.0.0.2')).toBeUndefined();
  fill(table, '10.0.0.2', 2);
  expect(table.admit('10.0.0.3')).toMatchObject({ refused: 'pending-limit', isCut: true });
  for (const added of crowd) table.settle(added);
  expect(table.admit('10.0.0.1')).toBeUndefined();
  for (const added of crowd) table.settle(added); // twice is once
  expect(table.admit('10.0.0.3')).toBeUndefined();
});

test('IPv6 counts by /64, an IPv4-mapped address as IPv4', () => {
  const table = new SessionTable({ ...limits, sessionsPerAddress: 2 }, 100);
  fill(table, '2001:db8:1:2::1', 1);
  fill(table, '2001:db8:1:2:ffff::9', 1);
  expect(table.admit('2001:db8:1:2:3:4:5:6')).toMatchObject({ refused: 'address-limit', isCut: false });
  expect(table.admit('2001:db8:1:3::1')).toBeUndefined();
  fill(table, '10.0.0.1', 2);
  expect(table.admit('::ffff:10.0.0.1')?.refused).toBe('address-limit');
});

test('what leaves is forgotten, its bytes are not', () => {
  const table = new SessionTable({ ...limits, sessionsPerAddress: 1 }, 100);
  const player = session('10.0.0.1', 'player', 100);
  table.add(player);
  table.settle(player);
  table.add(session('10.0.0.2', 'publisher', 7));
  expect(table.counts()).toEqual([
    { role: 'player', protocol: 'rtmp', count: 1 },
    { role: 'publisher', protocol: 'rtmp', count: 1 },
  ]);
  table.remove(player);
  table.remove(player);
  expect(table.size).toBe(1);
  expect(table.admit('10.0.0.1')).toBeUndefined();
  expect([...table.bytes()]).toEqual([['rtmp', { received: 107, sent: 214 }]]);
});
