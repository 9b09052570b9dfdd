import { expect, test } from 'vitest';
import { TicketKey } from '../../../../src/service/listen/tls/ticket-key.ts';
import { FakeClock } from '../../../support/fake-clock.ts';

test('a key is replaced every hour, and whoever follows it is told', () => {
  const clock = new FakeClock();
  const key = TicketKey.rotating(clock);
  const keys = [key.bytes];
  key.follow((bytes) => keys.push(bytes));
  clock.advance(2 * 3_600_000);
  expect(keys).toHaveLength(3);
  expect(new Set(keys.map(String)).size).toBe(3);
  expect(keys.map((bytes) => bytes.length)).toEqual([48, 48, 48]);
  expect(key.bytes).toBe(keys[2]);
});

test('nobody is told of a key any more who has stopped following it', () => {
  const key = new TicketKey();
  const told: Buffer[] = [];
  const unfollow = key.follow((bytes) => told.push(bytes));
  unfollow();
  key.replace(new Uint8Array(48));
  expect([told, [...key.bytes]]).toEqual([[], new Array(48).fill(0)]);
});

test('a key that is closed keeps no timer', () => {
  const clock = new FakeClock();
  TicketKey.rotating(clock).close();
  expect(clock.pending).toBe(0);
});

test('two threads have the same key', () => {
  const main = new TicketKey();
  expect(new TicketKey(structuredClone(main.bytes)).bytes).toEqual(main.bytes);
});
