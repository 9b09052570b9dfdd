import { expect, test } from 'vitest';
import { MAX_TARGETS, measureTargets } from '../../../../src/service/house/routes/measure-targets.ts';
import { RoundTrips } from '../../../../src/service/house/routes/round-trips.ts';
import { seeded } from '../../../support/fleet-scene.ts';

test('of few others all are measured', () => {
  expect(measureTargets('a', null, ['b', 'c'], new RoundTrips(), seeded(1))).toEqual(['b', 'c']);
});

test('in a large fleet each finds one of its nearest within a few rounds, and never measures many at once', () => {
  const count = 600;
  const random = seeded(2);
  const places = Array.from({ length: count }, () => [random() * 100, random() * 100] as const);
  const ids = places.map((_, at) => `r${at}`);
  const distance = (one: number, other: number): number => {
    const [[x, y] = [0, 0], [u, v] = [0, 0]] = [places[one], places[other]];
    return Math.hypot(x - u, y - v);
  };
  const trips = new RoundTrips();
  for (let round = 0; round < 8; round++)
    for (const [at, id] of ids.entries()) {
      const others = ids.filter((other) => other !== id);
      const targets = measureTargets(id, ids[0] === id ? null : 'r0', others, trips, random);
      expect(targets.length).toBeLessThanOrEqual(MAX_TARGETS);
      expect(targets).not.toContain(id);
      trips.take(id, Object.fromEntries(targets.map((to) => [to, distance(at, Number(to.slice(1)))])));
    }
  const found = ids.filter((id, at) => {
    const sorted = ids.map((_, other) => distance(at, other)).sort((one, other) => one - other);
    const [nearest] = trips.nearest(id);
    return nearest !== undefined && nearest[1] <= (sorted[4] ?? 0);
  });
  expect(found.length / count).toBeGreaterThan(0.9);
});
