/**
 * Lets a relay of one thread and one of two workers go through all that happens to relays in weeks, in rounds: players and
 * publishers of every protocol that come and go, players that stop reading, sources that change, upstreams, hook server and house
 * that die and come back, certificates and configs that are replaced, workers that die. At the end of each round, when all guests
 * have left, it has the relays collect their garbage and notes what they hold. Ends with exit code 1 when something grows, is left
 * over, or a player that kept up was let down.
 */
import { appendFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { optionsOrExit, reportRun } from '../reported-run.ts';
import { commit, machine } from '../tools.ts';
import { CpuBudget } from './cpu-budget.ts';
import { disturbances } from './disturbances/all.ts';
import { figures } from './figures.ts';
import { Rounds } from './rounds.ts';
import { readOptions, type SoakOptions, usage } from './soak-options.ts';
import { deedsOf, formatSoak, type RelayFindings, type SoakReport } from './soak-report.ts';
import { Stage, type StageRelay } from './stage.ts';
import { judge } from './verdict.ts';

/** Everything is loaded and compiled in this part of the rounds, and in no more of an hour than ten minutes. */
const WARM_UP_SHARE = 0.25;
const MOST_WARM_UP_HOURS = 1 / 6;
const LEFT_MS = 30_000;

const options = optionsOrExit(() => readOptions(process.argv.slice(2)), usage);
await reportRun({
  name: 'soak',
  out: options.out,
  run: (signal) => soak(options, signal),
  format: formatSoak,
  isBroken: ({ broken }) => broken.length > 0,
});

/** @param signal - ends it before its time, with a report of what was found until then */
async function soak(asked: SoakOptions, signal: AbortSignal): Promise<SoakReport> {
  const { out, names } = asked;
  console.error(`--seed ${asked.seed}`);
  const needs = names.map((name) => disturbances[name].needs);
  const wish = {
    crew: needs.includes('crew'),
    origins: needs.includes('origins'),
    house: needs.includes('house'),
  };
  const budget = new CpuBudget(asked.cores);
  await using stage = await Stage.open(wish, asked, budget, out);
  budget.begin();
  const rounds = await Rounds.begin(stage, asked);
  const isOver = (): boolean =>
    signal.aborted ||
    (asked.rounds === undefined ? rounds.hours >= asked.hours : rounds.count >= asked.rounds);
  const ended: string[] = [];
  while (!isOver() && ended.length === 0) {
    await rounds.run();
    const gone = stage.relays.filter(({ relay }) => relay.server.isOver);
    ended.push(...gone.map(({ relay }) => `${relay.name} has ended`));
    for (const to of stage.relays) progress(to, rounds, out);
    if (out !== undefined && rounds.leftovers.length > 0)
      writeFileSync(join(out, 'left.json'), JSON.stringify(rounds.leftovers, undefined, 1));
  }
  const { hours } = rounds;
  const { cores } = budget;
  await stage.quiet();
  const left = await Promise.all(stage.relays.map(leftAt));
  const relays = stage.relays.map((to) => findingsOf(to, rounds));
  const aboutOf = (name: string): string =>
    name === 'churn'
      ? 'players and publishers of every protocol come and go, and some who are no clients'
      : (disturbances[name as keyof typeof disturbances]?.about ?? '');
  const deeds = deedsOf(rounds.deeds, aboutOf);
  return {
    machine: machine(),
    commit: commit(),
    command: `npm run soak -- ${process.argv.slice(2).join(' ')} (seed ${asked.seed})`,
    date: new Date().toISOString(),
    ...{ hours, rounds: rounds.count, cores, deeds, relays },
    broken: [
      ...ended,
      ...relays.flatMap(brokenAt),
      ...left.flat(),
      ...deeds.flatMap(({ faults }) => Object.keys(faults)),
    ],
  };
}

function progress(to: StageRelay, rounds: Rounds, out: string | undefined): void {
  const { relay } = to;
  const sample = rounds.samplesOf(to).at(-1);
  if (sample === undefined) return;
  const shown = Object.entries(sample.figures).map(([name, value]) => `${name} ${value.toFixed(0)}`);
  console.error(`round ${sample.round}, ${relay.name}: ${shown.join(', ')}`);
  if (out !== undefined)
    appendFileSync(join(out, 'samples.jsonl'), `${JSON.stringify({ relay: relay.name, ...sample })}\n`);
}

/** What is left of sessions and streams when nobody is there any more. */
async function leftAt({ relay }: StageRelay): Promise<string[]> {
  if (relay.server.isOver) return [];
  const { sessions, streams } = await relay.settled({ sessions: 0, streams: 0 }, LEFT_MS);
  const isClean = sessions === 0 && streams === 0;
  return isClean
    ? []
    : [`${relay.name}: everybody has left, and ${sessions} sessions and ${streams} streams are still there`];
}

function findingsOf(to: StageRelay, rounds: Rounds): RelayFindings {
  const { relay, guests, seats } = to;
  const samples = rounds.samplesOf(to);
  const warmUpHours = Math.min(MOST_WARM_UP_HOURS, rounds.hours * WARM_UP_SHARE);
  const warmUpRounds = samples.filter(({ hours }) => hours < warmUpHours).length;
  const { events, complaints } = relay.server;
  return {
    ...{ name: relay.name, workers: relay.workers, warmUpRounds, samples },
    verdicts: judge(samples.slice(warmUpRounds)),
    guests: { opened: guests.count('opened'), failed: guests.count('failed') },
    steady: { failed: seats.audience.count('failed'), missing: seats.audience.count('missingMessages') },
    complaints: [...complaints].map(([event, message]) => `${event}: ${message}`),
    events: Object.fromEntries(events),
  };
}

/** Why a relay has not passed. */
function brokenAt({ name, workers, verdicts, steady, complaints, samples }: RelayFindings): string[] {
  const growing = verdicts
    .filter(({ judgement }) => judgement === 'grows')
    .map(({ figure }) => `${name}: ${figures[figure].title} grows`);
  const last = samples.at(-1)?.figures;
  const isLeft = last !== undefined && (last.sessions > 0 || last.streams > 0);
  const isLetDown = workers === 1 && (steady.failed > 0 || steady.missing > 0); // a worker that dies takes players with it
  return [
    ...growing,
    ...(isLeft
      ? [
          `${name}: guests have left, and ${last.sessions} sessions and ${last.streams} streams are still there`,
        ]
      : []),
    ...(isLetDown
      ? [
          `${name}: players that kept up were let down ${steady.failed} times and miss ${steady.missing} messages`,
        ]
      : []),
    ...complaints.map((complaint) => `${name} says ${complaint}`),
  ];
}
