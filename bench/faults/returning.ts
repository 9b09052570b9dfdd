/**
 * Measures what players of a relay notice when a thousand relays, which have lost it for some seconds, come back at once and each
 * want what they have missed; and whether each of them gets that. Ends with exit code 1 when the players' latency grows more than
 * it may, or a relay misses a message.
 */
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { commitOf } from '../compare/machine-facts.ts';
import { openBench } from '../compare/open-bench.ts';
import { optionsOrExit, reportRun } from '../reported-run.ts';
import { machine } from '../tools.ts';
import { type ReturnRound, runReturn } from './return-round.ts';
import { readReturningOptions } from './returning-options.ts';
import {
  brokenBy,
  formatReturning,
  inBrief,
  type ReturningReport,
  type ReturnRun,
} from './returning-report.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const options = optionsOrExit(() =>
  readReturningOptions(process.argv.slice(2), join(root, 'bench', 'build')),
);
const out = resolve(options.out);
await reportRun({
  name: 'returning',
  out,
  run: async (signal): Promise<ReturningReport> => ({
    machine: machine(),
    commit: commitOf(root),
    date: new Date().toISOString(),
    options,
    runs: await runAll(signal),
  }),
  format: formatReturning,
  isBroken: (report) => brokenBy(report).length > 0,
});

/** @param signal - ends it after the round that goes on */
async function runAll(signal: AbortSignal): Promise<ReturnRun[]> {
  const bench = openBench(root, out);
  const runs: ReturnRun[] = [];
  for (const players of options.players) {
    const rounds: ReturnRound[] = [];
    for (let round = 1; round <= options.rounds && !signal.aborted; round++) {
      const found = await runReturn(bench, options, players);
      rounds.push(found);
      console.error(`${players} players, round ${round}: ${inBrief(found)}`);
    }
    if (rounds.length > 0) runs.push({ players, rounds });
  }
  return runs;
}
