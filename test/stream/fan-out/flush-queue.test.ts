import fc from 'fast-check';
import { expect, test } from 'vitest';
import { FlushQueue } from '../../../src/stream/fan-out/flush-queue.ts';
import { FakeClock } from '../../support/fake-clock.ts';

function setUp(maxDelayMs = 100, cpuShare = 0.25) {
  const clock = new FakeClock();
  const queue = new FlushQueue(clock, { maxDelayMs, cpuShare });
  const log: string[] = [];
  const stream = (name: string, costMs = 0) => ({
    flush(now: number) {
      log.push(`${name}@${now}`);
      clock.spend(costMs);
      return true;
    },
  });
  return { clock, queue, log, stream };
}

test('flushes at once, but not from within the request', () => {
  const { clock, queue, log, stream } = setUp();
  queue.request(stream('a'), clock.now());
  expect(log).toEqual([]);
  clock.advance(0);
  expect(log).toEqual(['a@0']);
});

test('flushes the longest-waiting first; who asks again keeps its place', () => {
  const { clock, queue, log, stream } = setUp();
  const [a, b, c] = [stream('a'), stream('b'), stream('c')];
  queue.request(b, clock.now());
  queue.request(a, clock.now());
  queue.request(c, clock.now());
  queue.request(b, clock.now());
  clock.advance(0);
  expect(log).toEqual(['b@0', 'a@0', 'c@0']);
});

test('rests for three times what the last flush cost', () => {
  const { clock, queue, log, stream } = setUp();
  queue.request(stream('a', 10), clock.now());
  queue.request(stream('b', 5), clock.now());
  queue.request(stream('c'), clock.now());
  clock.advance(200);
  expect(log).toEqual(['a@0', 'b@40', 'c@60']);
});

test.each([
  [0.25, 30],
  [0.6, 4],
  [1, 0],
])('with a share of %d rests for what many small flushes cost together', (cpuShare, restMs) => {
  const { clock, queue, log, stream } = setUp(100, cpuShare);
  for (let i = 0; i < 20; i++) queue.request(stream(`s${i}`, 0.5), clock.now());
  clock.advance(200);
  const starts = log.map((line) => Number(line.split('@')[1]));
  const last = starts.at(-1) ?? 0;
  expect(last).toBeGreaterThanOrEqual(9.5 / cpuShare - 4);
  expect(last).toBeLessThanOrEqual(9.5 / cpuShare + 1 + restMs / 10);
});

test('flushes as many streams in a turn of the loop as there is time for', () => {
  const { clock, queue, log, stream } = setUp(100, 1);
  for (let i = 0; i < 6; i++) queue.request(stream(`s${i}`, 1), clock.now());
  clock.soon(() => log.push(`others@${clock.now()}`));
  clock.advance(50);
  expect(log.map((line) => line.split('@')[0])).toEqual(['s0', 's1', 's2', 's3', 'others', 's4', 's5']);
});

test('what an overload has left does not hold up for longer than anybody waits', () => {
  const { clock, queue, log, stream } = setUp(100);
  for (let i = 0; i < 10; i++) queue.request(stream(`large${i}`, 30), clock.now());
  clock.advance(2000);
  const before = log.length;
  queue.request(stream('small'), clock.now());
  clock.advance(100);
  expect(log.length - before).toBe(1);
});

test('does not rest for less than a millisecond', () => {
  const { clock, queue, log, stream } = setUp();
  queue.request(stream('a', 0.25), clock.now());
  queue.request(stream('b'), clock.now());
  clock.advance(0.25);
  expect(log).toEqual(['a@0', 'b@0.25']);
});

test('lets no stream wait longer than the longest delay', () => {
  const { clock, queue, log, stream } = setUp(100);
  queue.request(stream('a', 50), clock.now());
  clock.advance(0);
  queue.request(stream('b', 50), clock.now()); // 50 ms after the start, in a rest of 150 ms
  clock.advance(20);
  queue.request(stream('c'), clock.now());
  clock.advance(500);
  expect(log).toEqual(['a@0', 'b@150', 'c@200']);
});

