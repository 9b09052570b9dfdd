import type { Costs } from './cost-model.ts';
import { mostPlayers, mostStreams, outlookOf, type Plan } from './plan.ts';

/** So much of a core is called full: above that what is unusual makes everything late. */
const FULL_CORE = 0.7;

/** What a second thread adds to the work of each: assumed; the row `workers-players` of bench:compare measures it. */
const WORKER_COST = 1.08;

const film = {
  messagesPerSecond: 73,
  bitsPerSecond: 2.18e6,
  maxDelayMs: 100,
  cpuShare: 0.25,
  isTls: false,
} as const;
const camera = { ...film, messagesPerSecond: 38, bitsPerSecond: 0.26e6 } as const;

/** A line of the forecast: a question and what the costs say to it. */
export interface Forecast {
  readonly question: string;
  readonly answer: string;
}

/** What the costs say of plans that are larger than what can be measured on one machine. */
export function forecasts(costs: Costs): Forecast[] {
  return [...crowd(costs, false), ...crowd(costs, true), ...cameras(costs), ...trees(costs)];
}

/** 100,000 players of one stream on 16 cores. */
function crowd(costs: Costs, isTls: boolean): Forecast[] {
  const cores = 16;
  const players = 100_000;
  const plan: Plan = { ...film, isTls, streams: 1, players: players / cores };
  const { core, windowMs } = outlookOf(plan, costs);
  const most = mostPlayers(plan, costs, FULL_CORE / WORKER_COST);
  return [
    {
      question: `100,000 players of one stream of 2.18 Mb/s on 16 cores${isTls ? ', over TLS' : ''}`,
      answer: `${percent(core * WORKER_COST)} of each core, a batch every ${Math.round(windowMs)} ms; the network card carries ${gigabits(players * film.bitsPerSecond)}; a core is full (${percent(FULL_CORE)}) with ${thousands(most)} players`,
    },
  ];
}

/** 10,000 streams. */
function cameras(costs: Costs): Forecast[] {
  const streams = 10_000;
  const lines: Forecast[] = [];
  for (const each of [0, 1, 5]) {
    const plan: Plan = { ...camera, streams: 100, players: 100 * each };
    const most = mostStreams(plan, costs, FULL_CORE / WORKER_COST);
    const cores = Math.ceil(streams / most);
    lines.push({
      question: `10,000 streams of 0.26 Mb/s, ${each === 0 ? 'nobody plays' : `${each} player${each === 1 ? '' : 's'} each`}`,
      answer: `${cores} cores, ${thousands(most)} streams on each; the network card takes ${gigabits(streams * camera.bitsPerSecond)} in and ${gigabits(streams * each * camera.bitsPerSecond)} out`,
    });
  }
  return lines;
}

/** Trees of relays, each a core and a network card of 10 Gb/s, for a million players. */
function trees(costs: Costs): Forecast[] {
  const players = 1_000_000;
  const card = 10e9 * 0.9;
  const plan: Plan = { ...film, streams: 1, players: 1 };
  const byCore = mostPlayers(plan, costs, FULL_CORE);
  const byCard = Math.floor(card / film.bitsPerSecond);
  const fanOut = Math.min(byCore, byCard);
  const relays: number[] = [];
  for (let below = players; below > 1; ) {
    below = Math.ceil(below / fanOut);
    relays.unshift(below);
  }
  const leaf = outlookOf({ ...plan, players: fanOut }, costs);
  const inner = relays.map((_, level) => Math.ceil((relays[level + 1] ?? players) / (relays[level] ?? 1)));
  const delays = inner.map((children) => outlookOf({ ...plan, players: children }, costs).windowMs);
  const delayMs = delays.reduce((sum, windowMs) => sum + windowMs, 0);
  return [
    {
      question: 'a million players of one stream of 2.18 Mb/s, relays of a core and a card of 10 Gb/s each',
      answer: `${thousands(fanOut)} players on each by its ${byCard < byCore ? 'card' : 'core'} (its core alone: ${thousands(byCore)}), ${percent(leaf.core)} of the core; ${relays.map(thousands).join(', then ')} relays in ${relays.length} levels; at most ${Math.round(delayMs)} ms are waited for batches on the way`,
    },
  ];
}

function percent(part: number): string {
  return `${Math.round(part * 100)} %`;
}

function thousands(count: number): string {
  return count.toLocaleString('en');
}

function gigabits(bits: number): string {
  return `${(bits / 1e9).toLocaleString('en', { maximumFractionDigits: 1 })} Gb/s`;
}
