import { expect, test } from 'vitest';
import type { Delivery, DeliveryOutcome } from '../../../../src/service/hooks/telling/delivery.ts';
import { Teller } from '../../../../src/service/hooks/telling/teller.ts';
import type { ToldEvent } from '../../../../src/service/hooks/telling/told-event.ts';
import { FakeClock } from '../../../support/fake-clock.ts';
import { hookSubject } from '../../../support/hook-subject.ts';
import { RecordingLog } from '../../../support/recording-log.ts';

const told: DeliveryOutcome = { is: 'told' };
const away: DeliveryOutcome = { is: 'away', problem: 'no answer' };
const refused: DeliveryOutcome = { is: 'refused', problem: 'it answered 500' };

/** A delivery whose ends a test decides. */
class Post implements Delivery<string> {
  readonly parallel: number;
  readonly retries = 2;
  /** Each as it was begun: the event, and how many were lost before. */
  readonly begun: string[] = [];
  readonly #waiting: ((outcome: DeliveryOutcome) => void)[] = [];
  isClosed = false;

  constructor(parallel = 2) {
    this.parallel = parallel;
  }

  prepare(event: ToldEvent) {
    if (event.stream === 'secret/x') return { problem: 'it must not be told' };
    return event.stream === 'wordless/x' ? undefined : { item: event.id, bytes: 100 };
  }

