/**
 * Measures what players of a relay notice when a thousand relays, which have lost it for some seconds, come back at once and each
 * want what they have missed; and whether each of them gets that. Ends with exit code 1 when the players' latency grows more than
 * it may, or a relay misses a message.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { commitOf } from '../compare/machine-facts.ts';
import { openBench } from '../compare/open-bench.ts';
import { machine } from '../tools.ts';
import { type ReturnRound, runReturn } from './return-round.ts';
import { type ReturningOptions, readReturningOptions } from './returning-options.ts';
import {
  brokenBy,
  formatReturning,
  inBrief,
  type ReturningReport,
  type ReturnRun,
} from './returning-report.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const options = optionsOrExit();
const out = resolve(options.out);
mkdirSync(out, { recursive: true });
const report: ReturningReport = {
  machine: machine(),
  commit: commitOf(root),
  date: new Date().toISOString(),
  options,
  runs: await runAll(),
};
const text = formatReturning(report);
console.log(text);
writeFileSync(join(out, 'returning.md'), text);
writeFileSync(join(out, 'returning.json'), `${JSON.stringify(report, undefined, 1)}\n`);
process.exitCode = brokenBy(report).length === 0 ? 0 : 1;

function optionsOrExit(): ReturningOptions {
  try {
    return readReturningOptions(process.argv.slice(2), join(root, 'bench', 'build'));
  } catch (error) {
    console.error((error as Error).message);
    process.exit(2);
  }
}

async function runAll(): Promise<ReturnRun[]> {
  const bench = openBench(root, out);
  const runs: ReturnRun[] = [];
  for (const players of options.players) {
    const rounds: ReturnRound[] = [];
    for (let round = 1; round <= options.rounds; round++) {
      const found = await runReturn(bench, options, players);
      rounds.push(found);
      console.error(`${players} players, round ${round}: ${inBrief(found)}`);
    }
    runs.push({ players, rounds });
  }
  return runs;
}
