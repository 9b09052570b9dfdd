import { expect, test } from 'vitest';
import { coreOf, errorsLeftOut, fitCosts, type MeasuredWork } from '../../../bench/model/cost-model.ts';
import { pageOf } from '../../../bench/model/model-page.ts';
import { mostPlayers, mostStreams, outlookOf, type Plan } from '../../../bench/model/plan.ts';

const costs = { messages: 20e-6, flushes: 12e-6, writes: 6e-6, plainBytes: 0.2e-9, tlsBytes: 0.6e-9 };

const plan: Plan = {
  streams: 1,
  messagesPerSecond: 73,
  bitsPerSecond: 2.18e6,
  players: 1000,
  isTls: false,
  maxDelayMs: 100,
  cpuShare: 0.25,
};

/** Loads of many kinds, with what the costs make of them. */
const measured: MeasuredWork[] = [
  { ...plan, streams: 300, players: 0 },
  { ...plan, streams: 100, players: 100, messagesPerSecond: 38, bitsPerSecond: 0.26e6 },
  { ...plan, streams: 50, players: 1000 },
  plan,
  { ...plan, players: 3000 },
  { ...plan, bitsPerSecond: 20e6 },
  { ...plan, isTls: true },
  { ...plan, players: 2000, isTls: true },
].map((one, index) => ({ name: `load ${index}`, ...outlookOf(one, costs) }));

test('finds the costs that made what was measured', () => {
  const found = fitCosts(measured);
  for (const [kind, cost] of Object.entries(costs))
    expect(found[kind as keyof typeof costs] / cost, kind).toBeCloseTo(1, 2);
  for (const error of errorsLeftOut(measured)) expect(Math.abs(error)).toBeLessThan(0.01);
});

test('a cost is never below nothing, whatever was measured', () => {
  const [first, ...rest] = measured as [MeasuredWork, ...MeasuredWork[]];
  const odd = [{ ...first, core: first.core / 10 }, ...rest];
  for (const cost of Object.values(fitCosts(odd))) expect(cost).toBeGreaterThanOrEqual(0);
});

test('fan-out takes its share as long as no batch waits too long, then what it needs', () => {
  const few = outlookOf({ ...plan, players: 5 }, costs);
  expect(few.windowMs).toBeCloseTo(1000 / 73, 5); // each message at once
  const some = outlookOf(plan, costs);
  const reading = coreOf({ ...some.work, flushes: 0, writes: 0, plainBytes: 0 }, costs);
  expect(some.core - reading).toBeCloseTo(0.25, 4);
  expect(some.windowMs).toBeLessThan(100);
  const many = outlookOf({ ...plan, players: 10_000 }, costs);
  expect(many.windowMs).toBeCloseTo(100 + 1000 / 73, 3);
  expect(many.core).toBeGreaterThan(0.5);
});

test('the most that a thread can do takes what it may take', () => {
  const players = mostPlayers(plan, costs, 0.7);
  expect(outlookOf({ ...plan, players }, costs).core).toBeLessThanOrEqual(0.7);
  expect(outlookOf({ ...plan, players: players + 1 }, costs).core).toBeGreaterThan(0.7);
  const each = { ...plan, streams: 10, players: 20 };
  const streams = mostStreams(each, costs, 0.7);
  expect(outlookOf({ ...each, streams, players: 2 * streams }, costs).core).toBeLessThanOrEqual(0.7);
});

test('the page has every cost, every load and the plans', () => {
  const page = pageOf('a machine', measured);
  expect(page).toContain('| a message that comes in | 20.00 |');
  for (const { name } of measured) expect(page).toContain(`| ${name} | `);
  expect(page).toContain('100,000 players of one stream');
  expect(page).toContain('10,000 streams');
  expect(page).not.toContain('NaN');
});
