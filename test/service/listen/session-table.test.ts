import { expect, test } from 'vitest';
import { type LimitSettings, relaySettings } from '../../../src/config/relay-settings.ts';
import { SessionTable } from '../../../src/service/listen/session-table.ts';
import type { Session, SessionRole } from '../../../src/session/session.ts';
import { FakeClock } from '../../support/fake-clock.ts';

const { limits }: { limits: LimitSettings } = relaySettings.parse({});

let last = 0;

function session(address: string, role: SessionRole = 'pending', bytes = 0): Session {
  return {
    id: `c${++last}`,
    protocol: 'rtmp',
    address,
    role,
    isOpen: true,
    isTls: false,
    via: undefined,
    serverName: undefined,
    client: '',
    since: 0,
    receivedBytes: bytes,
    sentBytes: 2 * bytes,
    partialBytes: 3 * bytes,
    backlogBytes: 4 * bytes,
    activities: () => [],
    askToReconnect: () => false,
    dismiss() {},
    destroy() {},
  };
}

function tableOf(settings: LimitSettings = limits, clock = new FakeClock()): SessionTable {
  return new SessionTable(settings, 100, clock, () => {});
}

test('what leaves is forgotten, its bytes are not', () => {
  const table = tableOf({ ...limits, sessionsPerAddress: 1 });
  const player = session('10.0.0.1', 'player', 100);
  table.add(player, player.address);
  table.accept(player);
  table.add(session('10.0.0.2', 'publisher', 7), '10.0.0.2');
  expect(table.sample().counts).toEqual([
    { role: 'player', protocol: 'rtmp', count: 1 },
    { role: 'publisher', protocol: 'rtmp', count: 1 },
  ]);
  table.remove(player);
  table.remove(player);
  expect(table.size).toBe(1);
  expect(table.admit('10.0.0.1')).toBeUndefined();
  expect([...table.sample().bytes]).toEqual([['rtmp', { received: 107, sent: 214 }]]);
});

test('of a connection that goes on as another session nothing is lost, and nobody takes it for an end', async () => {
  const clock = new FakeClock();
  const table = tableOf(limits, clock);
  const http = session('10.0.0.1', 'pending', 10);
  const webSocket = { ...http, protocol: 'ws', receivedBytes: 5, sentBytes: 1 };
  table.add(http, http.address);
  let isEmpty = false;
  const emptied = table.emptied(clock, 1000).then(() => {
    isEmpty = true;
  });
  table.replace(webSocket);
  await Promise.resolve();
  expect([isEmpty, table.size, [...table.sessions()]]).toEqual([false, 1, [webSocket]]);
  expect([...table.sample().bytes]).toEqual([
    ['rtmp', { received: 10, sent: 20 }],
    ['ws', { received: 5, sent: 1 }],
  ]);
  table.remove(webSocket);
  await emptied;
});

test('what sessions hold is added up, as long as they are there', () => {
  const table = tableOf(limits);
  const publisher = session('10.0.0.1', 'publisher', 7);
  table.add(publisher, publisher.address);
  table.add(session('10.0.0.2', 'player', 100), '10.0.0.2');
  expect(table.sample().held).toEqual({ partial: 321, backlog: 428 });
  table.remove(publisher);
  expect(table.sample().held).toEqual({ partial: 300, backlog: 400 });
});

test('is waited for until the last session has gone', async () => {
  const clock = new FakeClock();
  const table = tableOf(limits, clock);
  await table.emptied(clock, 1000);
  const [first, last] = [session('10.0.0.1'), session('10.0.0.2')];
  table.add(first, first.address);
  table.add(last, last.address);
  let isEmpty = false;
  const emptied = table.emptied(clock, 1000).then(() => {
    isEmpty = true;
  });
  table.remove(first);
  await Promise.resolve();
  expect(isEmpty).toBe(false);
  table.remove(last);
  await emptied;
  expect(clock.pending).toBe(0);
});

test('is waited for no longer than it is said', async () => {
  const clock = new FakeClock();
  const table = tableOf(limits, clock);
  table.add(session('10.0.0.1'), '10.0.0.1');
  const emptied = table.emptied(clock, 1000);
  clock.advance(1000);
  await emptied;
  expect(table.size).toBe(1);
});
