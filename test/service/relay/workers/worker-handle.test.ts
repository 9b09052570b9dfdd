import { EventEmitter } from 'node:events';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Worker } from 'node:worker_threads';
import { expect, test } from 'vitest';
import { relaySettings } from '../../../../src/config/relay-settings.ts';
import { PullLedger } from '../../../../src/service/access/joining/pull-ledger.ts';
import { ShareLedger } from '../../../../src/service/access/joining/share-ledger.ts';
import { SessionLimits } from '../../../../src/service/listen/session-limits.ts';
import { Directory } from '../../../../src/service/relay/workers/directory.ts';
import type { ToMain, ToWorker } from '../../../../src/service/relay/workers/messages.ts';
import { WorkerHandle, type WorkerSession } from '../../../../src/service/relay/workers/worker-handle.ts';
import { failuresOf } from '../../../support/failures.ts';
import { FakeClock } from '../../../support/fake-clock.ts';
import { joinOf } from '../../../support/joins.ts';
import { RecordingLog } from '../../../support/recording-log.ts';

/** A thread that does nothing but listen, and says what it is told to. */
class DeafWorker extends EventEmitter {
  readonly told: ToWorker[] = [];

  postMessage(message: ToWorker): void {
    this.told.push(message);
  }

  say(message: ToMain): void {
    this.emit('message', message);
  }
}

function scene(changes: Record<string, number> = {}) {
  const { limits } = relaySettings.parse({ limits: changes });
  const worker = new DeafWorker();
  const clock = new FakeClock();
  const evicted: string[] = [];
  const sessions = new SessionLimits<WorkerSession>(limits, 100, clock, (session, why) => {
    evicted.push(session.id);
    session.worker.tell({ say: 'evict', session: session.id, why });
  });
  const pulls = new PullLedger(limits, clock);
  const shares = new ShareLedger([
    { match: '**', per: 'all', sessions: null, publishers: 1, players: 3, bitsPerSecond: null },
  ]);
  const shared = {
    log: new RecordingLog(),
    accessLog: undefined,
    directory: new Directory(),
    events: { tell: () => {} },
    sessions,
    pulls,
    shares,
    failures: failuresOf(clock),
    matchesPassword: async () => false,
  };
  const handle = new WorkerHandle(0, 0, worker as unknown as Worker, shared);
  return { worker, sessions, pulls, shares, handle, clock, evicted };
}

test('a worker that is too busy to answer does not keep anybody waiting', async () => {
  const { worker, handle, clock } = scene();
  const measured = handle.measure('all', clock);
  expect(worker.told).toEqual([{ say: 'ask', id: 1, question: 'measure', details: ['all'] }]);
  clock.advance(1000);
  await measured;
  expect(handle.report.snapshot).toEqual({ families: [], ofStreams: [] });
  expect(clock.pending).toBe(0);
});

test('of a worker that does not list what it has in five seconds nothing is known', async () => {
  const { handle, clock } = scene();
  const listed = Promise.all([
    handle.ask(clock, 5000, 'streams', { limit: 1 }),
    handle.ask(clock, 5000, 'sessions', { limit: 1 }),
  ]);
  clock.advance(4999);
  expect(clock.pending).toBe(2);
  clock.advance(1);
  expect(await listed).toEqual([undefined, undefined]);
});

test('a late answer counts all the same', async () => {
  const { worker, handle, clock } = scene();
  const measured = handle.measure('all', clock);
  clock.advance(1000);
  await measured;
  const late = { snapshot: { families: [], ofStreams: [{}] } };
  worker.say({ say: 'answer', id: 1, answer: late });
  await nextTurn();
  expect(handle.report).toEqual(late);
});

test('whoever waits for a worker that dies waits no longer', async () => {
  const { handle, clock } = scene();
  const waiting = [handle.measure('all', clock), handle.drain({})];
  handle.onExit(1);
  await expect(handle.started).rejects.toThrow('worker 0 ended with code 1');
  await Promise.all(waiting);
  expect(clock.pending).toBe(0);
});

test('settings count as taken over where a worker is gone, or says nothing in time, and not where it says why not', async () => {
  const { worker, handle, clock } = scene();
  const settings = relaySettings.parse({});
  const silent = handle.configure(settings, [], clock);
  clock.advance(5000);
  expect(await silent).toBeUndefined();
  const refused = handle.configure(settings, ['tv/a'], clock, 'house');
  expect(worker.told.at(-1)).toMatchObject({ question: 'configure', details: [settings, ['tv/a'], 'house'] });
  worker.say({ say: 'answer', id: 2, answer: 'not so' });
  expect(await refused).toBe('not so');
  const lost = handle.configure(settings, [], clock);
  handle.started.catch(() => {}); // it never was
  handle.onExit(1);
  expect(await lost).toBeUndefined();
  expect(clock.pending).toBe(0);
});

