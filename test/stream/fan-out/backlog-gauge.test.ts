import { expect, test } from 'vitest';
import { BacklogGauge } from '../../../src/stream/fan-out/backlog-gauge.ts';

const limits = { maxBacklogBytes: 1000, maxBacklogMs: 10_000 };

test('measures bytes against their limit', () => {
  const gauge = new BacklogGauge(100, 0, 0);
  expect(gauge.pressure(100, 0, limits)).toBe(0.1);
  gauge.accept(900, 0);
  expect(gauge.pressure(1000, 0, limits)).toBe(1);
});

test('measures the age of the oldest byte that was not taken', () => {
  const gauge = new BacklogGauge(100, 0, 0);
  gauge.accept(100, 2000);
  gauge.accept(100, 4000);
  expect(gauge.pressure(300, 5000, limits)).toBe(0.5);
  expect(gauge.pressure(201, 5000, limits)).toBe(0.5);
  expect(gauge.pressure(200, 5000, limits)).toBe(0.3);
  expect(gauge.pressure(100, 5000, limits)).toBe(0.1);
  expect(gauge.pressure(0, 5000, limits)).toBe(0);
});

test('what was accepted before it began counts from then on', () => {
  const gauge = new BacklogGauge(500, 0, 3000);
  expect(gauge.pressure(500, 3000, limits)).toBe(0.5);
  expect(gauge.pressure(500, 10_000, limits)).toBe(0.7);
});

test('tells how long the socket has taken nothing, whatever the backlog seems to be', () => {
  const gauge = new BacklogGauge(100, 7, 0);
  gauge.accept(50, 1000);
  gauge.pressure(149, 1000, limits);
  expect(gauge.idleMs(7, 1000)).toBe(1000);
  expect(gauge.idleMs(8, 2000)).toBe(0);
  expect(gauge.idleMs(8, 3000)).toBe(1000);
  expect(gauge.progressAt).toBe(2000);
});
