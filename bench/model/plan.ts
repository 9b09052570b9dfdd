import { cohortsFor } from '../../src/stream/fan-out/cohorts.ts';
import { type Costs, coreOf, type Work } from './cost-model.ts';

/** Streams and players on one thread. */
export interface Plan {
  readonly streams: number;
  /** Of each stream. */
  readonly messagesPerSecond: number;
  readonly bitsPerSecond: number;
  /** Of all streams together, spread evenly. */
  readonly players: number;
  readonly isTls: boolean;
  /** `fanOut.maxDelayMs` and `fanOut.cpuShare`. */
  readonly maxDelayMs: number;
  readonly cpuShare: number;
}

/** What a plan comes to. */
export interface Outlook {
  readonly work: Work;
  /** CPU time in a second, seconds: above 1 one thread cannot do it. */
  readonly core: number;
  /** From one batch of a stream to the next, milliseconds. */
  readonly windowMs: number;
}

const STEPS = 200;

/**
 * What a plan comes to. A stream is flushed no more often than messages come, no more seldom than `maxDelayMs` says, and so
 * often in between that flushes take their share of the thread: that is found by bisection.
 */
export function outlookOf(plan: Plan, costs: Costs): Outlook {
  let [shortest, longest] = [0, Math.max(plan.maxDelayMs / 1000, 1e-6)];
  for (let step = 0; step < STEPS; step++) {
    const wait = (shortest + longest) / 2;
    if (flushShare(plan, costs, wait) > plan.cpuShare) shortest = wait;
    else longest = wait;
  }
  const work = workOf(plan, longest);
  return { work, core: coreOf(work, costs), windowMs: 1000 * windowOf(plan, longest) };
}

/** How many of such plans one thread can do, or how much of one: by its CPU time up to `fullCore`. */
export function mostPlayers(plan: Plan, costs: Costs, fullCore: number): number {
  let [some, most] = [0, 10_000_000];
  while (most - some > 1) {
    const players = Math.floor((some + most) / 2);
    if (outlookOf({ ...plan, players }, costs).core <= fullCore) some = players;
    else most = players;
  }
  return some;
}

/** How many streams of a plan one thread can do, with as many players for each as the plan has. */
export function mostStreams(plan: Plan, costs: Costs, fullCore: number): number {
  let [some, most] = [0, 1_000_000];
  const each = plan.players / plan.streams;
  while (most - some > 1) {
    const streams = Math.floor((some + most) / 2);
    if (outlookOf({ ...plan, streams, players: each * streams }, costs).core <= fullCore) some = streams;
    else most = streams;
  }
  return some;
}

/** A wait begins with the first message behind a flush: on the average half of the time between two later. */
function windowOf({ messagesPerSecond }: Plan, wait: number): number {
  return wait + 1 / messagesPerSecond;
}

function workOf(plan: Plan, wait: number): Work {
  const { streams, messagesPerSecond, bitsPerSecond, players, isTls } = plan;
  const isPlayed = players > 0;
  const batches = isPlayed ? streams / windowOf(plan, wait) : 0;
  const bytes = (players * bitsPerSecond) / 8;
  return {
    messages: streams * messagesPerSecond,
    flushes: batches * cohortsFor(players / streams),
    writes: (batches * players) / streams,
    plainBytes: isTls ? 0 : bytes,
    tlsBytes: isTls ? bytes : 0,
  };
}

function flushShare(plan: Plan, costs: Costs, wait: number): number {
  return coreOf({ ...workOf(plan, wait), messages: 0 }, costs);
}
