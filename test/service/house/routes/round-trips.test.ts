import { expect, test } from 'vitest';
import { RoundTrips, SOURCE } from '../../../../src/service/house/routes/round-trips.ts';

test('a figure that goes up and down counts half', () => {
  const trips = new RoundTrips();
  trips.take('a', { b: 20, c: 5, d: null });
  trips.take('a', { b: 40 });
  expect(trips.between('a', 'b')).toBe(30);
  expect(trips.nearest('a')).toEqual([
    ['c', 5],
    ['b', 30],
  ]);
  expect(trips.between('a', 'd')).toBeNull();
  expect(trips.between('b', 'a')).toBeUndefined();
});

test('a relay that is out of reach counts no more, and at once when it is back', () => {
  const trips = new RoundTrips();
  trips.take('a', { b: 20, c: 5 });
  trips.take('a', { b: null, c: 5 });
  expect(trips.nearest('a')).toEqual([['c', 5]]);
  trips.take('a', { b: 60 });
  expect(trips.between('a', 'b')).toBe(60);
});

test('who gets nowhere says nothing of the others', () => {
  const trips = new RoundTrips();
  trips.take('a', { b: 20, c: 5 });
  trips.take('a', { b: null, c: null });
  expect(trips.between('a', 'b')).toBe(20);
});

test('the longest ways are forgotten, and that to the source is not', () => {
  const trips = new RoundTrips();
  trips.take('a', { [SOURCE]: 10_000 });
  trips.take('a', Object.fromEntries(Array.from({ length: 100 }, (_, at) => [`r${at}`, at])));
  expect(trips.nearest('a').map(([target]) => target)).toEqual([
    ...Array.from({ length: 63 }, (_, at) => `r${at}`),
    SOURCE,
  ]);
});

test('relays that are gone are forgotten', () => {
  const trips = new RoundTrips();
  trips.take('a', { b: 1, c: 2, [SOURCE]: 3 });
  trips.take('c', { a: 2 });
  trips.keep(new Set(['a', 'b']));
  expect(trips.nearest('a')).toEqual([
    ['b', 1],
    [SOURCE, 3],
  ]);
  expect(trips.nearest('c')).toEqual([]);
});