test('a wish that is taken back leaves the others their rest', () => {
  const { clock, queue, log, stream } = setUp(100);
  const [b, c] = [stream('b'), stream('c')];
  queue.request(stream('a', 60), clock.now());
  queue.request(b, clock.now());
  clock.advance(0); // rests until 240, b is due at 100
  clock.advance(30);
  queue.request(c, clock.now()); // at 90: due at 190
  queue.cancel(b);
  clock.advance(300);
  expect(log).toEqual(['a@0', 'c@190']);
});

test('a flush of several turns goes on before anybody else is flushed, and what it took in all is rested for', () => {
  const { clock, queue, log, stream } = setUp();
  let turns = 3;
  const long = {
    flush(now: number) {
      log.push(`long@${now}`);
      clock.spend(4);
      return --turns === 0;
    },
  };
  queue.request(long, clock.now());
  queue.request(stream('b'), clock.now());
  clock.after(5, () => log.push(`other@${clock.now()}`));
  clock.advance(100);
  expect(log).toEqual(['long@0', 'long@4', 'other@8', 'long@8', 'b@48']);
});

test('what others do between the turns of a flush makes the rest no longer', () => {
  const { clock, queue, log, stream } = setUp();
  let turns = 3;
  const long = {
    flush(now: number) {
      log.push(`long@${now}`);
      clock.after(0, () => clock.spend(6));
      clock.spend(4);
      return --turns === 0;
    },
  };
  queue.request(long, clock.now());
  queue.request(stream('b'), clock.now());
  clock.advance(100);
  expect(log).toEqual(['long@0', 'long@10', 'long@20', 'b@48']);
});

test('who asks between the turns of its own flush waits from the end of that on', () => {
  const { clock, queue, log } = setUp(100);
  let turns = 10;
  const long = {
    flush(now: number) {
      log.push(`long@${now}`);
      clock.spend(10);
      return --turns <= 0;
    },
  };
  queue.request(long, clock.now());
  clock.after(5, () => queue.request(long, clock.now()));
  clock.advance(150);
  expect(log).toHaveLength(10);
  clock.advance(50);
  expect(log.slice(10)).toEqual(['long@200']);
});

test('a flush that needs no more turns after all is over', () => {
  const { clock, queue, log, stream } = setUp();
  const long = {
    flush(now: number) {
      log.push(`long@${now}`);
      clock.spend(1);
      return false;
    },
  };
  queue.request(long, clock.now());
  clock.after(0.5, () => queue.cancel(long));
  queue.request(stream('b'), clock.now());
  clock.advance(100);
  expect(log).toEqual(['long@0', 'b@1']);
});

test('property: in order of asking, each once, none later than allowed unless others kept the thread', () => {
  const request = fc.record({
    name: fc.integer({ min: 0, max: 4 }),
    gapMs: fc.integer({ min: 0, max: 60 }),
    costMs: fc.integer({ min: 0, max: 20 }),
  });
  fc.assert(
    fc.property(fc.array(request, { maxLength: 40 }), (requests) => {
      const { clock, queue } = setUp(100);
      const waiting: { name: number; since: number }[] = [];
      let costMs = 0;
      let endedAt = 0;
      let restMs = 0;
      const lateTimerMs = 2; // a rest that was too long by that is made good
      const streams = Array.from({ length: 5 }, (_, name) => ({
        flush(now: number) {
          expect(waiting[0]?.name).toBe(name);
          const since = waiting.shift()?.since ?? 0;
          const isRested = now >= Math.min(endedAt + restMs - lateTimerMs, since + 100);
          const isInTime = now <= Math.max(endedAt, since + 100);
          expect({ now, isRested, isInTime }).toEqual({ now, isRested: true, isInTime: true });
          clock.spend(costMs);
          endedAt = clock.now();
          restMs = 3 * costMs;
          return true;
        },
      }));
      for (const { name, gapMs, costMs: cost } of requests) {
        clock.advance(gapMs);
        costMs = cost;
        const stream = streams[name];
        if (stream === undefined) continue;
        if (!waiting.some((other) => other.name === name)) waiting.push({ name, since: clock.now() });
        queue.request(stream, clock.now());
      }
      clock.advance(10_000);
      expect(waiting).toEqual([]);
    }),
  );
});