test('its sessions go with it, and those that play are told apart', async () => {
  const { worker, handle, sessions } = scene();
  for (const [id, session] of ['w0c1', 'w0c2', 'w0c3'].entries())
    worker.say({ say: 'ask', id, question: 'admit', details: [session, '10.0.0.1'] });
  worker.say({ say: 'accepted', session: 'w0c1', isPlayer: true });
  worker.say({ say: 'accepted', session: 'w0c2', isPlayer: false });
  worker.say({ say: 'accepted', session: 'w0c9', isPlayer: true }); // was cut before it was counted
  worker.say({ say: 'closed', session: 'w0c9' });
  expect(sessions.size).toBe(3);
  await nextTurn();
  expect(worker.told.at(-1)).toEqual({ say: 'answer', id: 2, answer: undefined });
  handle.started.catch(() => {}); // it never was
  expect(handle.onExit(1)).toMatchObject({ sessions: 3, players: 1 });
  expect(handle.onExit(1)).toEqual({ sessions: 0, players: 0, publications: [] });
  expect(sessions.size).toBe(0);
});

test('what it still publishes goes with it, once for each time that one connection publishes a stream', () => {
  const { worker, handle } = scene();
  const publication = (connection: string, stream: string) => ({
    ...{ connection, stream, peer: '10.0.0.1:5', protocol: 'rtmp', client: null },
  });
  const [first, second, other] = [
    publication('w0c1', 'live/a'),
    publication('w0c1', 'live/a'),
    publication('w0c2', 'live/a'),
  ];
  worker.say({ say: 'publishing', publication: first, isOver: false });
  worker.say({ say: 'publishing', publication: other, isOver: false });
  worker.say({ say: 'publishing', publication: second, isOver: false });
  worker.say({ say: 'publishing', publication: first, isOver: true });
  handle.started.catch(() => {}); // it never was
  expect(handle.onExit(1).publications).toEqual([other, second]);
  expect(handle.onExit(1).publications).toEqual([]);
});

test('a session that has to make room is counted out at once, and forgotten when it is closed', () => {
  const { worker, sessions, evicted } = scene({ pendingSessions: 2 });
  const admit = (id: number, address: string): void =>
    worker.say({ say: 'ask', id, question: 'admit', details: [`w0c${id}`, address] });
  admit(1, '10.0.0.1');
  admit(2, '10.0.0.1');
  admit(3, '10.0.0.2');
  expect(worker.told[0]).toMatchObject({
    say: 'evict',
    session: 'w0c1',
    why: { refused: 'pending-limit' },
  });
  worker.say({ say: 'accepted', session: 'w0c1', isPlayer: true }); // it did not know yet
  admit(4, '10.0.0.3');
  expect([evicted, sessions.size]).toEqual([['w0c1'], 3]);
  worker.say({ say: 'closed', session: 'w0c1' });
  expect(sessions.size).toBe(2);
});

test('a session that does nothing any more is the first to make room, and counts as nobody who played', async () => {
  const { worker, handle, evicted } = scene({ pendingSessions: 2 });
  for (const id of [1, 2, 3])
    worker.say({ say: 'ask', id, question: 'admit', details: [`w0c${id}`, '10.0.0.1'] });
  worker.say({ say: 'accepted', session: 'w0c2', isPlayer: true });
  worker.say({ say: 'idle', session: 'w0c2' });
  worker.say({ say: 'ask', id: 4, question: 'admit', details: ['w0c4', '10.0.0.1'] });
  expect(evicted).toEqual(['w0c2']);
  handle.started.catch(() => {}); // it never was
  expect(handle.onExit(1)).toMatchObject({ players: 0 });
});

test('players that wait are counted until they do so no more, or their worker has died', async () => {
  const { worker, handle, sessions } = scene({ waitingPlayersPerAddress: 2 });
  const answers = (): unknown[] =>
    worker.told.flatMap((said) => (said.say === 'answer' && said.id >= 10 ? [said.answer] : []));
  const joined = (isWaiting: boolean) => ({ isHeld: true, isWaiting, streamBits: 0, home: 0 });
  for (const id of [1, 2])
    worker.say({ say: 'ask', id, question: 'admit', details: [`w0c${id}`, '10.0.0.1'] });
  const take = (id: number, key: string): void =>
    worker.say({
      say: 'ask',
      id,
      question: 'join',
      details: [id, joinOf({ key, session: 'w0c1', mayWait: true })],
    });
  take(10, 'live/none');
  take(11, 'live/none');
  take(12, 'live/none');
  worker.say({ say: 'ask', id: 9, question: 'find', details: [['live/a']] });
  worker.say({ say: 'published', key: 'live/a', isPublished: true });
  take(13, 'live/a');
  worker.say({ say: 'wait-over', join: 10 });
  take(14, 'live/none');
  await nextTurn();
  expect(answers()).toEqual([
    joined(true),
    joined(true),
    expect.objectContaining({ refused: 'waiting-limit' }),
    joined(false),
    expect.objectContaining({ refused: 'capacity-limit' }),
  ]);
  handle.started.catch(() => {}); // it never was
  handle.onExit(1);
  sessions.add({ id: 'w1c1', worker: handle, isPlayer: false }, '10.0.0.1');
  expect([sessions.wait('w1c1'), sessions.wait('w1c1')]).toEqual([undefined, undefined]);
});

test('the slots among the pulls that a worker held are free when it has died', () => {
  const { worker, handle, pulls } = scene();
  const join = joinOf({ key: 'tv/a', isPulled: true });
  worker.say({ say: 'ask', id: 1, question: 'join', details: [1, join] });
  worker.say({ say: 'pull-news', key: 'tv/a', news: 'held' });
  expect(pulls.size).toBe(1);
  handle.started.catch(() => {}); // it never was
  handle.onExit(1);
  expect(pulls.size).toBe(0);
});
