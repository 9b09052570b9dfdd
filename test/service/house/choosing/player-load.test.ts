import { expect, test } from 'vitest';
import { FleetLoad } from '../../../../src/service/house/choosing/player-load.ts';

const ASSUMED = 2_000_000;

test('a relay that says what cannot be changes nothing for the others, nor leaves anything behind', () => {
  const load = new FleetLoad();
  expect(load.typical).toBe(ASSUMED);
  load.take('a', 1_000_000);
  expect(load.typical).toBe(1_000_000);
  load.take('b', 3_000_000);
  load.take('liar', Number.MAX_SAFE_INTEGER);
  expect(load.typical).toBe(3_000_000);
  load.take('liar', undefined);
  expect(load.typical).toBe(1_000_000);
  for (const relay of ['a', 'b']) load.take(relay, undefined);
  expect(load.typical).toBe(ASSUMED);
});

test('of a thousand relays half take no more, as far as most of them are known', () => {
  const load = new FleetLoad();
  for (let i = 1; i <= 1000; i++) {
    load.take(`relay${i}`, 1000 * i);
    expect(Math.abs(load.typical - 500 * i)).toBeLessThanOrEqual(500 + 40 * i);
  }
});
