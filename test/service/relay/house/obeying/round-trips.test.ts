import { Socket } from 'node:net';
import { expect, test } from 'vitest';
import { measureRoundTrips } from '../../../../../src/service/relay/house/obeying/round-trips.ts';
import type { Connect } from '../../../../../src/session/upstream/server-connector.ts';
import { FakeClock } from '../../../../support/fake-clock.ts';

/** Lets time pass until it is done. */
async function inTime<T>(clock: FakeClock, promise: Promise<T>): Promise<T> {
  let isOver = false;
  void promise.finally(() => {
    isOver = true;
  });
  while (!isOver) {
    clock.advance(10);
    await new Promise(setImmediate);
  }
  return promise;
}

test('the shortest of some tries counts; who does not answer has none', async () => {
  const clock = new FakeClock();
  let tries = 0;
  const asked: unknown[] = [];
  const connect: Connect = (to, onDone) => {
    asked.push(to);
    const { host } = to;
    if (host === 'gone') return clock.after(1, () => onDone(new Error('refused')));
    if (host === 'silent') return () => {};
    return clock.after(tries++ === 0 ? 100 : 30, () => onDone(new Socket()));
  };
  const targets = [
    { relay: 'a', url: 'rtmp://near/live' },
    { relay: 'b', url: 'https://gone' },
    { relay: 'c', url: 'rtmp://silent' },
    { relay: 'd', url: 'file:///etc/passwd' },
  ];
  expect(await inTime(clock, measureRoundTrips(targets, clock, connect))).toEqual({
    a: 30,
    b: null,
    c: null,
    d: null,
  });
  expect(asked[0]).toEqual({ host: 'near', port: 1935, isTls: false });
});

test('so many are measured at a time, and an end comes however many there are', async () => {
  const clock = new FakeClock();
  let open = 0;
  let most = 0;
  const connect: Connect = () => {
    most = Math.max(most, ++open);
    return () => {
      open--;
    };
  };
  const targets = Array.from({ length: 1000 }, (_, index) => ({ relay: `r${index}`, url: 'rtmp://silent' }));
  const found = await inTime(clock, measureRoundTrips(targets, clock, connect));
  expect([most, open, Object.keys(found).length]).toEqual([16, 0, 1000]);
  expect(clock.now()).toBeLessThan(25_000);
});
