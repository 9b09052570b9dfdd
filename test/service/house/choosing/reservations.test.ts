import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Reservations } from '../../../../src/service/house/choosing/reservations.ts';

test('who comes keeps no place on the way any more, the first ones first, and has one until the relay counts it', () => {
  const reservations = new Reservations({ reserveMs: 10_000 });
  reservations.add(2, 0);
  reservations.add(1, 5000);
  reservations.arrive();
  expect(reservations.count).toBe(3);
  reservations.settle();
  expect(reservations.count).toBe(2);
  expect(reservations.expire(10_000)).toBe(true);
  expect(reservations.count).toBe(1);
});

test('who comes without having been sent has a place as well', () => {
  const reservations = new Reservations({ reserveMs: 10_000 });
  reservations.add(1, 0);
  reservations.arrive();
  reservations.arrive();
  expect(reservations.count).toBe(2);
  reservations.settle();
  expect(reservations.count).toBe(0);
});

test('a place is kept for the whole time, and a tenth of it longer at most', () => {
  const steps = fc.array(fc.integer({ min: 0, max: 3000 }), { minLength: 1, maxLength: 50 });
  fc.assert(
    fc.property(steps, (waits) => {
      const reservations = new Reservations({ reserveMs: 10_000 });
      const made: number[] = [];
      let now = 0;
      for (const wait of waits) {
        now += wait;
        reservations.add(1, now);
        made.push(now);
        reservations.expire(now);
        const youngerThan = (ms: number): number => made.filter((at) => now - at < ms).length;
        expect(reservations.count).toBeGreaterThanOrEqual(youngerThan(10_000));
        expect(reservations.count).toBeLessThanOrEqual(youngerThan(11_000));
      }
    }),
  );
});
