/**
 * Breaks chains of relays in every way that is bound to happen, one fault after the other or two at once, and holds what players at
 * the last hop get against what players at the source get, frame by frame. Ends with exit code 1 when a frame is missing, comes
 * twice, in another order or at another time, or when delay stays longer than it may.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { whyNoMachines } from '../../test/support/networks/machine.ts';
import { commit, machine } from '../tools.ts';
import { type FaultOptions, readOptions, usage } from './fault-options.ts';
import { brokenBy, type FaultReport, formatFaults } from './fault-report.ts';
import { type ChainFindings, tryChain } from './trial.ts';

const options = optionsOrExit();
const stopping = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.on(signal, () => {
    if (stopping.signal.aborted) process.exit(1); // all that it has started ends with it
    stopping.abort();
  });
const report = await runFaults(options, stopping.signal);
const text = formatFaults(report);
console.log(text);
if (options.out !== undefined) {
  writeFileSync(join(options.out, 'faults.md'), text);
  writeFileSync(join(options.out, 'faults.json'), `${JSON.stringify(report, undefined, 1)}\n`);
}
process.exitCode = report.broken.length === 0 ? 0 : 1;

function optionsOrExit(): FaultOptions {
  try {
    return readOptions(process.argv.slice(2));
  } catch (error) {
    console.error(`${(error as Error).message}\n${usage}`);
    process.exit(2);
  }
}

/** @param signal - ends it before its time, with a report of what was found until then */
async function runFaults(asked: FaultOptions, signal: AbortSignal): Promise<FaultReport> {
  if (asked.out !== undefined) mkdirSync(asked.out, { recursive: true });
  console.error(`--seed ${asked.seed}`);
  const isPlain = asked.isPlain || whyNoMachines !== undefined;
  if (whyNoMachines !== undefined) console.error(`${whyNoMachines}; links are not broken`);
  const chains: ChainFindings[] = [];
  for (const hops of asked.hops)
    if (!signal.aborted) chains.push(await tryChain(hops, { ...asked, isPlain }, signal));
  return {
    machine: machine(),
    commit: commit(),
    command: `npm run faults -- ${process.argv.slice(2).join(' ')} (seed ${asked.seed})`,
    date: new Date().toISOString(),
    chains,
    broken: chains.flatMap((chain) => brokenBy(chain, asked.areTwo)),
  };
}