  deliver(item: string, lost: number): Promise<DeliveryOutcome> {
    this.begun.push(lost === 0 ? item : `${item}, ${lost} lost`);
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  close(): void {
    this.isClosed = true;
  }

  /** Ends the delivery that was begun first. */
  async end(outcome: DeliveryOutcome): Promise<void> {
    this.#waiting.shift()?.(outcome);
    for (let i = 0; i < 5; i++) await Promise.resolve();
  }
}

function scene(parallel?: number, events = 100) {
  const clock = new FakeClock();
  const log = new RecordingLog();
  const post = new Post(parallel);
  const teller = new Teller(post, { events, bytes: 10_000 }, { name: 'hooks.0', clock, log });
  const tell = (id: string, session = id.charAt(0), stream = 'live/a'): void => {
    const subject = hookSubject({ session, stream });
    teller.tell({ event: 'play', id, atMs: 0, stream, subject, activity: 'play', durationMs: 0, bytes: 0 });
  };
  return { clock, log, post, teller, tell };
}

test('sessions wait for nobody, the events of one for each other', async () => {
  const { post, tell } = scene(3);
  for (const id of ['a1', 'a2', 'b1']) tell(id);
  expect(post.begun).toEqual(['a1', 'b1']);
  await post.end(told);
  expect(post.begun).toEqual(['a1', 'b1', 'a2']);
});

test('no more are under way than may be', () => {
  const { post, tell } = scene(2);
  for (const id of ['a1', 'b1', 'c1', 'd1']) tell(id);
  expect(post.begun).toEqual(['a1', 'b1']);
});

test('while nobody answers one event finds out whether somebody does, and order is kept', async () => {
  const { clock, log, post, teller, tell } = scene(2);
  for (const id of ['a1', 'b1', 'a2', 'c1']) tell(id);
  await post.end(away);
  await post.end(away);
  expect(post.begun).toEqual(['a1', 'b1']);
  clock.advance(1000);
  expect(post.begun).toEqual(['a1', 'b1', 'a1']); // no third one: both that may be under way are in hand
  await post.end(away);
  clock.advance(500);
  expect(post.begun).toHaveLength(3);
  clock.advance(1500);
  expect(post.begun).toEqual(['a1', 'b1', 'a1', 'b1']);
  await post.end(told);
  expect(post.begun.slice(4)).toEqual(['a1', 'c1']);
  await post.end(told);
  await post.end(told);
  await post.end(told);
  expect(post.begun.slice(6)).toEqual(['a2']);
  expect(teller.counts).toEqual({ told: 4, failed: 0, lost: 0 });
  expect(log.find('hook-events').map(({ text }) => text)).toEqual([
    'hooks.0 cannot be told what happens: no answer',
    'hooks.0 is told again what happens',
  ]);
});

test('an event that nobody could be told for minutes is lost, and the next one says so', async () => {
  const { clock, log, post, teller, tell } = scene(1);
  tell('a1');
  await post.end(away);
  clock.advance(300_000);
  tell('b1');
  expect(post.begun).toEqual(['a1', 'a1']);
  await post.end(away);
  expect(teller.counts).toEqual({ told: 0, failed: 0, lost: 1 });
  clock.advance(2000);
  expect(post.begun.slice(2)).toEqual(['b1, 1 lost']);
  await post.end(away);
  clock.advance(4000);
  expect(post.begun.slice(3)).toEqual(['b1, 1 lost']);
  await post.end(told);
  tell('c1');
  expect(post.begun.slice(4)).toEqual(['c1']);
  expect(log.find('hook-events', { outcome: 'lost', events: 1 })).toHaveLength(1);
});

test('one that is refused is tried again a little later, while others are told', async () => {
  const { clock, post, teller, tell } = scene(1);
  tell('a1');
  await post.end(refused);
  tell('b1');
  tell('a2');
  expect(post.begun).toEqual(['a1']); // what waits for its turn is in hand, and there is one hand
  clock.advance(1000);
  await post.end(refused);
  clock.advance(2000);
  await post.end(refused);
  expect(post.begun).toEqual(['a1', 'a1', 'a1', 'b1']);
  expect(teller.counts).toEqual({ told: 0, failed: 1, lost: 0 });
});

test('where too many wait the oldest are lost: counted, logged once, and told once', async () => {
  const { log, post, teller, tell } = scene(1, 10);
  for (let i = 0; i < 100; i++) tell(`${String.fromCharCode(97 + (i % 7))}${i}`);
  expect(teller.queueLength).toBe(10);
  expect(teller.counts.lost).toBe(90);
  await post.end(told);
  expect(post.begun[1]).toMatch(/^\w\d+, 90 lost$/);
  await post.end(told);
  expect(post.begun[2]).toMatch(/^\w\d+$/);
  expect(log.find('hook-events', { outcome: 'lost' })).toHaveLength(1);
});

test('what has no words is left out, and what must not be told counts as failed', () => {
  const { log, post, teller, tell } = scene();
  tell('a1', 'a', 'wordless/x');
  tell('b1', 'b', 'secret/x');
  expect(post.begun).toEqual([]);
  expect(teller.counts).toEqual({ told: 0, failed: 1, lost: 0 });
  expect(log.find('hook-events')[0]?.text).toBe('hooks.0 has not taken play: it must not be told');
});

test('at the end it waits for what is left, or gives that up', async () => {
  const { clock, post, teller, tell } = scene(1);
  tell('a1');
  tell('a2');
  let isEmpty = false;
  const emptied = teller.emptied().then(() => {
    isEmpty = true;
  });
  await post.end(told);
  expect(isEmpty).toBe(false);
  teller.close();
  await emptied;
  expect(teller.counts).toEqual({ told: 1, failed: 0, lost: 1 });
  expect([post.isClosed, clock.pending]).toEqual([true, 0]);
  tell('a3');
  expect(post.begun).toEqual(['a1', 'a2']);
});

test('how the other side does, and what went wrong last', async () => {
  const { clock, post, teller, tell } = scene(1);
  expect([teller.breaker, teller.lastProblem]).toEqual(['closed', undefined]);
  tell('a1');
  await post.end(away);
  expect([teller.breaker, teller.lastProblem?.problem]).toEqual(['open', 'no answer']);
  clock.advance(60_000);
  expect(teller.breaker).toBe('half-open');
  await post.end(told);
  expect([teller.breaker, teller.lastProblem?.problem]).toEqual(['closed', 'no answer']);
  tell('x', 'x', 'secret/x');
  expect(teller.lastProblem?.problem).toBe('it has not taken play: it must not be told');
  teller.close();
});
