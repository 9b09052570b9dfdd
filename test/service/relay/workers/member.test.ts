import { EventEmitter } from 'node:events';
import type { Worker } from 'node:worker_threads';
import { expect, test } from 'vitest';
import { relaySettings } from '../../../../src/config/relay-settings.ts';
import { PullLedger } from '../../../../src/service/access/pull-ledger.ts';
import { WorkerPulls } from '../../../../src/service/access/worker-pulls.ts';
import { type Counted, SessionLimits } from '../../../../src/service/listen/session-limits.ts';
import { Member } from '../../../../src/service/relay/workers/member.ts';
import type { ToWorker } from '../../../../src/service/relay/workers/messages.ts';
import { FakeClock } from '../../../support/fake-clock.ts';

/** A thread that does nothing but listen. */
class DeafWorker extends EventEmitter {
  readonly told: ToWorker[] = [];

  postMessage(message: ToWorker): void {
    this.told.push(message);
  }
}

function scene() {
  const { limits } = relaySettings.parse({});
  const worker = new DeafWorker();
  const table = new SessionLimits<Counted>(limits, 100);
  const clock = new FakeClock();
  const ledger = new PullLedger(limits, clock);
  const member = new Member(worker as unknown as Worker, new WorkerPulls(ledger));
  return { worker, table, ledger, member, clock };
}

test('a worker that is too busy to answer does not keep anybody waiting', async () => {
  const { worker, member, clock } = scene();
  const measured = member.measure(clock);
  expect(worker.told).toEqual([{ say: 'measure', id: 1 }]);
  clock.advance(1000);
  await measured;
  expect(member.snapshot).toEqual([]);
  expect(clock.pending).toBe(0);
});

test('whoever waits for a worker that dies waits no longer', async () => {
  const { member, clock } = scene();
  const measured = member.measure(clock);
  member.onFailed(new Error('ended with code 1'));
  await expect(member.started).rejects.toThrow('ended with code 1');
  await Promise.all([measured, member.drained]);
  expect(clock.pending).toBe(0);
});

test('its sessions go with it, and those that play are told apart', () => {
  const { member, table } = scene();
  for (const id of ['w0c1', 'w0c2', 'w0c3']) member.add(table, id, '10.0.0.1');
  member.settle(table, 'w0c1', true);
  member.settle(table, 'w0c2', false);
  member.settle(table, 'w0c9', true); // was cut before it was counted
  member.remove(table, 'w0c9');
  expect(table.size).toBe(3);
  expect(member.removeAll(table)).toEqual({ sessions: 3, players: 1 });
  expect(member.removeAll(table)).toEqual({ sessions: 0, players: 0 });
  expect(table.size).toBe(0);
});

test('the places among the pulls that a worker held are free when it has died', () => {
  const { member, table, ledger } = scene();
  member.pulls.take('tv/a', '192.0.2.1');
  member.pulls.note('tv/a', 'held');
  member.removeAll(table);
  expect(ledger.size).toBe(0);
});
